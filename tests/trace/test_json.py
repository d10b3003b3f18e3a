"""LANGUAGE section 7: the JSON trace."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import time
from pathlib import Path

import msgspec
import pytest
from duckflux.runtime.events import Attempt, encode
from duckflux.runtime.secrets import Secrets
from duckflux.trace.journal import journal_of
from duckflux.trace.model import Builder, apply
from duckflux.trace.reader import TraceError, fold, interrupted, read
from duckflux.trace.recorder import Recorder
from duckflux.trace.writers.json import JsonWriter

from .conftest import TIME, begun, end, over, start, step


def test_a_file_has_exactly_the_promised_keys(recorded):
    path = recorded(
        [
            begun(inputs={"a": 1}, workflow_id="w", workflow_name="W", workflow_version="1"),
            start(1, iterations=(2, 0), input="in", parent=None, branch="1.0"),
            end(1, output={"x": 1}, retries=1, attempts=(Attempt(1, TIME, 2, "bad", 3),)),
            *step(2, status="failure", error="exit code 1: x", exit_code=1, stderr="x"),
            *step(3, status="skipped", reason="when"),
            over(status="failure", error="exit code 1: x"),
        ]
    )
    assert json.loads(path.read_text()) == {
        "execution": {
            "id": "the-id",
            "workflowId": "w",
            "workflowName": "W",
            "workflowVersion": "1",
            "startedAt": TIME,
            "finishedAt": TIME,
            "duration": 5,
            "status": "failure",
            "inputs": {"a": 1},
            "output": None,
            "workflowPath": "/w.yaml",
            "workflowHash": "0" * 64,
            "error": "exit code 1: x",
        },
        "steps": [
            {
                "seq": 1,
                "name": "s1",
                "type": "exec",
                "startedAt": TIME,
                "finishedAt": TIME,
                "duration": 3,
                "status": "success",
                "input": "in",
                "output": {"x": 1},
                "retries": 1,
                "loopIndex": 0,
                "path": "/flow/0",
                "iterations": [2, 0],
                "branch": "1.0",
                "attempts": [{"attempt": 1, "startedAt": TIME, "duration": 2, "error": "bad", "exitCode": 3}],
            },
            {
                "seq": 2,
                "name": "s2",
                "type": "exec",
                "startedAt": TIME,
                "finishedAt": TIME,
                "duration": 3,
                "status": "failure",
                "error": "exit code 1: x",
                "path": "/flow/1",
                "exitCode": 1,
                "stderr": "x",
            },
            {
                "seq": 3,
                "name": "s3",
                "type": "exec",
                "startedAt": TIME,
                "finishedAt": TIME,
                "duration": 3,
                "status": "skipped",
                "path": "/flow/2",
                "reason": "when",
            },
        ],
    }


def test_steps_of_a_sub_workflow_name_their_file(recorded):
    path = recorded([begun(), start(1, workflow="/child.yaml", parent=None), end(1), over()])
    assert read(path).steps[0].workflow == "/child.yaml"


def test_steps_are_sorted_by_seq_at_the_end(recorded):
    path = recorded([begun(), start(1), start(2), end(2), end(1), over()])
    assert [found["seq"] for found in json.loads(path.read_text())["steps"]] == [1, 2]


def test_folder_and_files_are_the_owners_only(recorded):
    path = recorded([begun(), *step(1), over()])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [found.name for found in path.parent.iterdir()] == ["the-id.json"]


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("é" * 500_000, None),
        ("é" * 500_001, 1_000_000),
        ("xé" + "é" * 500_000, 999_999),
        ("€" * 333_334, 999_999),
        ("x" * 3_000_000, 1_000_000),
        ({"a": "x" * 1_000_000}, 1_000_000),
    ],
)
def test_values_are_cut_by_their_bytes_but_never_inside_a_character(recorded, value, size):
    (found,) = read(recorded([begun(), *step(1, input=value, output=value), over()])).steps
    if size is None:
        assert found.output == found.input == value and not found.truncated
        return
    assert found.truncated
    for text in (found.input, found.output):
        assert text.endswith("...[truncated]")
        assert len(text.removesuffix("...[truncated]").encode()) == size


def test_execution_inputs_and_output_are_cut_too(recorded):
    execution = read(recorded([begun(inputs={"a": "x" * 1_000_001}), over(output="y" * 1_000_001)])).execution
    assert execution.truncated
    assert execution.inputs.endswith("...[truncated]") and execution.output.endswith("...[truncated]")


def test_secrets_are_masked_everywhere(recorded):
    secret = "hunter2-hunter2"
    path = recorded(
        [
            begun(inputs={"a": secret}),
            start(1, input={"k": [secret]}),
            start(1, attempt=2, input={"k": [secret]}),
            end(
                1,
                status="failure",
                output=f"<{secret}>",
                error=f"bad {secret}",
                stderr=secret,
                attempts=(Attempt(1, TIME, 1, secret),),
            ),
            *step(2, output="plain"),
            over(output={"x": secret}, error=f"bad {secret}", status="failure"),
        ],
        Secrets({"A_TOKEN": secret}),
    )
    assert secret not in path.read_text()
    trace = read(path)
    assert trace.execution.masked and trace.execution.error == "bad ***"
    assert trace.steps[0].masked and trace.steps[0].output == "<***>" and trace.steps[0].stderr == "***"
    assert not trace.steps[1].masked


def test_values_that_utf8_cannot_hold_do_not_break_the_file(recorded):
    path = recorded([begun(), *step(1, output={"a": "\udcff"}), over()])
    assert read(path).steps[0].seq == 1


def test_a_secret_at_the_cut_is_masked(recorded):
    secret = "hunter2-hunter2"
    value = "x" * 999_995 + secret + "y" * 2_000_000
    text = (
        read(recorded([begun(), *step(1, output=value), over()], Secrets({"A_TOKEN": secret})))
        .steps[0]
        .output
    )
    assert text == "x" * 999_995 + "***yy...[truncated]"


class Watched:
    """A recorder's folder while the run goes on."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "the-id.json"
        self.recorder = Recorder(JsonWriter(folder), Secrets())


