"""`duckflux run` as a person sees it: on a terminal, which is a real pseudo-terminal here."""

from __future__ import annotations

import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from duckflux.trace.folder import list_traces, prune_to_size
from duckflux.trace.readers import read

HELLO = "flow: [{as: hello, type: exec, run: echo hi}]"
TRACES = Path(".duckflux", "traces")
TRACE = r"\.duckflux/traces/[0-9a-f-]+\.json"
_CONTROL = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])|\r|\n|[^\x1b\r\n]+")


def screen(written: str) -> str:
    """What is on a screen after this was written to it: lines, moves up, and clearing below."""
    lines, row, column = [""], 0, 0
    for found in _CONTROL.finditer(written):
        match found[2] or found[0]:
            case "A":
                row -= int(found[1])
                assert row >= 0, "it moves above what it has drawn"
            case "J":
                lines[row:] = [lines[row][:column]]
            case "\r":
                column = 0
            case "\n":
                row += 1
                lines += [""] * (row == len(lines))
            case "m":
                pass
            case text:
                lines[row] = lines[row][:column] + text + lines[row][column + len(text) :]
                column += len(text)
    return "\n".join(lines)


class Session:
    """Runs `duckflux` on a terminal of 40 lines and 160 columns, in the folder of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, text: str, name: str = "w.duck.yaml") -> None:
        (self.folder / name).write_text(dedent(text))

    def __call__(
        self,
        *arguments: str,
        while_running: Callable[[int, str], None] = lambda pid, written: None,
        **more: str,
    ) -> tuple[int, str]:
        """The exit code, and the screen at the end; `while_running` sees what has been written so far."""
        leader, follower = pty.openpty()
        termios.tcsetwinsize(follower, (40, 160))
        environment = {key: value for key, value in os.environ.items() if key not in ("CI", "NO_COLOR")}
        process = subprocess.Popen(
            [sys.executable, "-m", "duckflux", *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=follower,
            stderr=follower,
            env=environment | {"TERM": "xterm"} | more,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        os.close(follower)
        written = b""
        while piece := _read(leader):
            written += piece
            while_running(process.pid, written.decode("utf-8", "ignore"))
        os.close(leader)
        return process.wait(), screen(written.decode())

    def traces(self) -> list[Path]:
        return sorted((self.folder / TRACES).glob("*.json"))


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


@pytest.fixture
def terminal(tmp_path: Path) -> Session:
    return Session(tmp_path)


def without_times(text: str) -> str:
    return re.sub(r"\d+(\.\d)?m?s\b", "TIME", re.sub(TRACE, "TRACE", text))


def test_a_live_tree(terminal):
    terminal.write("flow: [{loop: {as: round, max: 2, steps: [{as: work, type: exec, run: sleep 0.25}]}}]")
    drawn: list[str] = []
    code, shown = terminal(
        "run", "w.duck.yaml", while_running=lambda _, written: drawn.append(without_times(screen(written)))
    )
    assert "▸ round TIME\n  ▸ work TIME\n" in drawn
    assert "▸ round ×2 TIME\n  ▸ work ×2 TIME\n" in drawn
    assert (code, without_times(shown)) == (
        0,
        "✓ round ×2 TIME\n  ✓ work ×2 TIME\n✓ success in TIME · trace: TRACE\n",
    )


def test_times_of_all_iterations_add_up(terminal):
    terminal.write(
        """
        flow:
          - loop:
              as: outer
              max: 2
              steps:
                - loop: {as: inner, max: 2, steps: [{as: work, type: exec, run: sleep 0.1}]}
        """
    )
    _, shown = terminal("run", "w.duck.yaml")
    rows = dict(re.findall(r"✓ (\w+) ×\d (\d+)ms", shown))
    assert rows.keys() == {"outer", "inner", "work"} and all(int(spent) >= 400 for spent in rows.values())
    assert "✓ outer ×2 " in shown and "✓ inner ×4 " in shown and "✓ work ×4 " in shown


LONG_FAILURE = """\
participants:
  build:
    type: exec
    run: |
      for i in $(seq 500); do echo "line $i" >&2; done
      echo "fatal: no such branch" >&2; exit 3
flow:
  - {as: first, type: exec, run: echo once >> ran; echo 1}
  - build
