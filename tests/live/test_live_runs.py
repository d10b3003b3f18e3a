"""Runs that go on are found, watched, answered and stopped from other processes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

COMMAND = [sys.executable, "-m", "duckflux"]
DEADLINE = 15.0

WAITING = """\
    name: deploy
    flow:
      - as: build
        type: exec
        run: echo building; echo slowly >&2; echo "$GREETING_TOKEN"
      - wait: {event: approved, match: event.by != ""}
      - as: publish
        type: exec
        run: echo published
    output: event.by
"""


class Machine:
    """A machine of its own, as far as live runs are concerned."""

    def __init__(self, folder: Path, runtime: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "DUCKFLUX_RUNTIME_DIR": str(runtime / "duckflux"),
            "GREETING_TOKEN": "s3cret-greeting",
        }
        self.sockets = runtime / "duckflux"
        self._runs: list[subprocess.Popen[str]] = []

    def start(self, text: str, *options: str) -> subprocess.Popen[str]:
        """A run of a workflow, of which `ps` may not know yet."""
        file = self.folder / f"w{len(self._runs)}.duck.yaml"
        file.write_text(dedent(text))
        run = subprocess.Popen(
            [*COMMAND, "run", file.name, *options],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._runs.append(run)
        return run

    def call(self, *arguments: str, input_: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment,
            input=input_,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )

    def watch(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that goes on, with its stdout."""
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ps(self) -> list[dict[str, Any]]:
        return json.loads(self.call("ps", "--json").stdout)

    def until(self, is_so: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The one live run, once something is so."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            runs = self.ps()
            if len(runs) == 1 and is_so(runs[0]):
                return runs[0]
        raise AssertionError(self.ps())

    def connect(self) -> socket.socket:
        """A connection to the one live run, by hand."""
        (path,) = self.sockets.iterdir()
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(DEADLINE)
        connection.connect(str(path))
        return connection

    def end(self) -> None:
        for run in self._runs:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)
            run.communicate()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    # The path of a socket is short.
    runtime = Path(tempfile.mkdtemp(dir="/tmp"))
    machine = Machine(tmp_path, runtime)
    yield machine
    machine.end()
    shutil.rmtree(runtime)


def waits(run: dict[str, Any]) -> bool:
    return bool(run["waiting"])


def test_a_run_is_listed_with_what_it_waits_for(machine: Machine) -> None:
    run = machine.start(WAITING)
    found = machine.until(waits)
    assert found["pid"] == run.pid
    assert (found["workflow"], found["path"]) == ("deploy", str(machine.folder / "w0.duck.yaml"))
    assert found["running"] == ["wait"]
    assert [wait["event"] for wait in found["waiting"]] == ["approved"]
    lines = machine.call("ps").stdout.splitlines()
    assert lines[0].split() == ["ID", "WORKFLOW", "SINCE", "RUNNING", "WAITING", "FOR"]
    assert lines[1].startswith(found["id"][:8] + "  deploy")
    assert " wait     approved (" in lines[1]


def test_an_event_answers_it(machine: Machine) -> None:
    run = machine.start(WAITING)
    found = machine.until(waits)
    sent = machine.call("emit", "approved", "--payload", '{"by": "eve"}')
    assert sent.stdout == f"sent approved to {found['id']} (deploy)\n"
    stdout, _ = run.communicate(timeout=DEADLINE)
    assert (run.returncode, stdout) == (0, "eve")
    assert machine.call("ps").stdout == "no run is going on\n"
    assert [*machine.sockets.iterdir()] == []


@pytest.mark.parametrize("means", ["cli", "editor", "web"])
def test_the_trace_says_by_what_means_it_was_answered(means: str, machine: Machine) -> None:
    run = machine.start(WAITING, "--quiet", "--trace-dir", "traces")
    machine.until(waits)
    if means == "cli":
        assert machine.call("emit", "approved", "--payload", '{"by": "eve"}').returncode == 0
    else:
        request = {"request": "emit", "event": "approved", "payload": {"by": "eve"}, "by": means}
        with machine.connect() as connection:
            answers = receive(connection)
            next(answers)
            connection.sendall(json.dumps(request).encode() + b"\n")
            assert next(answers)["taken"] is True
    assert run.communicate(timeout=DEADLINE)[0] == "eve"
    (trace,) = (machine.folder / "traces").glob("*.json")
    wait = json.loads(trace.read_text())["steps"][1]
    assert (wait["awaits"], wait["answeredBy"]) == ("approved", means)


