"""Implements `--progress-events`: writes the engine's events as JSON lines, redacted as in a trace."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from collections.abc import Callable

from ..runtime.events import Event, encode
from ..runtime.events.stream import BackgroundListener, Warn
from ..runtime.secrets import Secrets
from ..trace.redaction import redact_event


def progress(fd: int, secrets: Secrets, warn: Warn) -> BackgroundListener:
    """Return a listener that writes events, also the output of steps, to a descriptor; close it after the run."""

    def write(batch: list[Event]) -> None:
        data = memoryview(b"".join(encode(redact_event(event, secrets)) for event in batch))
        while data:
            data = data[os.write(fd, data) :]

    return BackgroundListener("progress events", write, warn, wants_output=True)


def on_reader_gone(target: str, call: Callable[[], None]) -> None:
    """Call a function once nobody can read the events any more.

    Then the program that started the run has ended.
    """
    fd = 2 if target == "-" else _descriptor(target)
    if fd is None or not stat.S_ISFIFO(os.fstat(fd).st_mode):
        return
    loop = asyncio.get_running_loop()

    def on_closed() -> None:
        loop.remove_reader(fd)
        call()

    # The writing end of a pipe becomes "readable" only when its other end is closed, as an error.
    with contextlib.suppress(OSError, ValueError):
        loop.add_reader(fd, on_closed)


def _descriptor(target: str) -> int | None:
    number = target.removeprefix("/dev/fd/")
    return int(number) if number != target and number.isdecimal() else None
