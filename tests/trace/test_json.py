"""The JSON trace."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from duckflux.runtime.events import Attempt
from duckflux.runtime.secrets import Secrets
from duckflux.trace.journal import journal_path, read_journal
from duckflux.trace.model import trace_from_events
from duckflux.trace.readers import is_interrupted, read, recover
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
    with journal_path(watched.path).open("ab") as journal:
        journal.write(b'{"seq":2,"name":"s2')
    assert [found.seq for found in read(watched.path).steps] == [1]


def test_snapshots_keep_their_distance(tmp_path):
    now = 100.0
    recorder = Recorder(JsonWriter(tmp_path, clock=lambda: now), Secrets())
    recorder.consume([begun()])
    for seq in range(1, 200):
        recorder.consume(step(seq))
    path = tmp_path / "the-id.json"
    assert json.loads(path.read_text())["steps"] == []
    now += 0.11
    recorder.consume([])
    assert len(json.loads(path.read_text())["steps"]) == 199


def test_a_snapshot_that_takes_long_leaves_ten_times_as_long_between(tmp_path):
    ticks = itertools.count()
    recorder = Recorder(JsonWriter(tmp_path, clock=lambda: next(ticks)), Secrets())
    recorder.consume([begun()])
    path = tmp_path / "the-id.json"
    snapshots = set()
    for seq in range(1, 200):
        recorder.consume(step(seq))
        snapshots.add(path.stat().st_mtime_ns)
    assert len(snapshots) <= 200 / 10 + 1


def test_a_large_snapshot_does_not_hold_up_the_journal(tmp_path):
    ticks = itertools.count()
    recorder = Recorder(JsonWriter(tmp_path, clock=lambda: next(ticks)), Secrets())
    path = tmp_path / "the-id.json"
    recorder.consume([begun(), *(event for seq in range(1, 9) for event in step(seq, output="x" * 300_000))])
    assert json.loads(path.read_text())["steps"] == []
    for seq in range(9, 13):
        recorder.consume(step(seq))
        assert len(read_journal(journal_path(path)).steps) == seq
        json.loads(path.read_text())
    recorder.consume([over()])
    assert len(json.loads(path.read_text())["steps"]) == 12


def test_a_run_that_begins_anew_leaves_nothing_of_before(tmp_path):
    recorder = Recorder(JsonWriter(tmp_path), Secrets())
    recorder.consume([begun(), *step(1), *step(2), start(3)])
    recorder.consume([begun(), start(1)])
    path = tmp_path / "the-id.json"
    assert json.loads(path.read_text())["steps"] == []
    recorder.consume([end(1), start(3), end(3), over()])
    assert [found.seq for found in read(path).steps] == [1, 3]


def test_the_journal_is_gone_when_the_run_is_over(watched):
    watched.recorder.consume([begun(), over()])
    assert not journal_path(watched.path).exists()


def test_journal_live_stream_and_recorder_give_the_same_trace(watched):
    events = [
        begun(),
        *step(1, output=[1]),
        start(2),
        start(2, attempt=2),
        end(2, status="failure", error="x"),
    ]
    watched.recorder.consume(events)
    assert read(watched.path) == trace_from_events(events)
    closing = over(status="failure", error="x")
    watched.recorder.consume([closing])
    assert read(watched.path) == trace_from_events([*events, closing])


def test_folding_leaves_the_journal_of_a_run_that_runs(watched):
    watched.recorder.consume([begun(), *step(1)])
    assert [found.seq for found in recover(watched.path).steps] == [1]
    assert journal_path(watched.path).exists()
    watched.recorder.consume([over()])
    assert not is_interrupted(watched.path, read(watched.path).execution)