def test_a_durable_run_is_answered_and_cancelled_alike(machine: Machine) -> None:
    durable = ("--durable", "sqlite:runs.db", "--quiet", "--trace-dir", "traces")
    run = machine.start(WAITING, *durable, "--id", "first")
    machine.until(waits)
    other = machine.start(WAITING, *durable, "--id", "second")
    while sum(waits(run) for run in machine.ps()) < 2:
        time.sleep(0.02)
    assert "building\n" in machine.call("logs", "first", "build").stdout
    sent = machine.call("emit", "approved", "--payload", '{"by": "eve"}', "--run", "first")
    assert sent.stdout == "sent approved to first (deploy)\n"
    assert run.communicate(timeout=DEADLINE)[0] == "eve"
    wait = json.loads((machine.folder / "traces/first.json").read_text())["steps"][1]
    assert (wait["awaits"], wait["answeredBy"]) == ("approved", "cli")
    # The other run waits for an event of the same name in the same store, and is not meant.
    assert [run["id"] for run in machine.ps() if waits(run)] == ["second"]
    with machine.connect() as connection:
        answers = receive(connection)
        next(answers)
        connection.sendall(b'{"request": "pause"}\n{"request": "debug"}\n')
        assert [next(answers)["error"] for _ in range(2)] == [
            "a durable run can't be paused",
            "a durable run can't be debugged: run the workflow without a store to debug it",
        ]
    assert machine.call("cancel", "second").returncode == 0
    assert other.wait(DEADLINE) == 143
    assert machine.ps() == []


def test_a_durable_run_that_was_killed_is_found_again_where_it_goes_on(machine: Machine) -> None:
    durable = ("--durable", "sqlite:runs.db", "--quiet", "--id", "r")
    killed = machine.start(WAITING, *durable)
    machine.until(waits)
    killed.kill()
    killed.communicate()
    assert [path.name for path in machine.sockets.iterdir()] == ["r.sock"]
    again = machine.start(WAITING, *durable)
    assert machine.until(waits)["pid"] == again.pid
    # Who asks for it a third time is refused, and takes nothing away from it.
    other = machine.start(WAITING, *durable)
    assert "another process has the run r now" in other.communicate(timeout=DEADLINE)[1]
    assert machine.call("emit", "approved", "--payload", '{"by": "eve"}').returncode == 0
    assert again.communicate(timeout=DEADLINE)[0] == "eve"


def test_a_payload_that_does_not_match_leaves_it_waiting(machine: Machine) -> None:
    run = machine.start(WAITING)
    machine.until(waits)
    assert machine.call("emit", "approved", "--payload", "-", input_='{"by": ""}').returncode == 0
    assert machine.until(waits)
    assert machine.call("emit", "approved", "--payload", "-", input_='{"by": "eve"}').returncode == 0
    assert run.communicate(timeout=DEADLINE)[0] == "eve"


def test_an_answer_may_come_before_the_question(machine: Machine) -> None:
    run = machine.start(
        """\
        flow:
          - {as: slow, type: exec, run: "while ! test -e go; do sleep 0.05; done"}
          - wait: {event: approved}
        output: event
        """
    )
    found = machine.until(lambda run: run["running"] == ["slow"])
    sent = machine.call("emit", "approved", "--payload", "1", "--run", found["id"][:6])
    assert sent.stdout.endswith("), where nobody waits for it now: a later wait can take it\n")
    (machine.folder / "go").touch()
    assert run.communicate(timeout=DEADLINE)[0] == "1\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("emit", "other"),
            "error: no run waits for other: runs wait for approved; --run ID sends it to a run",
        ),
        (("emit", "approved", "--payload", "eve"), "error: --payload is not JSON: invalid character"),
        (("emit", "approved", "--run", "zzz"), "error: no live run has an id that begins with 'zzz'"),
        (("cancel", "zzz"), "error: no live run has an id that begins with 'zzz': `duckflux ps` lists them"),
        (("attach", "zzz"), "error: no live run has an id that begins with 'zzz'"),
        (("logs", "zzz"), "and .duckflux/traces has no traces with it: --trace-dir names another folder"),
    ],
)
def test_what_can_not_be_done_is_said(arguments: tuple[str, ...], message: str, machine: Machine) -> None:
    machine.start(WAITING)
    machine.until(waits)
    called = machine.call(*arguments)
    assert called.returncode == 1
    assert message in called.stderr
    assert len(called.stderr.splitlines()) == 1


