"""No secret is in what the language server sends or logs, nor in what `duckflux mcp serve` answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from duckflux_ls.session import command_names

from .test_canaries import ALL, ENVIRONMENT, INPUTS, ITEMS, PIN, WORKFLOW, assert_masked, forms

pytestmark = pytest.mark.promise("secrets are masked")

FAILING = WORKFLOW.replace("cat chunks.txt", "echo").replace("cat tail.txt", "cat forms.txt")
SHOWS_ALL = {
    "experimental": {"duckflux": {"askInputs": True, "runs": True}},
    "window": {"workDoneProgress": True},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    everything = [form for secret in ALL for form in forms(secret)]
    (tmp_path / "forms.txt").write_text("\n".join(everything))
    (tmp_path / "forms.json").write_text(json.dumps(everything))
    (tmp_path / "w.duck.yaml").write_text(
        FAILING.replace("format: password}", "format: password, required: true}", 1)
    )
    return tmp_path


class _Process:
    """A program that speaks JSON-RPC on its streams; `seen` is all that it has written."""

    def __init__(self, arguments: list[str], folder: Path, *, headers: bool) -> None:
        self.seen = b""
        self._headers = headers
        self.process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=folder,
            env=os.environ | ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def send(self, **message: Any) -> None:
        data = json.dumps({"jsonrpc": "2.0"} | message).encode()
        assert self.process.stdin is not None
        head = f"Content-Length: {len(data)}\r\n\r\n".encode() if self._headers else b""
        self.process.stdin.write(head + data + (b"" if self._headers else b"\n"))
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if self._headers:
            length = int(line.partition(b":")[2])
            while self.process.stdout.readline().strip():
                pass
            line = self.process.stdout.read(length)
        self.seen += line
        message: dict[str, Any] = json.loads(line)
        return message

    def answer_to(self, id_: int) -> dict[str, Any]:
        while (message := self.receive()).get("id") != id_ or "method" in message:
            self.reply(message)
        return message

    def reply(self, message: dict[str, Any]) -> None:
        """Answer what the server asks: for inputs with the secrets, else with nothing."""
        if "id" in message and "method" in message:
            result = (
                {"inputs": INPUTS | {"words": json.dumps(ITEMS)}}
                if "askInputs" in message["method"]
                else None
            )
            self.send(id=message["id"], result=result)

    def ended(self) -> bytes:
        rest, errors = self.process.communicate(timeout=30)
        return self.seen + rest + errors


def test_the_language_server(folder: Path) -> None:
    log = folder / "log"
    server = _Process(
        ["duckflux_ls", "--stdio", "--log-level", "debug", "--log-file", str(log)], folder, headers=True
    )
    uri = (folder / "w.duck.yaml").as_uri()
    options = {"inputs": {"other.duck.yaml": {"pin": PIN, "words": ITEMS}}}
    server.send(
        id=1,
        method="initialize",
        params={
            "processId": None,
            "rootUri": folder.as_uri(),
            "capabilities": SHOWS_ALL,
            "initializationOptions": options,
        },
    )
    server.answer_to(1)
    server.send(method="initialized", params={})
    text = (folder / "w.duck.yaml").read_text()
    document = {"uri": uri, "languageId": "duckflux", "version": 1, "text": text}
    server.send(method="textDocument/didOpen", params={"textDocument": document})
    arguments = {"command": command_names.RUN, "arguments": [{"uri": uri}]}
    server.send(id=2, method="workspace/executeCommand", params=arguments)
    answer = server.answer_to(2)
    assert Path(answer["result"]["tracePath"]).suffix == ".json", answer
    ended = {"failure", "success"}
    while not ended & {
        str(server_state(message)) for message in [server.receive()] if not server.reply(message)
    }:
        pass
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    server.send(id=3, method="textDocument/inlayHint", params={"textDocument": {"uri": uri}, "range": whole})
    hints = server.answer_to(3)["result"]
    for number, hint in enumerate(hints, 10):
        server.send(id=number, method="inlayHint/resolve", params=hint)
        server.answer_to(number)
    assert b"exit code 3" in server.seen
    server.send(id=4, method="shutdown")
    server.answer_to(4)
    server.send(method="exit")
    assert_masked(server.ended(), "what the server writes")
    logged = log.read_bytes()
    assert b"askInputs" in logged or b"Received result for message" in logged
    assert_masked(logged, "the log")
    for trace in (folder / ".duckflux").rglob("*.json"):
        assert_masked(trace.read_bytes(), "the trace")


def server_state(message: dict[str, Any]) -> str | None:
    """The state of the run that a notification tells, if it does."""
    params = message.get("params")
    run = params.get("state", params) if isinstance(params, dict) else None
    return run.get("state") if isinstance(run, dict) else run if isinstance(run, str) else None


def test_workflows_as_tools(folder: Path) -> None:
    server = _Process(["duckflux", "mcp", "serve", "."], folder, headers=False)
    about = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
    server.send(id=1, method="initialize", params=about)
    server.answer_to(1)
    server.send(method="notifications/initialized")
    call = {"name": "leaks", "arguments": INPUTS, "_meta": {"progressToken": 1}}
    server.send(id=2, method="tools/call", params=call)
    answer = server.answer_to(2)
    assert "exit code 3" in json.dumps(answer)
    call["arguments"] = {"pin": ITEMS[0], "words": [ITEMS[1], 5]}
    server.send(id=3, method="tools/call", params=call)
    assert "must be an integer" in json.dumps(server.answer_to(3))
    assert_masked(server.ended(), "what the server writes")
