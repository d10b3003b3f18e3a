"""`duckflux ps` where many runs live, and more have been killed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from shutil import rmtree

LIVE, KILLED = 10, 190
ABOUT = {"protocol": 1, "workflow": "w", "path": "/w", "startedAt": "2026-01-01T00:00:00.000Z", "pid": 1}
STATUS = {"answer": "status", "paused": False, "running": [], "waiting": []}


def serve(listening: socket.socket, id_: str) -> None:
    """A live run, as far as `ps` sees it."""
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection, connection.makefile("rwb") as stream:
            stream.write(json.dumps(ABOUT | {"id": id_}).encode() + b"\n")
            stream.flush()
            if stream.readline():
                stream.write(json.dumps(STATUS).encode() + b"\n")
                stream.flush()


def test_two_hundred_sockets_take_no_time_and_those_of_killed_runs_are_removed() -> None:
    # The path of a socket is short.
    folder = Path(tempfile.mkdtemp(prefix="dfm")) / "duckflux"
    folder.mkdir(0o700)
    sockets = []
    try:
        for number in range(LIVE + KILLED):
            listening = socket.socket(socket.AF_UNIX)
            listening.bind(str(folder / f"{number:03}.sock"))
            if number < LIVE:
                listening.listen()
                sockets.append(listening)
                threading.Thread(target=serve, args=(listening, f"{number:03}"), daemon=True).start()
            else:
                listening.close()
        begin = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "duckflux", "ps", "--quiet"],
            env=os.environ | {"DUCKFLUX_RUNTIME_DIR": str(folder)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert time.monotonic() - begin < 5
        assert done.stdout.split() == [f"{number:03}" for number in range(LIVE)]
        assert len([*folder.iterdir()]) == LIVE
    finally:
        for listening in sockets:
            listening.close()
        rmtree(folder.parent)
