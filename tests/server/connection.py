"""Talks to a server process byte by byte."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from .conftest import SERVER


class Connection:
    """A server process, and its messages as they are on the wire."""

    def __init__(self, stderr: int | None = None) -> None:
        self.process = subprocess.Popen(SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr)

    def send(self, message: dict[str, Any], header: str = "Content-Length: {}") -> None:
        body = json.dumps({"jsonrpc": "2.0", **message})
        self.process.stdin.write(f"{header.format(len(body))}\r\n\r\n{body}".encode())
        self.process.stdin.flush()

    def answer(self, id_: int) -> dict[str, Any]:
        while True:
            length = 0
            while line := self.process.stdout.readline().strip():
                if line.startswith(b"Content-Length:"):
                    length = int(line.partition(b":")[2])
            message = json.loads(self.process.stdout.read(length))
            if message.get("id") == id_ and "method" not in message:
                return message

    def ask(self, method: str, params: Any, id_: int = 7) -> dict[str, Any]:
        self.send({"id": id_, "method": method, "params": params})
        return self.answer(id_)