def test_an_id_must_be_clear(machine: Machine) -> None:
    machine.start(WAITING)
    machine.start(WAITING)
    while len(machine.ps()) < 2 or not all(map(waits, machine.ps())):
        pass
    assert "2 live runs have ids that begin with ''" in machine.call("cancel", "").stderr
    assert "2 runs wait for approved: name one with --run: " in machine.call("emit", "approved").stderr


def test_a_run_is_cancelled_with_all_that_it_started(machine: Machine) -> None:
    run = machine.start("flow: [{as: long, type: exec, run: sleep 7171 & sleep 7172}]")
    found = machine.until(lambda run: run["running"] == ["long"])
    start = time.monotonic()
    assert machine.call("cancel", found["id"][:8]).stdout == f"cancelled {found['id']}\n"
    run.communicate(timeout=DEADLINE)
    assert run.returncode == 143
    assert time.monotonic() - start < 3
    assert subprocess.run(["pgrep", "-f", "sleep 717[12]"], check=False).returncode == 1


def test_attach_shows_what_was_and_what_comes(machine: Machine) -> None:
    machine.start(WAITING)
    found = machine.until(waits)
    watching = machine.watch("attach", found["id"], "--verbose")
    assert watching.stdout is not None
    shown = watching.stdout.readline()
    assert shown == "▸ build\n"
    machine.call("emit", "approved", "--payload", '{"by": "eve"}')
    shown += watching.stdout.read()
    assert watching.wait(DEADLINE) == 0
    for line in ("build | building", "build | slowly", "✓ wait", "publish | published", "✓ publish"):
        assert line in shown
    assert "s3cret" not in shown
    assert shown.splitlines()[-1].startswith("success in ")


def test_the_log_of_a_step(machine: Machine) -> None:
    run = machine.start(WAITING, "--trace-dir", "traces")
    found = machine.until(waits)
    live = machine.call("logs", found["id"][:8], "build")
    assert sorted(live.stdout.splitlines()) == ["***", "building", "slowly"]
    following = machine.watch("logs", found["id"], "-f")
    assert following.stdout is not None
    assert following.stdout.readline().startswith("build | ")
    machine.call("emit", "approved", "--payload", '{"by": "eve"}')
    assert "publish | published\n" in following.stdout.read()
    run.communicate(timeout=DEADLINE)
    ended = machine.call("logs", found["id"][:8], "publish", "--trace-dir", "traces")
    assert (ended.returncode, ended.stdout) == (0, "published\n")
    assert "no step 'nope'" in machine.call("logs", found["id"], "nope", "--trace-dir", "traces").stderr


def test_a_killed_run_leaves_nothing_behind(machine: Machine) -> None:
    run = machine.start(WAITING)
    machine.until(waits)
    run.kill()
    run.wait()
    assert len([*machine.sockets.iterdir()]) == 1
    assert machine.ps() == []
    assert [*machine.sockets.iterdir()] == []


def test_a_run_that_does_not_answer_is_told_of(machine: Machine) -> None:
    run = machine.start(WAITING)
    found = machine.until(waits)
    run.send_signal(signal.SIGSTOP)
    listed = machine.call("ps")
    assert "no run is going on" in listed.stdout
    assert f"warning: the run {found['id']} does not answer: its process may be stopped" in listed.stderr
    run.send_signal(signal.SIGCONT)
    machine.until(waits)


def test_a_run_without_control_is_not_found(machine: Machine) -> None:
    run = machine.start(WAITING, "--no-control", "--verbose")
    assert run.stderr is not None
    while "wait" not in run.stderr.readline():
        pass
    assert machine.ps() == []


def test_nobody_else_gets_in(machine: Machine) -> None:
    machine.start(WAITING)
    machine.until(waits)
    assert stat.S_IMODE(machine.sockets.stat().st_mode) == 0o700
    (path,) = machine.sockets.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    if os.getuid() != 0:
        pytest.skip("only root can try as another user")
    connect = f"import socket; socket.socket(socket.AF_UNIX).connect({str(path)!r})"
    machine.sockets.parent.chmod(0o755)
    tried = subprocess.run(
        ["python3", "-c", connect], user=65534, capture_output=True, text=True, check=False
    )
    assert "PermissionError" in tried.stderr