@pytest.fixture
def watched(tmp_path):
    return Watched(tmp_path)


def test_while_it_runs_the_reader_sees_everything_and_the_file_is_valid(watched):
    watched.recorder.consume([begun(), *step(1, output=1), start(2, input="in")])
    trace = read(watched.path)
    assert trace.execution.status == "running"
    assert [(found.seq, found.status) for found in trace.steps] == [(1, "success"), (2, "running")]
    assert json.loads(watched.path.read_text())["execution"]["status"] == "running"


def test_a_half_written_line_of_the_journal_is_left_out(watched):
    watched.recorder.consume([begun(), *step(1)])
    with journal_of(watched.path).open("ab") as journal:
        journal.write(encode(start(2))[:20])
    assert [found.seq for found in read(watched.path).steps] == [1]


def test_snapshots_keep_their_distance(watched):
    watched.recorder.consume([begun()])
    first = watched.path.stat().st_ino
    for seq in range(1, 200):
        watched.recorder.consume(step(seq))
    assert watched.path.stat().st_ino == first
    time.sleep(0.11)
    watched.recorder.consume([])
    assert len(json.loads(watched.path.read_text())["steps"]) == 199


def test_the_journal_is_gone_when_the_run_is_over(watched):
    watched.recorder.consume([begun(), over()])
    assert not journal_of(watched.path).exists()


def test_journal_live_stream_and_recorder_give_the_same_trace(watched):
    events = [
        begun(),
        *step(1, output=[1]),
        start(2),
        start(2, attempt=2),
        end(2, status="failure", error="x"),
    ]
    builder = Builder()
    for event in events:
        apply(builder, event)
    watched.recorder.consume(list(events))
    assert read(watched.path) == builder.trace()
    closing = over(status="failure", error="x")
    apply(builder, closing)
    watched.recorder.consume([closing])
    assert read(watched.path) == builder.trace()


