"""`duckflux run`."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest
from duckflux.cli.main import main
from duckflux.trace.view.labels import duration_text

HELLO = "flow: [{as: hello, type: exec, run: echo hi}]"
FAILING = "flow:\n  - as: bad\n    type: exec\n    run: echo partial; echo why >&2; exit 3"


class Command:
    """`duckflux run` on a text, in the folder of the test."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capfd = capfd

    def write(self, text: str, name: str = "w.duck.yaml") -> None:
        (self.folder / name).write_text(dedent(text))

    def __call__(self, text: str, *arguments: str) -> tuple[int, str, str]:
        """In this process: (exit code, stdout, stderr)."""
        self.write(text)
        code = main(["run", "w.duck.yaml", *arguments])
        return code, *self._capfd.readouterr()

    def start(self, text: str, *arguments: str, **options: object) -> subprocess.Popen[bytes]:
        """In a process of its own."""
        self.write(text)
        given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        # Tests that run in the background of a shell have inherited that it is ignored.
        given["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
        return subprocess.Popen(
            [sys.executable, "-m", "duckflux", "run", "w.duck.yaml", *arguments],
            cwd=self.folder,
            **(given | options),
        )

    def piped(self, text: str, stdin: str, *arguments: str) -> tuple[int, str, str]:
        """In a process of its own, with `stdin` piped to it."""
        process = self.start(text, *arguments, stdin=subprocess.PIPE)
        stdout, stderr = process.communicate(stdin.encode(), timeout=20)
        return process.returncode, stdout.decode(), stderr.decode()


@pytest.fixture
def command(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        yield Command(tmp_path, capfd)


def test_a_string_is_printed_as_it_is(command):
    assert command("flow: [{type: exec, run: printf 'a b'}]")[:2] == (0, "a b")


def test_other_values_are_printed_as_indented_json(command):
    assert command(HELLO + "\noutput: {a: hello.output, ü: [1]}".replace("[1]", '"[1]"'))[:2] == (
        0,
        '{\n  "a": "hi\\n",\n  "ü": [\n    1\n  ]\n}\n',
    )


def test_null_prints_nothing(command):
    assert command("flow: [{type: exec, run: 'true'}]")[:2] == (0, "")


def test_a_failed_run_exits_2_and_prints_nothing_on_stdout(command):
    code, stdout, stderr = command(FAILING)
    assert (code, stdout) == (2, "")
    *_, error, ending = stderr.splitlines()
    assert error == "w.duck.yaml:4:10: error: run: step 'bad': exit code 3: why [exec-failed]"
    assert re.fullmatch(r"✗ failure in \d+ms · step bad", ending)
    assert "Traceback" not in stderr


def test_a_file_with_static_errors_is_refused_before_any_step(command):
    code, stdout, stderr = command("flow: [{type: exec, run: touch ran}, missing]")
    assert (code, stdout) == (1, "")
    assert re.match(r"w\.duck\.yaml:1:\d+: error: flow\S*: .*missing.* \[DF\d+\]", stderr)
    assert not (command.folder / "ran").exists()


@pytest.mark.parametrize("arguments", [["none.yaml"], ["."], ["w.duck.yaml", "--no-such-option"], []])
def test_what_can_not_run_exits_1_with_a_message(command, arguments):
    command.write(HELLO)
    code = main(["run", *arguments])
    _, stderr = command._capfd.readouterr()
    assert code == 1
    assert "error" in stderr and "Traceback" not in stderr


def test_inputs_from_options(command):
    text = """
        inputs: {n: {type: integer}, s: , flag: {type: boolean}}
        flow: [{type: exec, run: 'true'}]
        output: workflow.inputs
    """
    code, stdout, _ = command(text, "--input", "n=3", "-i", "s=1.10", "-i", "flag", "-i", 'extra={"a": [1]}')
    assert code == 0
    assert json.loads(stdout) == {"n": 3, "s": "1.10", "flag": True, "extra": {"a": [1]}}


def test_options_beat_the_file_and_the_file_beats_stdin(command):
    text = """
        inputs: {a: {required: true}, b: , c: , d: {required: true}}
        flow: [{type: exec, run: 'true'}]
        output: workflow.inputs
    """
    (command.folder / "in.json").write_text('{"a": "file", "b": "file"}')
    code, stdout, _ = command.piped(
        text,
        '{"a": "stdin", "b": "stdin", "c": "stdin", "d": "stdin"}',
        "-i",
        "a=option",
        "--input-file",
        "in.json",
    )
    assert code == 0
    assert json.loads(stdout) == {"a": "option", "b": "file", "c": "stdin", "d": "stdin"}


def test_input_file_dash_reads_stdin(command):
    text = "inputs: {a: }\nflow: [{type: exec, run: 'true'}]\noutput: workflow.inputs.a"
    assert command.piped(text, '{"a": "x"}', "--input-file", "-")[:2] == (0, "x")


def test_an_open_silent_pipe_does_not_block_a_run_that_needs_nothing_from_it(command):
    process = command.start(HELLO, stdin=subprocess.PIPE)
    assert process.wait(timeout=10) == 0
    process.stdin.close()


def test_a_workflow_without_inputs_leaves_stdin_alone(command):
    command.write(HELLO)
    loop = f"while read line; do {sys.executable} -m duckflux run w.duck.yaml; done"
    done = subprocess.run(loop, shell=True, cwd=command.folder, input=b"1\n2\n3\n", capture_output=True)
    assert done.stdout == b"hi\n" * 3


def test_a_terminal_or_device_on_stdin_is_not_read(command):
    with Path("/dev/zero").open("rb") as device:
        process = command.start("inputs: {a: }\n" + HELLO, stdin=device)
        assert process.communicate(timeout=10)[0] == b"hi\n"


@pytest.mark.parametrize("arguments", [(), ("--input-file", "-")])
def test_too_much_on_stdin_is_an_error(command, arguments):
    with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as yes:
        process = command.start("inputs: {a: {required: true}}\n" + HELLO, *arguments, stdin=yes.stdout)
        _, stderr = process.communicate(timeout=20)
        yes.kill()
    assert process.returncode == 1
    assert b"error: stdin is larger than 64 MiB" in stderr


@pytest.mark.parametrize("command_line", ["run w.duck.yaml --input-file -", "cel 1 --data -", "fmt -"])
def test_a_closed_stdin_makes_no_traceback(command, command_line):
    command.write("inputs: {a: }\n" + HELLO)
    shell = f"{sys.executable} -m duckflux {command_line} <&-"
    done = subprocess.run(shell, shell=True, cwd=command.folder, capture_output=True, text=True)
    assert "Traceback" not in done.stderr


def test_a_working_directory_that_is_gone_is_said(command):
    command.write(HELLO)
    folder = command.folder / "gone"
    shell = f"mkdir gone; cd gone; rmdir ../gone; {sys.executable} -m duckflux run ../w.duck.yaml"
    done = subprocess.run(shell, shell=True, cwd=folder.parent, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "duckflux: error: the current folder does not exist any more"
    )
    assert "Traceback" not in done.stderr


def test_a_run_that_removes_its_working_directory_fails_as_any_other(command):
    command.write("flow: [{type: exec, run: 'rmdir ../gone; exit 3'}]")
    shell = f"mkdir gone; cd gone; {sys.executable} -m duckflux run {command.folder}/w.duck.yaml"
    done = subprocess.run(shell, shell=True, cwd=command.folder, capture_output=True, text=True)
    assert done.returncode == 2
    assert "exit code 3" in done.stderr and "Traceback" not in done.stderr


def test_stdin_that_is_no_object_is_ignored_with_a_note(command):
    code, stdout, stderr = command.piped(
        "inputs: {a: {required: true, default: x}}\n" + HELLO, "some text", "--input", "b=1"
    )
    assert (code, stdout) == (0, "hi\n")
    assert "stdin is not a JSON object and is ignored" in stderr


def test_invalid_inputs_are_all_named_and_nothing_runs(command):
    code, stdout, stderr = command(
        """
        inputs: {a: {required: true}, n: {type: integer, minimum: 3}}
        flow: [{type: exec, run: touch ran}]
        """,
        "-i",
        "n=1",
    )
    assert (code, stdout) == (1, "")
    assert (
        "input 'a' is required: give it with --input" in stderr and "input 'n' must be at least 3" in stderr
    )
    assert not (command.folder / "ran").exists()


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_an_input_file_that_can_not_be_read(command, content):
    if content is not None:
        (command.folder / "in.json").write_text(content)
    code, _, stderr = command(HELLO, "--input-file", "in.json")
    assert code == 1 and "--input-file in.json" in stderr


def test_an_input_without_a_name(command):
    code, _, stderr = command(HELLO, "--input", "=1")
    assert code == 1 and "--input =1" in stderr


def test_warnings_go_to_stderr_and_change_nothing(command):
    text = "flow: [{as: hello, type: exec, run: echo hi, method: GET}]"
    code, stdout, stderr = command(text)
    assert (code, stdout) == (0, "hi\n")
    assert re.match(r"w\.duck\.yaml:1:\d+: warning: ", stderr)
    assert command(text, "--quiet") == (0, "hi\n", "")


def test_undeclared_inputs_are_a_warning(command):
    code, _, stderr = command("inputs: {a: }\n" + HELLO, "-i", "typo=1")
    assert code == 0 and "warning: input 'typo' is not declared" in stderr


def test_cwd(command):
    (command.folder / "there").mkdir()
    assert command('flow: [{type: exec, run: basename "$PWD"}]', "--cwd", "there")[:2] == (0, "there\n")
    code, _, stderr = command(HELLO, "--cwd", "nowhere")
    assert code == 1 and "--cwd nowhere is not a folder" in stderr


def test_an_unknown_event_backend_is_refused_at_the_start(command):
    code, _, stderr = command(HELLO, "--event-backend", "rabbit")
    assert code == 1 and "unknown event backend 'rabbit'" in stderr


def test_trace_and_progress_events(command):
    assert command(FAILING, "--trace-dir", "a/b", "--progress-events", "events.jsonl")[0] == 2
    (trace,) = (command.folder / "a" / "b").iterdir()
    assert json.loads(trace.read_text())["steps"][0]["exitCode"] == 3
    events = [json.loads(line) for line in (command.folder / "events.jsonl").read_text().splitlines()]
    assert events[0]["id"] == trace.stem
    assert [event["event"] for event in events if event["event"] != "step.output"] == [
        "execution.started",
        "step.started",
        "step.finished",
        "execution.finished",
    ]
    assert {(e["stream"], e["text"]) for e in events if e["event"] == "step.output"} == {
        ("stdout", "partial\n"),
        ("stderr", "why\n"),
    }


@pytest.mark.parametrize(("folder", "left"), [(".duckflux/traces", 1), ("my.duckflux/traces", 3)])
def test_only_the_default_folder_for_traces_is_pruned(command, monkeypatch, folder, left):
    monkeypatch.setattr("duckflux.cli.run._MAX_DEFAULT_TRACES", 1)
    for _ in range(3):
        assert command(HELLO, "--trace-dir", folder)[0] == 0
    assert len([*(command.folder / folder).glob("*.json")]) == left


def test_progress_events_on_stderr_are_json_lines_alone(command):
    code, stdout, stderr = command(HELLO, "--progress-events", "-")
    assert (code, stdout) == (0, "hi\n")
    assert [json.loads(line)["event"] for line in stderr.splitlines()] == [
        "execution.started",
        "step.started",
        "step.output",
        "step.finished",
        "execution.finished",
    ]


def test_a_text_may_run_in_the_place_of_a_file(command):
    command.write("flow: [{type: exec, run: exit 9}]")
    (command.folder / "elsewhere").mkdir()
    (command.folder / "elsewhere" / "text").write_text(
        'flow: [{type: exec, cwd: ., run: basename "$PWD"; exit 4}]'
    )
    assert main(["run", "w.duck.yaml", "--source", "elsewhere/text"]) == 2
    stderr = command._capfd.readouterr()[1]
    assert "w.duck.yaml:1:" in stderr and "exit code 4" in stderr


def test_a_text_in_the_place_of_a_file_has_that_files_sub_workflows(command):
    command.write("flow: [{type: exec, run: printf child}]", "child.yaml")
    (command.folder / "elsewhere").mkdir()
    (command.folder / "elsewhere" / "text").write_text("flow: [{type: workflow, path: child.yaml}]")
    assert command(HELLO, "--source", "elsewhere/text")[:2] == (0, "child")


def test_a_pipe_gets_a_line_for_each_step(command):
    _, _, stderr = command(
        """
        flow:
          - {as: build, type: exec, run: echo hi}
          - {as: skipped, type: exec, when: has(env.NOBODY_SETS_THIS), run: 'true'}
          - {as: flaky, type: exec, onError: retry, retry: {max: 2}, run: test -e f || { touch f; exit 1; }}
          - set: {a: '1'}
          - {as: bad, type: exec, onError: skip, run: exit 3}
    """.replace("run: test -e f || { touch f; exit 1; }", "run: 'test -e f || { touch f; exit 1; }'")
    )
    lines = [re.sub(r"\d+ms", "Nms", line) for line in stderr.splitlines()]
    assert lines == [
        "✓ build Nms",
        "⊘ skipped skipped (when)",
        "✓ flaky Nms · 1 retry",
        "⊘ bad skipped (onError)",
        "✓ success in Nms",
    ]


def test_verbose_shows_starts_and_what_steps_print(command):
    _, _, stderr = command(HELLO, "-v")
    assert stderr.startswith("▸ hello\nhello | hi\n✓ hello ")


def test_quiet_prints_errors_alone(command):
    assert command(HELLO, "--quiet") == (0, "hi\n", "")
    code, _, stderr = command(FAILING, "--quiet")
    assert code == 2 and len(stderr.splitlines()) == 1


def test_messages_show_no_secrets(command, monkeypatch):
    monkeypatch.setenv("DEPLOY_TOKEN", "very-secret-token")
    code, _, stderr = command("flow: [{type: exec, run: 'echo bad $DEPLOY_TOKEN >&2; exit 1'}]", "-v")
    assert code == 2
    assert "very-secret-token" not in stderr and "bad ***" in stderr


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def lives(pid: str) -> bool:
    """Whether it runs; a zombie that nobody has reaped yet has no command line."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_cancels_the_run(command, number, code):
    process = command.start(
        "flow: [{as: s, type: exec, cwd: ./, run: 'sleep 60 & echo $! > pid; touch ready; wait'}]",
        "--trace-dir",
        "t",
    )
    wait_for(command.folder / "ready")
    begin = time.monotonic()
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=5)
    assert time.monotonic() - begin < 4.5
    assert (process.returncode, stdout) == (code, b"")
    assert b"cancelled" in stderr and b"Traceback" not in stderr
    (trace,) = (command.folder / "t").iterdir()
    execution = json.loads(trace.read_text())["execution"]
    assert (execution["status"], execution["error"]) == ("failure", "cancelled")
    assert not lives((command.folder / "pid").read_text().strip())


def ignore(number: int) -> None:
    signal.signal(number, signal.SIG_IGN)


def test_where_sigchld_is_ignored_a_command_that_fails_fails_the_run(command):
    process = command.start(
        "flow: [{as: bad, type: exec, run: exit 1}, {type: exec, cwd: ./, run: touch next}]",
        preexec_fn=lambda: ignore(signal.SIGCHLD),
    )
    _, stderr = process.communicate(timeout=20)
    assert process.returncode == 2
    assert b"step 'bad': exit code 1 " in stderr
    assert not (command.folder / "next").exists()


@pytest.mark.parametrize(
    "inherit",
    [
        lambda: ignore(signal.SIGTERM),
        lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM}),
    ],
    ids=["ignored", "blocked"],
)
def test_sigterm_ends_the_run_and_its_steps_whatever_was_inherited(command, inherit):
    process = command.start(
        "flow: [{type: exec, cwd: ./, run: 'trap \"touch asked; exit\" TERM; touch ready; sleep 60 & wait'}]",
        preexec_fn=inherit,
    )
    wait_for(command.folder / "ready")
    process.terminate()
    try:
        process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 143
    assert (command.folder / "asked").exists()


def test_what_a_step_starts_to_clean_up_may_end(command):
    process = command.start(
        "flow: [{type: exec, cwd: ./, "
        "run: 'trap \"sleep 0.4 && touch cleaned; exit\" TERM; touch ready; sleep 60 & wait'}]"
    )
    wait_for(command.folder / "ready")
    process.terminate()
    process.communicate(timeout=10)
    assert (command.folder / "cleaned").exists()


def test_an_interrupt_that_was_ignored_stays_ignored(command):
    process = command.start(
        "flow: [{type: exec, cwd: ./, run: 'touch ready; until test -e go; do sleep 0.01; done; echo went on'}]",
        preexec_fn=lambda: ignore(signal.SIGINT),
    )
    wait_for(command.folder / "ready")
    process.send_signal(signal.SIGINT)
    (command.folder / "go").touch()
    stdout, _ = process.communicate(timeout=20)
    assert (process.returncode, stdout) == (0, b"went on\n")


def test_a_run_whose_events_nobody_reads_any_more_ends(command):
    reading, writing = os.pipe()
    process = command.start(
        "flow: [{type: exec, cwd: ./, run: touch ready; sleep 60}]",
        "--progress-events",
        f"/dev/fd/{writing}",
        pass_fds=(writing,),
    )
    os.close(writing)
    wait_for(command.folder / "ready")
    os.close(reading)
    assert process.wait(timeout=5) == 143


def test_durations_are_short():
    assert [duration_text(ms) for ms in (0, 999, 1_240, 59_999, 125_000, 3_720_000)] == [
        "0ms",
        "999ms",
        "1.2s",
        "1m 00s",
        "2m 05s",
        "1h 02m",
    ]


def test_scions_way_of_calling(command):
    """github GoogleCloudPlatform/scion: stdout is the result, stderr is streamed, 0/1/2, SIGTERM cancels."""
    (command.folder / "in.json").write_text('{"name": "x"}')
    (command.folder / "work").mkdir()
    text = """
        inputs: {name: {required: true}}
        flow: [{as: s, type: exec, run: pwd}]
        output: {d: s.output, n: workflow.inputs.name}
    """
    process = command.start(
        text, *("--input-file", "in.json", "--cwd", "work", "--trace-dir", "traces", "--trace-format", "json")
    )
    stdout, stderr = process.communicate(timeout=10)
    assert process.returncode == 0
    assert json.loads(stdout) == {"d": f"{command.folder}/work\n", "n": "x"}
    assert stderr.decode().startswith("✓ s ")
    assert len([*(command.folder / "traces").glob("*.json")]) == 1


def test_who_starts_a_run_may_choose_its_id(command: Command, tmp_path: Path) -> None:
    id_ = "0123abcd-0123-4123-8123-0123456789ab"
    assert command(HELLO, "--id", id_, "--trace-dir", "traces")[0] == 0
    assert (tmp_path / "traces" / f"{id_}.json").exists()
    code, _, said = command(HELLO, "--id", "../../escaped", "--trace-dir", "traces")
    assert code == 1 and "'../../escaped' can't be an id" in said
