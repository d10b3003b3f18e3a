"""`duckflux debug` stops, goes on and prints as it is told, also by a pipe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TEXT = """\
flow:
  - {as: build, type: exec, run: printf 1}
  - loop:
      as: rounds
      max: 3
      steps:
        - set: {k: rounds.index}
  - {as: bad, type: exec, run: test -e ok}
output: '{"k": execution.context.k, "bad": bad.output}'
"""


class Session:
    """What a session of commands printed."""

    def __init__(self, folder: Path, commands: list[str], *options: str) -> None:
        found = subprocess.run(
            [sys.executable, "-m", "duckflux", "debug", "w.duck.yaml", *options],
            cwd=folder,
            input="".join(f"{command}\n" for command in commands),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        self.code, self.out = found.returncode, found.stdout.splitlines()
        self.err = found.stderr.splitlines()


@pytest.fixture
def debug(tmp_path: Path):
    (tmp_path / "w.duck.yaml").write_text(TEXT)
    return lambda commands, *options: Session(tmp_path, commands, *options)


def test_a_run_is_stepped_through(debug) -> None:
    session = debug(["step", "s", "next", "where", "out", "next", "use 'fine'"])
    assert [line for line in session.err if line.startswith("w.duck")] == [
        "w.duck.yaml:2: build (exec)",
        "w.duck.yaml:3: loop rounds",
        "w.duck.yaml:7: set",
        "w.duck.yaml:7: set",
        "w.duck.yaml:8: bad (exec)",
        "w.duck.yaml:8: bad (exec)",
    ]
    assert session.out[:4] == [
        "0 set  w.duck.yaml:7",
        "1 iteration 2  w.duck.yaml:3",
        "2 loop rounds  w.duck.yaml:3",
        "3 workflow  w.duck.yaml:3",
    ]


def test_breakpoints_stop_where_conditions_hold(debug) -> None:
    session = debug(["print rounds.index", "delete 1", "c", "use 7"], "-b", "7 if rounds.index == 2")
    assert session.err[0] == "breakpoint 1 at w.duck.yaml:7 if rounds.index == 2"
    assert session.out == ["2", '{"k":2,"bad":7}']
    assert session.code == 0


def test_breakpoints_stand_at_names_too(debug) -> None:
    session = debug(["break", "quit"], "-b", "bad")
    assert session.err[-1] == "breakpoint 1 at step bad"
    assert "w.duck.yaml:8: bad (exec)" in session.err


def test_a_breakpoint_at_an_unknown_name_says_so(debug) -> None:
    session = debug(["quit"], "-b", "biuld", "-b", "xyzzy")
    assert session.err[:2] == [
        "breakpoint 1 at step biuld: no step of w.duck.yaml is called that: did you mean `build`?",
        "breakpoint 2 at step xyzzy: no step of w.duck.yaml is called that: "
        "only one of a sub-workflow could have it",
    ]


def test_a_failure_is_recovered_from(debug, tmp_path: Path) -> None:
    session = debug(["retry", "skip"], "-b", "99")
    assert session.err.count("exit code 1") == 2
    assert session.code == 2
    assert "no step runs at this line" in session.err[0]
    edited = debug(["c", "c"])
    assert (edited.code, edited.err[-1].endswith("[exec-failed]")) == (2, True)
    assert edited.err[-1].startswith("w.duck.yaml:8:")


def test_values_lines_and_threads_are_printed(debug) -> None:
    session = debug(["list", "vars", "threads", "help", "print build.output + 1", "q"], "-b", "3")
    assert ">   3   - loop:" in session.out
    assert '  build = {status: "success"' in "\n".join(session.out)
    assert "> 1 main (stopped)" in session.out
    assert any(line.startswith("continue ") for line in session.out)
    assert session.out[-1] == "2"
    assert session.code == 130


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("fly", "error: no command is called 'fly': `help` lists them"),
        ("print 1 +", "error: expected an expression, found the end"),
        ("retry", "error: the thread is not stopped at a failure"),
        ("back", "error: a run can't go backwards: restart a frame, or debug the trace of the run"),
        ("delete 4", "error: there is no breakpoint 4: `break` lists them"),
        ("break 3 if 1 +", "error: expected an expression, found the end"),
        ("thread 9", "error: there is no thread 9: `threads` lists them"),
    ],
)
def test_mistakes_are_told_and_the_run_stays(debug, command: str, said: str) -> None:
    session = debug([command, "print 'still here'", "quit"])
    assert said in session.err
    assert session.out == ["still here"]


def test_the_end_of_the_input_ends_the_run(debug, tmp_path: Path) -> None:
    assert debug([]).code == 130


def test_a_trace_is_walked_through(debug, tmp_path: Path) -> None:
    assert debug(["c", "c"], "--trace-dir", "traces").code == 2
    session = debug(["c", "back", "print execution.context.k", "q"], "--trace", "traces")
    assert "exit code 1" in session.err
    assert session.out == ["2"]
    assert session.code == 0


def test_what_can_not_be_debugged_says_why(debug, tmp_path: Path) -> None:
    assert debug(["c", "use 7"], "--trace-dir", "traces").code == 0
    session = debug([], "--resume", "traces")
    assert session.err == ["w.duck.yaml: error: that run succeeded: walk through it with --trace"]
    (tmp_path / "w.duck.yaml").write_text("flow:\n  - nothing\n")
    session = debug([])
    assert session.code == 1
    assert session.err == ["w.duck.yaml:2:5: error: flow[0]: unknown participant `nothing` [DF301]"]
    (tmp_path / "w.duck.yaml").write_text(
        "inputs:\n  who: {required: true}\nflow:\n  - set: {k: workflow.inputs.who}\n"
    )
    session = debug([])
    assert session.err == ["w.duck.yaml: error: input 'who' is required: give it with --input NAME=VALUE"]
    (tmp_path / "w.duck.yaml").unlink()
    assert debug([]).err == ["w.duck.yaml: error: file does not exist"]


@pytest.mark.parametrize("stdin", ["closed", "no text"])
def test_what_can_not_be_read_is_no_command(debug, tmp_path: Path, stdin: str) -> None:
    redirection = "<&-" if stdin == "closed" else "< typed"
    (tmp_path / "typed").write_bytes(b"\xff\n")
    found = subprocess.run(
        ["sh", "-c", f'"$0" -m duckflux debug w.duck.yaml {redirection}', sys.executable],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (found.returncode, found.stdout) == (130, "")
    said = [line for line in found.stderr.splitlines() if line.startswith("error")]
    assert said == ([] if stdin == "closed" else [r"error: no command is called '\xff': `help` lists them"])