def test_files_of_the_reference_are_read(tmp_path):
    path = tmp_path / "reference.json"
    path.write_text(
        json.dumps(
            {
                "execution": {
                    "id": "x",
                    "workflowVersion": 1,
                    "startedAt": TIME,
                    "finishedAt": TIME,
                    "duration": 12.345,
                    "status": "success",
                    "inputs": {},
                    "output": None,
                },
                "steps": [
                    {
                        "seq": 2,
                        "name": "b",
                        "type": "exec",
                        "startedAt": TIME,
                        "finishedAt": TIME,
                        "duration": 3,
                        "status": "success",
                        "output": "x",
                    },
                    {
                        "seq": 1,
                        "name": "<anonymous>",
                        "type": "exec",
                        "startedAt": TIME,
                        "finishedAt": TIME,
                        "duration": 3,
                        "status": "failure",
                        "error": "bad",
                        "retries": 2,
                        "loopIndex": 0,
                        "unknown": 1,
                    },
                ],
            },
            indent=2,
        )
    )
    trace = read(path)
    assert (trace.execution.duration, trace.execution.workflow_version) == (12, "1")
    assert [found.name for found in trace.steps] == ["<anonymous>", "b"]
    assert trace.steps[0].retries == 2 and trace.steps[0].path is None
    assert trace.steps[0].output is msgspec.UNSET


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "not a JSON trace"),
        ("{", "not a JSON trace"),
        ("[]", "not a duckflux trace"),
        ('{"execution": {}}', "not a duckflux trace"),
        ('{"execution": {"id": "x"}, "steps": [3]}', "not a duckflux trace"),
    ],
)
def test_a_file_that_is_no_trace_is_a_sentence(tmp_path, content, what):
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(TraceError, match=what):
        read(path)


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(TraceError, match="No such file"):
        read(tmp_path / "x.json")


def trace_file(folder: Path, process: subprocess.Popen[bytes]) -> Path:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        for path in folder.glob("[!.]*.json"):
            return path
        time.sleep(0.002)
    return next(folder.glob("[!.]*.json"))


BUSY = """
flow:
  - loop:
      max: 60
      steps:
        - parallel:
            - {type: exec, run: head -c 50000 /dev/zero | tr '\\0' x}
            - {type: exec, run: echo short}
            - set: {x: loop.index}
"""


def test_a_reader_during_a_run_never_sees_invalid_json(command, tmp_path):
    process = command(BUSY, "--quiet")
    path = trace_file(tmp_path / "traces", process)
    reads, running = 0, set()
    while process.poll() is None:
        running.add(json.loads(path.read_bytes())["execution"]["status"])
        read(path)
        reads += 1
    assert process.wait() == 0
    assert reads > 10 and running >= {"running"}
    trace = read(path)
    assert trace.execution.status == "success"
    assert [found.seq for found in trace.steps] == list(range(1, 60 * 4 + 2))


def test_after_kill_9_what_finished_before_is_there(command, tmp_path):
    process = command("flow: [{loop: {until: 'false', steps: [{type: exec, run: date +%s.%N}]}}]", "--quiet")
    path = trace_file(tmp_path / "traces", process)
    time.sleep(0.8)
    assert not interrupted(path, read(path))
    process.send_signal(signal.SIGKILL)
    killed = time.time()
    process.wait()
    trace = read(path)
    assert trace.execution.status == "running"
    finished = [found for found in trace.steps if found.type == "exec" and found.status == "success"]
    assert killed - finished[-1].output < 0.25
    assert [found.seq for found in trace.steps] == list(range(1, len(trace.steps) + 1))
    assert json.loads(path.read_text())["execution"]["status"] == "running"
    deadline = time.monotonic() + 5
    # A command that was just being started holds the journal open until it is.
    while not interrupted(path, trace):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert fold(path) == trace
    assert not journal_of(path).exists()
    assert read(path) == trace and interrupted(path, trace)


def test_folding_leaves_the_journal_of_a_run_that_runs(watched):
    watched.recorder.consume([begun(), *step(1)])
    assert [found.seq for found in fold(watched.path).steps] == [1]
    assert journal_of(watched.path).exists()
    watched.recorder.consume([over()])
    assert not interrupted(watched.path, read(watched.path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder_is_one_warning(command, tmp_path):
    (tmp_path / "traces").mkdir(mode=0o500)
    process = command("flow: [{type: exec, run: 'true'}]")
    assert b"warning: trace: " in process.communicate()[1]
    assert process.returncode == 0


def test_a_folder_that_is_a_file_is_one_warning(command, tmp_path):
    (tmp_path / "traces").write_text("")
    process = command("flow: [{type: exec, run: 'true'}, {type: exec, run: 'true'}]")
    stderr = process.communicate()[1].decode()
    assert stderr.count("warning: trace: ") == 1
    assert process.returncode == 0
