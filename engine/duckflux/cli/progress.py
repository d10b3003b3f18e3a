"""`--progress-events`: the engine's events as JSON lines, with secrets masked."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from collections.abc import Callable

import msgspec

from ..runtime.events import UNSET, Event, encode
from ..runtime.secrets import Secrets
from ..runtime.stream import Background, Warn

_SHOWN = ("inputs", "input", "output", "error", "stderr", "text")


def progress(fd: int, secrets: Secrets, warn: Warn) -> Background:
    """A listener that writes events to a descriptor, with what steps print; close it after the run."""

    def write(batch: list[Event]) -> None:
        data = memoryview(b"".join(encode(_masked(event, secrets)) for event in batch))
        while data:
            data = data[os.write(fd, data) :]

    return Background("progress events", write, warn, wants_output=True)


def when_unread(target: str, call: Callable[[], None]) -> None:
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


def _masked(event: Event, secrets: Secrets) -> Event:
    if not secrets.occur_in(encode(event)):
        return event
    shown = {name: getattr(event, name, UNSET) for name in _SHOWN}
    changes = {name: secrets.mask_value(value) for name, value in shown.items() if value is not UNSET}
    if attempts := getattr(event, "attempts", ()):
        changes["attempts"] = tuple(msgspec.structs.replace(a, error=secrets.mask(a.error)) for a in attempts)
    return msgspec.structs.replace(event, **changes)
