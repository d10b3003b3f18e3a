"""Nothing is left running, and no file in the folder for temporary files, however a program ends."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from .conftest import FULL

pytestmark = [
    pytest.mark.promise("nothing is left running"),
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc"),
]

# The promise, and what a busy machine may take.
SECONDS = 3.0 if FULL else 15.0
START_SECONDS = 60.0
QUIET = "</dev/null >/dev/null 2>&1"
# What steps and MCP servers do; `sleep` takes a number that tells the processes of one trial.
SHAPES = {
    "plain": "sleep {number}",
    "ignores TERM": "trap '' INT TERM HUP; sleep {number}",
    "background": f"sleep {{number}} {QUIET} &",
    "background, ignores TERM": f"(trap '' INT TERM HUP; sleep {{number}}) {QUIET} &",
    "nohup": f"nohup sleep {{number}} {QUIET} &",
    "setsid": f"setsid sleep {{number}} {QUIET} &",
    "setsid -w": "setsid -w sleep {number}",
    "double fork": f"(setsid sh -c 'sleep {{number}} & ' {QUIET} &)",
    "double fork, ignores TERM": f"(trap '' INT TERM HUP; setsid sh -c 'sleep {{number}} & ' {QUIET} &)",
    "stopped": "sh -c 'kill -STOP $$; sleep {number}'",
    "stopped in the background": f"sh -c 'kill -STOP $$; sleep {{number}}' {QUIET} &",
    "holds the pipes open": "setsid sleep {number} &",
    "on a terminal": "script -qc 'sleep {number}' /dev/null",
    "job control": "set -m; sleep {number} & wait",
    "no environment": "env -i sleep {number}; true",
}
SIGNALS = {
    "INT": (signal.SIGINT,),
    "double INT": (signal.SIGINT, signal.SIGINT),
    "TERM": (signal.SIGTERM,),
    "HUP": (signal.SIGHUP,),
    "QUIT": (signal.SIGQUIT,),
    "KILL": (signal.SIGKILL,),
}


class Started:
    """A program in a folder, with steps or MCP servers of one shape."""

    def __init__(self, folder: Path, shape: str) -> None:
        self.folder = folder
        self.id = f"{random.randrange(10**9, 10**10)}"
        self.script = f"{SHAPES[shape].format(number=f'86400.{self.id}')}\nexec sleep 86401.{self.id}\n"
        self._is_in_background = QUIET in SHAPES[shape]
        self.answers = folder / "answers"
        self.process: subprocess.Popen[bytes] | None = None
        self.client: subprocess.Popen[bytes] | None = None
        (folder / "temporary").mkdir()
        # shellcheck's folder stays until the next start where the program is killed while it runs.
        (folder / ".duckflux.toml").write_text("[lint]\nshellcheck = false\n")

    def start(self, *arguments: str, stdin: int = subprocess.DEVNULL) -> None:
        environment = os.environ | {"TRIAL": self.id, "TMPDIR": str(self.folder / "temporary")}
        with self.answers.open("wb") as answers:
            self.process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=self.folder,
                env=environment,
                stdin=stdin,
                stdout=answers,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=_default_signals,
            )

    def write(self, data: bytes) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, method: str, params: dict[str, Any], request: int | None = None) -> None:
        """Send a message to a language server."""
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        body = json.dumps(message if request is None else message | {"id": request}).encode()
        self.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def wait_for_processes(self) -> None:
        """Wait until what has the shape sleeps or has stopped; in the background, until the next one runs."""
        until(self._is_under_way, START_SECONDS, self.found)

    def _is_under_way(self) -> bool:
        found = self.found().values()
        is_begun = any(text.startswith(("T ", f"S sleep 86400.{self.id}")) for text in found)
        has_next = any(text.startswith(f"S sleep 86401.{self.id}") for text in found)
        return is_begun and (has_next or not self._is_in_background)

    def found(self) -> dict[int, str]:
        """The living processes of the trial: their states and command lines."""
        return {pid: text for pid, text in _processes() if self.id in text}

    def end(self) -> None:
        """Leave nothing behind after a failure."""
        for started in (self.process, self.client):
            if started is not None:
                started.kill()
                started.wait()
                if started.stdin is not None:
                    with suppress(OSError):
                        started.stdin.close()
        for pid in self.found():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _default_signals() -> None:
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


def _processes() -> Iterator[tuple[int, str]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with suppress(OSError):
                state = (folder / "stat").read_bytes().rpartition(b")")[2].split()[0]
                text = b" ".join(
                    [state, (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()]
                )
                yield int(folder.name), text.replace(b"\0", b" ").decode("utf-8", "replace")


def until(condition: Callable[[], bool], seconds: float, shown: Callable[[], object]) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, shown()
        time.sleep(0.02)


def _workflow(started: Started) -> Path:
    """A workflow whose first step has the shape; where it only leaves it behind, a second one is under way."""
    first, _, second = started.script.partition("\nexec ")
    steps = [{"as": "shape", "type": "exec", "run": first}, {"as": "next", "type": "exec", "run": second}]
    file = started.folder / "w.duck.yaml"
    file.write_text(json.dumps({"id": "w", "flow": steps}))
    return file


def _tests(started: Started) -> Path:
    _workflow(started)
    file = started.folder / "w.ducktest.yaml"
    file.write_text(
        json.dumps({"workflow": "w.duck.yaml", "tests": [{"name": "t", "run": ["shape", "next"]}]})
    )
    return file


def _mcp_workflow(started: Started) -> Path:
    server = {"command": "/bin/sh", "args": ["-c", started.script]}
    (started.folder / ".mcp.json").write_text(json.dumps({"mcpServers": {"shape": server}}))
    file = started.folder / "w.duck.yaml"
    step = {"as": "call", "type": "mcp", "server": "shape", "tool": "t"}
    file.write_text(json.dumps({"flow": [step]}))
    return file


def run(started: Started) -> None:
    started.start("-m", "duckflux", "run", str(_workflow(started)))


def run_with_mcp(started: Started) -> None:
    started.start("-m", "duckflux", "run", str(_mcp_workflow(started)))


def run_tests(started: Started) -> None:
    started.start("-m", "duckflux", "test", str(_tests(started)))


def mcp_list(started: Started) -> None:
    _mcp_workflow(started)
    started.start("-m", "duckflux", "mcp", "list")


def library(started: Started) -> None:
    _workflow(started)
    started.start("-c", "import duckflux; duckflux.run_sync('w.duck.yaml')")


def mcp_serve(started: Started) -> None:
    _workflow(started)
    started.start("-m", "duckflux", "mcp", "serve", stdin=subprocess.PIPE)
    about = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    messages = (
        {"id": 1, "method": "initialize", "params": about},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": {"name": "w", "arguments": {}}},
    )
    for message in messages:
        started.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


def _language_server(started: Started) -> None:
    started.client = subprocess.Popen(["sleep", "600"])
    started.start("-m", "duckflux_ls", "--stdio", stdin=subprocess.PIPE)
    root = {"uri": started.folder.as_uri(), "name": "t"}
    params = {
        "processId": started.client.pid,
        "rootUri": root["uri"],
        "capabilities": {},
        "workspaceFolders": [root],
    }
    started.send("initialize", params, 1)
    started.send("initialized", {})


def _open(started: Started, file: Path) -> str:
    document = {"uri": file.as_uri(), "languageId": "duckflux", "version": 1, "text": file.read_text()}
    started.send("textDocument/didOpen", {"textDocument": document})
    return str(document["uri"])


def server_with_run(started: Started) -> None:
    _language_server(started)
    arguments = [{"uri": _open(started, _workflow(started))}]
    started.send("workspace/executeCommand", {"command": "duckflux.server.run", "arguments": arguments}, 2)


def server_with_tests(started: Started) -> None:
    _language_server(started)
    arguments = [{"uri": _tests(started).as_uri()}]
    started.send(
        "workspace/executeCommand", {"command": "duckflux.server.runTests", "arguments": arguments}, 2
    )


def server_with_completion(started: Started) -> None:
    _language_server(started)
    uri = _open(started, _mcp_workflow(started))
    line = (started.folder / "w.duck.yaml").read_text()
    position = {"line": 0, "character": line.index('"t"') + 1}
    params = {"textDocument": {"uri": uri}, "position": position, "context": {"triggerKind": 1}}
    started.send("textDocument/completion", params, 2)


def shut_down(started: Started) -> None:
    started.send("shutdown", {}, 9)
    until(lambda: b'"id": 9' in _answers(started), SECONDS, started.found)
    with suppress(BrokenPipeError):
        started.send("exit", {})


def exit_at_once(started: Started) -> None:
    started.send("exit", {})


def _answers(started: Started) -> bytes:
    return started.answers.read_bytes().replace(b'"id":9', b'"id": 9')


def close_stdin(started: Started) -> None:
    assert started.process is not None
    assert started.process.stdin is not None
    started.process.stdin.close()


def kill_client(started: Started) -> None:
    assert started.client is not None
    started.client.kill()
    started.client.wait()


def _send_signals(*numbers: int) -> Callable[[Started], None]:
    def send(started: Started) -> None:
        assert started.process is not None
        for number in numbers:
            started.process.send_signal(number)
            time.sleep(0.1 if len(numbers) > 1 else 0)

    return send


COMMANDS = {
    "run": run,
    "run with an MCP server": run_with_mcp,
    "test": run_tests,
    "mcp list": mcp_list,
    "library": library,
}
SERVERS = {
    "server with a run": server_with_run,
    "server with tests": server_with_tests,
    "server with completion": server_with_completion,
}
STARTERS = COMMANDS | {"mcp serve": mcp_serve} | SERVERS
BY_SIGNAL = {name: _send_signals(*numbers) for name, numbers in SIGNALS.items()}
BY_CLIENT = {"shutdown": shut_down, "exit": exit_at_once, "client killed": kill_client}
ENDINGS = BY_SIGNAL | {"end of stdin": close_stdin} | BY_CLIENT


def _endings_of(starter: str) -> tuple[str, ...]:
    if starter in SERVERS:
        return tuple(ENDINGS)
    return (*SIGNALS, "end of stdin") if starter == "mcp serve" else tuple(SIGNALS)


def _spread() -> Iterator[tuple[str, str, str]]:
    """A trial for each starter, shape and ending at least, of the cheap ones more."""
    yield "run", "stopped", "INT"
    yield "run", "ignores TERM", "double INT"
    yield "run", "holds the pipes open", "KILL"
    yield "run", "no environment", "TERM"
    yield "run with an MCP server", "background, ignores TERM", "double INT"
    yield "test", "setsid", "HUP"
    yield "test", "double fork, ignores TERM", "QUIT"
    yield "mcp list", "setsid -w", "TERM"
    yield "library", "nohup", "TERM"
    yield "library", "on a terminal", "HUP"
    yield "library", "job control", "KILL"
    yield "mcp serve", "background", "end of stdin"
    yield "server with a run", "double fork", "KILL"
    yield "server with a run", "plain", "client killed"
    yield "server with tests", "stopped in the background", "exit"
    yield "server with completion", "plain", "shutdown"


ALL = [trial for starter in STARTERS for trial in itertools.product([starter], SHAPES, _endings_of(starter))]
TRIALS = ALL if FULL else list(_spread())


def test_the_short_form_has_each_starter_shape_and_ending() -> None:
    assert [set(names) for names in zip(*_spread(), strict=True)] == [{*STARTERS}, {*SHAPES}, {*ENDINGS}]
    assert {*_spread()} <= {*ALL}


@pytest.mark.parametrize(("starter", "shape", "ending"), TRIALS)
def test_nothing_is_left(starter: str, shape: str, ending: str, tmp_path: Path) -> None:
    if shape == "on a terminal" and shutil.which("script") is None:
        pytest.skip("`script` is not installed")
    if "mcp" in starter.lower() or "completion" in starter:
        pytest.importorskip("mcp")
    started = Started(tmp_path, shape)
    try:
        STARTERS[starter](started)
        started.wait_for_processes()
        begin = time.monotonic()
        ENDINGS[ending](started)
        until(lambda: not _left(started), SECONDS - (time.monotonic() - begin), started.found)
        assert list((tmp_path / "temporary").iterdir()) == []
    finally:
        started.end()


def _left(started: Started) -> dict[int, str]:
    assert started.process is not None
    started.process.poll()
    return started.found()


@pytest.mark.parametrize("ending", SIGNALS if FULL else ["KILL"])
def test_the_workers_of_lint_end(ending: str, tmp_path: Path) -> None:
    started = Started(tmp_path, "plain")
    os.mkfifo(tmp_path / "pipe")
    files = [tmp_path / f"{number}.duck.yaml" for number in range(100)]
    for file in files:
        file.write_text("flow: []\n")
    try:
        # No worker gets beyond a pipe that nobody writes to.
        started.start("-m", "duckflux", "lint", *map(str, files), *["pipe"] * 100)
        until(lambda: len(started.found()) > 1, START_SECONDS, started.found)
        ENDINGS[ending](started)
        until(lambda: not _left(started), SECONDS, started.found)
    finally:
        started.end()