"""


def test_a_failure_ends_with_the_reason_and_what_to_do(terminal):
    terminal.write(LONG_FAILURE)
    code, shown = terminal("run", "w.duck.yaml")
    lines = without_times(shown).splitlines()
    assert code == 2
    assert lines[:4] == [
        "✓ first TIME",
        "✗ build exit 3 · TIME",
        "w.duck.yaml:4:10: error: run: step 'build': exit code 3 [exec-failed]",
        lines[3],
    ]
    assert re.fullmatch(r"\.\.\. \d+ more lines", lines[3])
    assert lines[4:] == [
        *(f"line {number}" for number in range(482, 501)),
        "fatal: no such branch",
        "✗ failure in TIME · step build · trace: TRACE",
        "to continue: duckflux run w.duck.yaml --resume TRACE",
    ]


def test_the_command_it_names_continues_the_run(terminal):
    (terminal.folder / "work").mkdir()
    terminal.write(LONG_FAILURE)
    _, shown = terminal("run", "w.duck.yaml", "--cwd", "work")
    command = shlex.split(shown.splitlines()[-1].removeprefix("to continue: "))
    assert command[0] == "duckflux" and command[-2:] == ["--cwd", "work"]
    terminal.write(LONG_FAILURE.replace("exit 3", "exit 0"))
    code, shown = terminal(*command[1:], "--from", "build")
    assert code == 0, shown
    assert (terminal.folder / "work" / "ran").read_text() == "once\n"


def test_the_step_that_failed_is_named_and_not_those_that_it_cancelled(terminal):
    terminal.write(
        """
        flow:
          - parallel: [{as: slow, type: exec, run: sleep 60}, {as: bad, type: exec, run: sleep 0.2; exit 4}]
        """
    )
    shown = without_times(terminal("run", "w.duck.yaml")[1])
    assert "  ✗ slow cancelled · TIME\n  ✗ bad exit 4 · TIME\n" in shown
    assert "\n✗ failure in TIME · step bad · trace: TRACE\n" in shown


def test_attempts_are_no_executions(terminal):
    terminal.write(
        """
        flow:
          - {as: flaky, type: exec, run: exit 1, onError: retry, retry: {max: 2, backoff: 50ms}}
        """
    )
    assert without_times(terminal("run", "w.duck.yaml")[1]).startswith("✗ flaky exit 1 · TIME · 2 retries\n")


FALLBACK_FAILS = """\
participants:
  deploy: {type: exec, run: 'echo "no route to host" >&2; exit 7', onError: undo}
  undo: {type: exec, run: exit 1}
flow:
  - {as: build, type: exec, run: 'true'}
  - deploy
