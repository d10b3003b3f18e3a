"""Connects to the sockets of live runs."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from typing import Any

import msgspec

from ..json_text import parse_json
from .folder import id_of, live_sockets

_TIMEOUT = 2.0


class LiveRunError(Exception):
    """There is no such run, or it does not answer; the message is for users."""


class LiveRun:
    """A connection to a live run; `about` is what the run says of itself."""

    def __init__(self, path: str) -> None:
        self.id = id_of(path)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(_TIMEOUT)
        try:
            self._socket.connect(path)
            self._file = self._socket.makefile("rb")
            self.about = self._receive()
        except BaseException:
            self._socket.close()
            raise

    def ask(self, request: str, **fields: Any) -> dict[str, Any]:
        """Return the answer to a request. Raises LiveRunError."""
        self.send(request, **fields)
        answer = self._receive()
        if "error" in answer:
            raise LiveRunError(str(answer["error"]))
        return answer

    def send(self, request: str, **fields: Any) -> None:
        """Send a request, whose answer is read from `lines`. Raises LiveRunError."""
        try:
            self._socket.sendall(msgspec.json.encode({"request": request, **fields}) + b"\n")
        except OSError:
            raise LiveRunError(f"the run {self.id} has ended") from None

    def lines(self) -> Iterator[bytes]:
        """Yield events, and answers among them, until the run ends or is let go by it."""
        self._socket.settimeout(None)
        with contextlib.suppress(ConnectionError):
            yield from self._file

    def detach(self) -> socket.socket:
        """Return the socket, for another protocol that the run has agreed to."""
        self._file.close()
        return self._socket

    def close(self) -> None:
        """Leave the run alone."""
        self._socket.close()

    def _receive(self) -> dict[str, Any]:
        try:
            line = self._file.readline()
        except TimeoutError:
            raise LiveRunError(f"the run {self.id} does not answer: its process may be stopped") from None
        except OSError:
            line = b""
        if not line:
            raise LiveRunError(f"the run {self.id} has ended")
        answer = parse_json(line)
        return answer if isinstance(answer, dict) else {}


def live_runs() -> Iterator[LiveRun | LiveRunError]:
    """Yield a connection to each live run, or why there is none; sockets of killed runs are removed."""
    for path in live_sockets():
        run = _connected(path)
        if run is not None:
            yield run


def find_run(id_: str) -> LiveRun:
    """Return a connection to the live run whose id begins with a text. Raises LiveRunError."""
    matching = [path for path in live_sockets() if id_of(path).startswith(id_)]
    found = [run for path in matching if (run := _connected(path)) is not None]
    if len(found) == 1:
        (run,) = found
        if isinstance(run, LiveRunError):
            raise run
        return run
    for run in found:
        if isinstance(run, LiveRun):
            run.close()
    if found:
        raise LiveRunError(f"{len(found)} live runs have ids that begin with '{id_}': give more of it")
    raise LiveRunError(f"no live run has an id that begins with '{id_}': `duckflux ps` lists them")


def _connected(path: str) -> LiveRun | LiveRunError | None:
    """Return a connection, an error for a run that does not answer, None for one that is no more."""
    try:
        return LiveRun(path)
    except LiveRunError as error:
        return error
    except ConnectionRefusedError:
        # Nobody listens: the run was killed.
        with contextlib.suppress(OSError):
            os.unlink(path)
    except TimeoutError:
        return LiveRunError(f"the run {id_of(path)} does not answer: its process may be stopped")
    except OSError:
        pass
    return None
