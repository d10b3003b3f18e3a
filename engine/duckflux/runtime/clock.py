"""Measures time and formats it as in events: ISO 8601 in UTC with milliseconds."""

from __future__ import annotations

import time
from functools import lru_cache

_NANOS_PER_MS = 1_000_000


def iso(nanos: int) -> str:
    """Return nanoseconds since 1970 as `2024-02-29T12:00:00.123Z`."""
    seconds, rest = divmod(nanos, 1_000_000_000)
    return f"{_second(seconds)}.{rest // _NANOS_PER_MS:03}Z"


@lru_cache(maxsize=8)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def milliseconds(nanos: int) -> int:
    """Return nanoseconds as milliseconds, rounded."""
    return (nanos + _NANOS_PER_MS // 2) // _NANOS_PER_MS


class Stopwatch:
    """Measures the time since it was made, or since a moment before; in nanoseconds, `started` from 1970."""

    __slots__ = ("_begin", "started")

    def __init__(self, started: int | None = None) -> None:
        now = time.time_ns()
        self.started = now if started is None else min(started, now)
        self._begin = time.perf_counter_ns() - (now - self.started)

    @property
    def elapsed(self) -> int:
        """The nanoseconds since the start. Changes of the system's clock do not matter."""
        return time.perf_counter_ns() - self._begin
