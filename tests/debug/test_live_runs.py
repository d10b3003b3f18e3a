"""A debugger attaches to a live run by its id; when it goes away, the run goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Debugging
from .dap_client import TIMEOUT, DapClient, RefusedError

TEXT = """\
flow:
  - {as: first, type: exec, run: 'echo started; while [ ! -e go ]; do sleep 0.01; done; printf one'}
  - loop:
      max: 3
      steps:
        - {as: inner, type: exec, run: 'printf x >> ran.txt; cat'}
  - {as: last, type: exec, run: cat}
"""


class Live:
    """A run in a process of its own."""

    def __init__(self, debugging: Debugging, *options: str) -> None:
        self.folder = debugging.folder
        self.path = debugging.write(TEXT)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "duckflux", "run", str(self.path), "--progress-events", "-", *options],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        while '"started\\n' not in self.process.stderr.readline():
            pass
        sockets = list(Path(os.environ["DUCKFLUX_RUNTIME_DIR"]).glob("*.sock"))
        self.id = sockets[0].stem if sockets else "none"

    def attach(self, debugging: Debugging, *lines: int, **options) -> DapClient:
        client = debugging.client()
        client.initialize()
        client.request("attach", run=self.id[:8], **options)
        client.configure({self.path: list(lines)} if lines else None, options.pop("filters", []))
        return client

    def go(self) -> None:
        (self.folder / "go").touch()

    def ends(self) -> tuple[int, str]:
        out, _ = self.process.communicate(timeout=TIMEOUT)
        return self.process.returncode, out


@pytest.fixture
def live(debugging: Debugging):
    run = Live(debugging)
    yield run
    run.process.kill()
    run.process.communicate()


def test_a_live_run_is_stopped_and_stepped(debugging: Debugging, live: Live) -> None:
    client = live.attach(debugging, 6)
    live.go()
    thread = client.stopped(reason="breakpoint")
    assert [frame["name"] for frame in client.stack(thread)] == [
        "inner (exec)",
        "iteration 1",
        "loop",
        "workflow",
    ]
    client.request(
        "setVariable",
        variablesReference=client.scope_reference("Step", thread),
        name="chain",
        value="'from the debugger'",
    )
    client.set_breakpoints(live.path)
    client.move("next", thread)
    client.stopped(reason="step")
    client.move("continue", thread)
    assert client.finish() == 0
    assert live.ends() == (0, "from the debugger")
    client.request("disconnect")
    assert client.ended()


@pytest.mark.parametrize("end", ["disconnect", "close", "kill"])
def test_the_run_goes_on_without_its_debugger(debugging: Debugging, live: Live, end: str) -> None:
    client = live.attach(debugging, 6)
    live.go()
    client.stopped()
    match end:
        case "disconnect":
            client.request("disconnect")
        case "close":
            client.close()
        case _:
            debugging.processes[0].kill()
    assert live.ends()[0] == 0
    assert (live.folder / "ran.txt").read_text() == "xxx"


def test_another_debugger_comes_after_the_first(debugging: Debugging, live: Live) -> None:
    first = live.attach(debugging)
    second = debugging.client()
    second.initialize()
    with pytest.raises(RefusedError, match="is being debugged already"):
        second.request("attach", run=live.id)
    first.request("disconnect")
    second.request("attach", run=live.id)
    second.configure({live.path: [7]})
    live.go()
    second.stopped()
    assert second.at() == "7 last (exec)"


def test_the_run_is_cancelled_where_that_is_asked_for(debugging: Debugging, live: Live) -> None:
    client = live.attach(debugging)
    client.request("disconnect", terminateDebuggee=True)
    assert live.ends()[0] == 143


def test_terminate_ends_the_run(debugging: Debugging, live: Live) -> None:
    client = live.attach(debugging)
    client.request("terminate")
    client.event("terminated")
    assert live.ends()[0] == 143


def test_what_began_before_can_not_begin_again(debugging: Debugging, live: Live) -> None:
    client = live.attach(debugging, 6)
    live.go()
    thread = client.stopped()
    workflow = client.stack(thread)[-1]["id"]
    with pytest.raises(RefusedError, match="began before the debugger was attached"):
        client.request("restartFrame", frameId=workflow)
    iteration = client.stack(thread)[1]["id"]
    client.request("restartFrame", frameId=iteration)
    client.stopped(reason="restart")


def test_a_run_that_does_not_live_is_told(debugging: Debugging) -> None:
    client = debugging.client()
    client.initialize()
    with pytest.raises(RefusedError, match="no live run has an id that begins with 'beef'"):
        client.request("attach", run="beef")
    with pytest.raises(RefusedError, match="`run` must be the id of a live run"):
        client.request("attach")


def test_a_durable_run_is_refused(debugging: Debugging) -> None:
    live = Live(debugging, "--durable", "sqlite:runs.db")
    try:
        with pytest.raises(RefusedError, match="a durable run can't be debugged: run the workflow"):
            live.attach(debugging)
    finally:
        live.process.terminate()
        live.process.communicate(timeout=TIMEOUT)


def test_a_killed_run_ends_the_session(debugging: Debugging, live: Live) -> None:
    client = live.attach(debugging)
    live.process.kill()
    client.event("terminated")
    client.request("disconnect")
    assert client.ended()


def test_secrets_of_the_run_stay_masked(
    debugging: Debugging, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("API_TOKEN", "tok-123456789")
    live = Live(debugging)
    client = live.attach(debugging, 6)
    live.go()
    thread = client.stopped()
    assert client.evaluate("env.API_TOKEN", thread) == '"***"'
    client.request("disconnect")
    assert live.ends()[0] == 0
