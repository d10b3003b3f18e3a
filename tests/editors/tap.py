"""Stands between an editor and a language server, and writes down what they say.

    tap.py LOG COMMAND...

Each message becomes a line of JSON in LOG: `{"from": "client" | "server", "message": ...}`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import BinaryIO, Literal

Side = Literal["client", "server"]


class Log:
    """The messages in the order in which they passed."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")
        self._lock = threading.Lock()

    def relay(self, reading: BinaryIO, writing: BinaryIO, side: Side) -> None:
        """Pass on what one side says until it says no more."""
        while (message := _next(reading)) is not None:
            head, body = message
            with self._lock:
                print(json.dumps({"from": side, "message": json.loads(body)}), file=self._file, flush=True)
            writing.write(head + body)
            writing.flush()
        writing.close()


def _next(reading: BinaryIO) -> tuple[bytes, bytes] | None:
    head, length = b"", 0
    while line := reading.readline():
        head += line
        if not line.strip():
            return head, reading.read(length)
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return None


def main() -> None:
    log = Log(Path(sys.argv[1]))
    with subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        ways = ((sys.stdin.buffer, server.stdin, "client"), (server.stdout, sys.stdout.buffer, "server"))
        for way in ways:
            threading.Thread(target=log.relay, args=way, daemon=True).start()
        code = server.wait()
    # The thread that reads what the editor says may still wait for more.
    os._exit(code)


if __name__ == "__main__":
    main()
