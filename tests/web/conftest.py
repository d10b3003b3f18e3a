"""A server as a real process, and a client that talks to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

import httpx2

GREET = """
    # Greets.
    id: greet
    name: Greeting
    inputs:
      who: {type: string, required: true, minLength: 2, description: Whom to greet}
      times: {type: integer, default: 2, minimum: 1, maximum: 5}
      mood: {enum: [glad, sad]}
    flow:
      - {as: hello, type: exec, input: {who: workflow.inputs.who}, run: printf "hello %s" "$who"}
      - loop:
          max: workflow.inputs.times
          steps:
            - {as: again, type: exec, run: echo again}
    output: hello.output
"""
APPROVE = """
    flow:
      - {as: build, type: exec, run: echo built}
      - wait: {event: approved, match: event.by != "", timeout: 1d}
      - {as: publish, type: exec, run: echo published}
"""
SLOW = "flow: [{as: sleeper, type: exec, run: 'echo $$ > pid; exec sleep 600'}]"
FAILING = """
    flow:
      - {as: first, type: exec, run: echo one}
      - {as: second, type: exec, run: 'test -e fixed'}
"""
WORKFLOWS = {
    "greet.duck.yaml": GREET,
    "sub/approve.duck.yaml": APPROVE,
    "slow.duck.yaml": SLOW,
    "failing.duck.yaml": FAILING,
    "broken.duck.yaml": "flow: [{type: exec}]",
}


class Server:
    """A started `duckflux server`; requests of its client have the token."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        started = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "duckflux", "server", "--port", "0", *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None and self.process.stderr is not None
        self.address = self.process.stdout.readline().strip()
        self.seconds_to_start = time.perf_counter() - started
        assert self.address, self.process.stderr.read()
        self.url, _, self.token = self.address.partition("/?token=")
        headers = {"Authorization": f"Bearer {self.token}"}
        self.client = httpx2.Client(base_url=self.url, headers=headers, timeout=30)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of an answer that is no error."""
        answer = self.client.get(path, params=query)
        assert answer.is_success, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.client.post(path, json={} if body is None else body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def run(self, file: str, **inputs: Any) -> str:
        """The id of a run that was started."""
        return str(self.post("/api/execute", {"filePath": file, "inputs": inputs}, 202)["executionId"])

    def wait_until(self, id_: str, is_so: Callable[[Any], bool]) -> Any:
        """The run, once something is so. What the events say is tested elsewhere."""
        for _ in range(600):
            found = self.get(f"/api/executions/{id_}")
            if is_so(found):
                return found
            time.sleep(0.05)
        raise AssertionError(json.dumps(found, indent=1))

    def wait_for_state(self, id_: str, state: str) -> Any:
        return self.wait_until(id_, lambda found: found["execution"]["state"] == state)

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """The exit code, and what was said on stderr."""
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "workflows"
    for name, text in WORKFLOWS.items():
        (found / name).parent.mkdir(parents=True, exist_ok=True)
        (found / name).write_text(dedent(text))
    return found


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for the sockets of runs: the path of a socket must be short."""
    with tempfile.TemporaryDirectory(prefix="df") as name:
        monkeypatch.setenv("DUCKFLUX_RUNTIME_DIR", name)
        yield Path(name)


@pytest.fixture
def serve(folder: Path, sockets: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers, which end with the test."""
    started: list[Server] = []

    def start(*arguments: str) -> Server:
        started.append(Server(folder, *arguments))
        return started[-1]

    yield start
    for server in started:
        server.end()


@pytest.fixture
def server(serve: Callable[..., Server]) -> Server:
    return serve()


@pytest.fixture(scope="module")
def one_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that all tests of a module use, with one workflow."""
    folder = tmp_path_factory.mktemp("workflows")
    (folder / "greet.duck.yaml").write_text(dedent(GREET))
    server = Server(folder)
    yield server
    server.end()


def is_alive(pid: int) -> bool:
    """Whether a process goes on."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