def test_a_folder_that_is_not_private_is_not_used(machine: Machine) -> None:
    machine.sockets.mkdir(mode=0o755)
    machine.sockets.chmod(0o755)
    run = machine.start("flow: [{type: exec, run: echo done}]")
    assert run.communicate(timeout=DEADLINE)[0].strip() == "done"
    assert [*machine.sockets.iterdir()] == []


def receive(connection: socket.socket) -> Iterator[dict[str, Any]]:
    with connection.makefile("rb") as lines:
        for line in lines:
            yield json.loads(line)


def test_pause_and_continue(machine: Machine) -> None:
    run = machine.start(WAITING)
    machine.until(waits)
    with machine.connect() as connection:
        answers = receive(connection)
        hello = next(answers)
        assert (hello["protocol"], hello["workflow"], hello["pid"]) == (1, "deploy", run.pid)
        connection.sendall(b'{"request": "pause"}\n')
        connection.sendall(b'{"request": "emit", "event": "approved", "payload": {"by": "x"}}\n')
        assert [next(answers)["answer"] for _ in range(2)] == ["pause", "emit"]
        machine.until(lambda run: run["paused"] and not run["running"])
        connection.sendall(b'{"request": "continue"}\n')
        assert run.communicate(timeout=DEADLINE)[0] == "x"


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"", None),
        (b"hello", None),
        (b"\n", "not JSON: it is empty"),
        (b"{", "not JSON: it ends too early"),
        (b"3", "unknown request: it must be one of status, "),
        (b'{"request": ["emit"]}', "unknown request"),
        (b'{"request": "emit"}', "`event` must be the name of an event"),
        (b'{"request": "emit", "event": 3}', "`event` must be the name of an event"),
        (b"[" * 100_000, "not JSON: it is nested too deeply"),
    ],
)
def test_a_client_that_is_wrong_or_goes_does_no_harm(
    sent: bytes, reason: str | None, machine: Machine
) -> None:
    run = machine.start(WAITING)
    machine.until(waits)
    with machine.connect() as connection:
        answers = receive(connection)
        next(answers)
        if reason is None:
            connection.sendall(sent)
        else:
            connection.sendall(sent + b"\n")
            assert reason in next(answers)["error"]
        connection.sendall(b'{"request": "follow", "output": true}\n')
    machine.call("emit", "approved", "--payload", '{"by": "eve"}')
    assert run.communicate(timeout=DEADLINE)[0] == "eve"
    assert run.returncode == 0


def test_a_follower_that_does_not_read_does_not_hold_the_run(machine: Machine) -> None:
    run = machine.start(
        """\
        flow:
          - wait: {event: go}
          - {as: flood, type: exec, run: "head -c 60000000 /dev/zero | tr '\\\\0' 'x' | fold -w 99; echo end"}
        output: "'done'"
        """
    )
    machine.until(waits)
    with machine.connect() as slow:
        slow.sendall(b'{"request": "follow", "output": true}\n')
        machine.call("emit", "go")
        assert run.communicate(timeout=4 * DEADLINE)[0] == "done"


def test_the_first_of_two_answers_counts(machine: Machine) -> None:
    run = machine.start(
        """\
        flow:
          - wait: {event: approved}
          - {as: last, type: exec, run: "while ! test -e go; do sleep 0.05; done"}
        output: event
        """
    )
    machine.until(waits)
    with machine.connect() as first, machine.connect() as second:
        for number, connection in enumerate((first, second), 1):
            answers = receive(connection)
            next(answers)
            connection.sendall(b'{"request": "emit", "event": "approved", "payload": %d}\n' % number)
            assert next(answers)["answer"] == "emit"
    (machine.folder / "go").touch()
    assert run.communicate(timeout=DEADLINE)[0] == "1\n"


def test_many_runs_at_once(machine: Machine) -> None:
    for _ in range(12):
        machine.start("flow: [{wait: {event: approved}}]", "--quiet")
    end = time.monotonic() + 2 * DEADLINE
    runs = machine.ps()
    while time.monotonic() < end and sum(map(waits, runs)) < 12:
        runs = machine.ps()
    assert len(runs) == 12
    for run in runs:
        assert machine.call("emit", "approved", "--run", run["id"]).returncode == 0
    while time.monotonic() < end and machine.ps():
        pass
    assert machine.ps() == []
