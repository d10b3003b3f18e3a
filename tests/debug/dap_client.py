"""A client of the Debug Adapter Protocol that drives the real process, and never waits longer than a deadline."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from .dap_schema import check

TIMEOUT = 20.0
PROGRAM = (sys.executable, "-c", "from duckflux.__main__ import dap; dap()")


class RefusedError(Exception):
    """The adapter has answered a request with an error."""


class DapClient:
    """A client: requests are answered in order, events are kept until they are asked for."""

    def __init__(self, reader: BinaryIO, writer: BinaryIO, close: Callable[[], None]) -> None:
        self._writer = writer
        self._close = close
        self._seq = 0
        self._messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.events: list[dict[str, Any]] = []
        self.responses: dict[int, dict[str, Any]] = {}
        self.all: list[dict[str, Any]] = []
        threading.Thread(target=self._read, args=(reader,), daemon=True).start()

    def _read(self, reader: BinaryIO) -> None:
        while True:
            length = 0
            while line := reader.readline().strip():
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            if not length:
                break
            self._messages.put(json.loads(reader.read(length)))
        self._messages.put(None)

    def send(self, command: str, **arguments: Any) -> int:
        self._seq += 1
        self.write({"seq": self._seq, "type": "request", "command": command, "arguments": arguments})
        return self._seq

    def write(self, message: Any) -> None:
        text = json.dumps(message).encode()
        self._writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(text), text))
        self._writer.flush()

    def request(self, command: str, **arguments: Any) -> dict[str, Any]:
        return self.response(self.send(command, **arguments))

    def response(self, seq: int) -> dict[str, Any]:
        while seq not in self.responses:
            self._take()
        response = self.responses.pop(seq)
        if not response["success"]:
            raise RefusedError(response["message"])
        body: dict[str, Any] = response.get("body", {})
        return body

    def event(self, name: str, **parts: Any) -> dict[str, Any]:
        """Return the body of the next event of a name whose body has some parts, and forget those before it."""
        index = 0
        while True:
            while index >= len(self.events):
                self._take()
            event = self.events[index]
            body: dict[str, Any] = event.get("body", {})
            if event["event"] == name and all(body.get(key) == value for key, value in parts.items()):
                del self.events[: index + 1]
                return body
            if event["event"] == "terminated":
                raise AssertionError(f"the run has ended before `{name}`: {self.output()}")
            index += 1

    def next_stop(self) -> int | None:
        """Return the thread that stops next, None if the run ends instead."""
        while True:
            while not self.events:
                self._take()
            event = self.events.pop(0)
            if event["event"] == "stopped":
                return int(event["body"]["threadId"])
            if event["event"] == "terminated":
                return None

    def ended(self) -> bool:
        """Return whether the adapter closes the connection."""
        try:
            while True:
                self._take()
        except EOFError:
            return True

    def _take(self) -> None:
        try:
            message = self._messages.get(timeout=TIMEOUT)
        except queue.Empty:
            raise TimeoutError(f"nothing comes; the last messages were {self.all[-5:]}") from None
        if message is None:
            self._messages.put(None)
            raise EOFError(f"the adapter has gone; the last messages were {self.all[-5:]}")
        check(message)
        self.all.append(message)
        if message["type"] == "response":
            self.responses[message["request_seq"]] = message
        else:
            self.events.append(message)

    def close(self) -> None:
        self._close()

    # What tests do often.

    def initialize(self, **arguments: Any) -> dict[str, Any]:
        return self.request("initialize", adapterID="duckflux", **arguments)

    def launch(self, file: Path, *, breakpoints: dict[Path, list[Any]] | None = None, **options: Any) -> None:
        """Begin a run with breakpoints: line numbers or what the protocol takes."""
        filters = options.pop("filters", [])
        self.initialize()
        self.request("launch", program=str(file), **options)
        self.configure(breakpoints, filters)

    def configure(self, breakpoints: dict[Path, list[Any]] | None = None, filters: list[Any] = []) -> None:  # noqa: B006
        self.event("initialized")
        for path, wanted in (breakpoints or {}).items():
            self.set_breakpoints(path, *wanted)
        ids = [filter_ for filter_ in filters if isinstance(filter_, str)]
        options = [filter_ for filter_ in filters if not isinstance(filter_, str)]
        self.request("setExceptionBreakpoints", filters=ids, filterOptions=options)
        self.request("configurationDone")

    def set_breakpoints(self, path: Path, *wanted: Any) -> list[dict[str, Any]]:
        asked = [item if isinstance(item, dict) else {"line": item} for item in wanted]
        answer = self.request("setBreakpoints", source={"path": str(path)}, breakpoints=asked)
        return list(answer["breakpoints"])

    def stopped(self, **parts: Any) -> int:
        """Wait until a thread stops and return it."""
        return int(self.event("stopped", **parts)["threadId"])

    def stack(self, thread: int = 1) -> list[dict[str, Any]]:
        return list(self.request("stackTrace", threadId=thread)["stackFrames"])

    def at(self, thread: int = 1) -> str:
        """Return where a thread is stopped, as `line name`."""
        top = self.stack(thread)[0]
        return f"{top['line']} {top['name']}"

    def evaluate(self, expression: str, thread: int = 1, context: str = "watch") -> str:
        frame = self.stack(thread)[0]["id"] if not expression.startswith(":") else None
        arguments = {"frameId": frame} if frame is not None else {}
        return str(self.request("evaluate", expression=expression, context=context, **arguments)["result"])

    def scope(self, name: str, thread: int = 1, frame: int = 0) -> dict[str, str]:
        """Return the values of a scope of a frame, as they are shown."""
        reference = self.scope_reference(name, thread, frame)
        return {part["name"]: part["value"] for part in self.variables(reference)}

    def scope_reference(self, name: str, thread: int = 1, frame: int = 0) -> int:
        id_ = self.stack(thread)[frame]["id"]
        found = self.request("scopes", frameId=id_)["scopes"]
        return next(int(scope["variablesReference"]) for scope in found if scope["name"] == name)

    def variables(self, reference: int, **arguments: Any) -> list[dict[str, Any]]:
        return list(self.request("variables", variablesReference=reference, **arguments)["variables"])

    def move(self, command: str, thread: int = 1, **arguments: Any) -> None:
        self.request(command, threadId=thread, **arguments)

    def finish(self) -> int:
        """Wait for the end of the run and return its exit code."""
        code = int(self.event("exited")["exitCode"])
        self.event("terminated")
        return code

    def output(self) -> str:
        """Return all that was printed so far."""
        return "".join(message["body"]["output"] for message in self.all if message.get("event") == "output")


def start_adapter(
    folder: Path, environment: dict[str, str] | None = None
) -> tuple[DapClient, subprocess.Popen[bytes]]:
    """Start the adapter in a folder and return a client and the process."""
    process = subprocess.Popen(
        PROGRAM,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=(folder / "stderr.txt").open("wb"),
        env={**os.environ, **(environment or {})},
    )
    assert process.stdout is not None
    assert process.stdin is not None
    return DapClient(process.stdout, process.stdin, process.stdin.close), process
