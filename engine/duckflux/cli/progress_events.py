"""`--progress-events`: the engine's events as JSON lines; secrets and long values are as in a trace."""

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
    """A listener that writes events to a descriptor, with what steps print; close it after the run."""

    def write(batch: list[Event]) -> None:
        data = memoryview(b"".join(encode(redact_event(event, secrets)) for event in batch))
        while data:
            data = data[os.write(fd, data) :]

    return BackgroundListener("progress events", write, warn, wants_output=True)


def on_reader_gone(target: str, call: Callable[[], None]) -> None:
    """Call once nobody can read the events any more: the program that started the run has gone."""
    fd = 2 if target == "-" else _descriptor(target)
    if fd is None or not stat.S_ISFIFO(os.fstat(fd).st_mode):
        return
    loop = asyncio.get_running_loop()

    def gone() -> None:
        loop.remove_reader(fd)
        call()

    # The writing end of a pipe becomes "readable" only by the error that its other end was closed.
    with contextlib.suppress(OSError, ValueError):
        loop.add_reader(fd, gone)


def _descriptor(target: str) -> int | None:
    number = target.removeprefix("/dev/fd/")
    return int(number) if number != target and number.isdecimal() else None
