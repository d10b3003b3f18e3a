"""A bare LSP client: just enough to ask a server and to see how long it takes, the same for every server."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

_DEADLINE = 60.0


class Client:
    """A server process and the messages it sent. Times are seconds of `time.perf_counter`."""

    def __init__(self, command: list[str], settings: dict[str, Any], log: Path) -> None:
        self._settings = settings
        self._ids = 0
        # When a progress of the server ended.
        self.ended: float | None = None
        self._notes: queue.Queue[tuple[float, dict[str, Any]]] = queue.Queue()
        self._answers: queue.Queue[tuple[float, dict[str, Any]]] = queue.Queue()
        self.started = time.perf_counter()
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, bufsize=0
            )
        threading.Thread(target=self._read, daemon=True).start()

    def initialize(self, folder: Path) -> float:
        """Seconds from the start of the process to its answer."""
        capabilities = {
            "workspace": {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}},
            "textDocument": {
                "publishDiagnostics": {"versionSupport": True},
                "completion": {"completionItem": {"snippetSupport": True}},
                "hover": {"contentFormat": ["markdown"]},
                "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
                "synchronization": {},
            },
            "window": {"workDoneProgress": True},
        }
        params = {
            "processId": os.getpid(),
            "rootUri": folder.as_uri(),
            "workspaceFolders": [{"uri": folder.as_uri(), "name": "bench"}],
            "capabilities": capabilities,
        }
        self.request("initialize", params)
        took = time.perf_counter() - self.started
        self.notify("initialized", {})
        self.notify("workspace/didChangeConfiguration", {"settings": self._settings})
        return took

    def request(self, method: str, params: Any) -> float:
        """Seconds until the answer. Raises RuntimeError for an error or none in time."""
        self._ids += 1
        begin = time.perf_counter()
        self._send({"id": self._ids, "method": method, "params": params})
        while True:
            try:
                at, message = self._answers.get(timeout=_DEADLINE)
            except queue.Empty:
                raise RuntimeError(f"no answer to {method}") from None
            if message["id"] == self._ids:
                break
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        self.last = message["result"]
        return at - begin

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def forget(self) -> None:
        """Drop the notifications so far."""
        while not self._notes.empty():
            self._notes.get_nowait()

    def published(self, uri: str, version: int, since: float) -> float:
        """Seconds from `since` until the diagnostics of a version came; a server that names none is believed."""
        deadline = time.perf_counter() + _DEADLINE
        while time.perf_counter() < deadline:
            try:
                at, message = self._notes.get(timeout=1)
            except queue.Empty:
                continue
            if message["method"] != "textDocument/publishDiagnostics" or message["params"]["uri"] != uri:
                continue
            self.diagnostics = message["params"]["diagnostics"]
            if message["params"].get("version") in (version, None):
                return at - since
        raise RuntimeError(f"no diagnostics of version {version}")

    def end_of_progress(self) -> float:
        """Waits for the time at which a progress ended."""
        deadline = time.perf_counter() + _DEADLINE
        while self.ended is None and time.perf_counter() < deadline:
            time.sleep(0.005)
        if self.ended is None:
            raise RuntimeError("no progress came to its end")
        return self.ended

    def peak(self) -> float:
        """Peak memory of the server so far, in MiB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def close(self) -> None:
        try:
            self.request("shutdown", None)
            self.notify("exit", None)
            self._process.wait(5)
        except (RuntimeError, OSError, subprocess.TimeoutExpired):
            self._process.kill()

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def _read(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        buffered = os.fdopen(os.dup(stdout.fileno()), "rb")
        while header := buffered.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
                header = buffered.readline()
            self._take(json.loads(buffered.read(length)))

    def _take(self, message: dict[str, Any]) -> None:
        at = time.perf_counter()
        if message.get("method") == "$/progress":
            self.ended = at if message["params"]["value"]["kind"] == "end" else self.ended
        elif "method" not in message:
            self._answers.put((at, message))
        elif "id" not in message:
            self._notes.put((at, message))
        else:
            self._send({"id": message["id"], "result": self._answer(message)})

    def _answer(self, message: dict[str, Any]) -> Any:
        if message["method"] != "workspace/configuration":
            return None
        return [self._settings.get(item.get("section", "")) for item in message["params"]["items"]]