"""


def test_a_fallback_that_fails_is_below_its_step_and_hides_no_reason(terminal):
    terminal.write(FALLBACK_FAILS)
    assert without_times(terminal("run", "w.duck.yaml")[1]).splitlines()[:-1] == [
        "✓ build TIME",
        "✗ deploy exit 7 · TIME",
        "  ✗ undo exit 1 · TIME",
        "w.duck.yaml:2:29: error: run: step 'deploy': exit code 7: no route to host [exec-failed]",
        "w.duck.yaml:3:27: error: run: step 'undo': exit code 1 [exec-failed]",
        "✗ failure in TIME · step undo · trace: TRACE",
    ]
    assert terminal("run", "w.duck.yaml", "--resume", str(TRACES))[1].startswith("✓ build reused\n")


def test_trace_commands_find_the_traces_of_the_terminal(terminal):
    terminal.write(HELLO)
    terminal("run", "w.duck.yaml")
    assert "hello (exec)  ✓" in terminal("trace", "show", "--tree")[1]
    assert re.search(rf"success .*{TRACE}", terminal("trace", "list")[1])
    assert terminal("trace", "export", "--to", "html")[1].startswith("<!doctype html>")


def test_resume_takes_the_newest_trace_of_the_workflow_in_a_folder(terminal):
    terminal.write(LONG_FAILURE)
    terminal("run", "w.duck.yaml")
    terminal.write(HELLO, "other.duck.yaml")
    terminal("run", "other.duck.yaml")
    terminal("run", "w.duck.yaml", "--resume", str(TRACES))
    newest = list_traces(terminal.folder / TRACES)[0][0].execution
    assert newest.resumed_from == list_traces(terminal.folder / TRACES)[0][2].execution.id
    assert (terminal.folder / "ran").read_text() == "once\n"
    (terminal.folder / "third.duck.yaml").write_text("flow: [{type: exec, run: 'false'}]")
    code, shown = terminal("run", "third.duck.yaml", "--resume", str(TRACES))
    assert code == 1 and "the folder contains no trace of this workflow" in shown


def test_ctrl_c_says_where_and_how_to_continue(terminal):
    terminal.write("flow: [{as: quick, type: exec, run: 'true'}, {as: slow, type: exec, run: sleep 60}]")

    def interrupt(pid: int, written: str) -> None:
        if "▸ slow" in screen(written):
            os.kill(pid, signal.SIGINT)

    code, shown = terminal("run", "w.duck.yaml", while_running=interrupt)
    assert code == 130
    assert without_times(shown).splitlines() == [
        "✓ quick TIME",
        "✗ slow cancelled · TIME",
        "w.duck.yaml: error: cancelled",
        "✗ cancelled after TIME · step slow · trace: TRACE",
        "to continue: duckflux run w.duck.yaml --resume TRACE",
    ]


def test_the_line_that_answers_a_wait_is_shown_and_can_be_typed(terminal):
    terminal.write(
        """
        flow:
          - {as: build, type: exec, run: 'true'}
          - wait: {event: "it's approved", match: event.by != ""}
        """
    )
    # The path of a socket is short.
    runtime = tempfile.mkdtemp(prefix="dft")
    typed: list[str] = []
    waiting: list[str] = []

    def answer(_: int, written: str) -> None:
        shown = re.search(r"duckflux emit .* --payload JSON", screen(written))
        if shown is None or typed:
            return
        waiting.append(without_times(screen(written)))
        payload = shlex.quote('{"by": "eve"}')
        typed.append(
            shown[0].replace("JSON", payload).replace("duckflux", f"{sys.executable} -m duckflux", 1)
        )
        environment = os.environ | {"DUCKFLUX_RUNTIME_DIR": runtime}
        subprocess.run(typed[0], shell=True, env=environment, check=True, stdout=subprocess.DEVNULL)

    try:
        code, shown = terminal("run", "w.duck.yaml", while_running=answer, DUCKFLUX_RUNTIME_DIR=runtime)
    finally:
        shutil.rmtree(runtime)
    line = "duckflux emit 'it'\"'\"'s approved' --run ID --payload JSON"
    assert [re.sub(r"--run [0-9a-f]{8}\b", "--run ID", shown) for shown in waiting] == [
        f"✓ build TIME\n⏸ wait for it's approved TIME\n  $ {line}\n"
    ]
    assert code == 0
    assert "emit" not in shown
    assert "✓ wait" in shown


def test_the_default_trace_is_beside_the_workflow_and_ignored_by_git(terminal):
    (terminal.folder / "flows").mkdir()
    terminal.write(HELLO, "flows/w.duck.yaml")
    assert terminal("run", "flows/w.duck.yaml")[0] == 0
    (path,) = (terminal.folder / "flows" / TRACES).glob("*.json")
    assert read(path).execution.status == "success"
    assert (terminal.folder / "flows" / ".duckflux" / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [(["--no-trace"], {}), ([], {"CI": "true"}), (["--quiet", "--no-trace"], {})],
)
def test_without_the_default_trace(terminal, arguments, environment):
    terminal.write(HELLO)
    code, shown = terminal("run", "w.duck.yaml", *arguments, **environment)
    assert code == 0 and "hi" in shown and "trace" not in shown
    assert [file.name for file in terminal.folder.iterdir()] == ["w.duck.yaml"]


def test_in_a_pipe_nothing_is_traced_by_itself(terminal):
    terminal.write(HELLO)
    command = [sys.executable, "-m", "duckflux", "run", "w.duck.yaml"]
    done = subprocess.run(
        command, cwd=terminal.folder, capture_output=True, text=True, timeout=30, check=True
    )
    assert without_times(done.stderr) == "✓ hello TIME\n✓ success in TIME\n"
    assert [file.name for file in terminal.folder.iterdir()] == ["w.duck.yaml"]


def test_a_trace_folder_of_its_own_is_named_too(terminal):
    terminal.write(HELLO)
    _, shown = terminal("run", "w.duck.yaml", "--trace-dir", "runs", "--trace-format", "txt")
    assert re.search(r"· trace: runs/[0-9a-f-]+\.txt\n", shown) and not terminal.traces()


def test_results_of_a_parallel_that_are_all_empty_are_not_printed(terminal):
    terminal.write("flow: [{parallel: [{type: exec, run: 'true'}, {parallel: [{type: exec, run: 'true'}]}]}]")
    assert "null" not in terminal("run", "w.duck.yaml")[1]
    terminal.write("flow: [{parallel: [{type: exec, run: 'true'}, {type: exec, run: echo 1}]}]")
    assert terminal("run", "w.duck.yaml")[1].endswith("[\n  null,\n  1\n]\n")
    terminal.write("flow: [{parallel: [{type: exec, run: 'true'}]}]\noutput: '[null]'")
    assert terminal("run", "w.duck.yaml")[1].endswith("[\n  null\n]\n")


def test_the_oldest_traces_go_when_there_are_too_many(tmp_path, terminal):
    terminal.write("flow: [{type: exec, run: head -c 2000 /dev/zero | tr '\\0' x}]")
    for number in range(4):
        terminal("run", "w.duck.yaml")
        for path in terminal.traces():
            # Files made within one tick of the clock have no order.
            if path.stat().st_mtime > 1_000_000:
                os.utime(path, (number, number))
    folder = tmp_path / TRACES
    oldest, *_, newest = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    (folder / "notes.json").write_text("{}")
    os.utime(folder / "notes.json", (0, 0))
    size = newest.stat().st_size
    prune_to_size([folder], 3 * size + 100)
    assert not oldest.exists() and len(terminal.traces()) == 4
    prune_to_size([folder], 1)
    assert sorted(folder.iterdir()) == sorted([newest, folder / "notes.json"])
