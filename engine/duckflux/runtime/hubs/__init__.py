"""Where events go and come from (LANGUAGE section 4). A hub delivers to the run's own log; waits read the log."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any, Protocol


class Log:
    """The events of a run, by name, in the order they came."""

    def __init__(self) -> None:
        self._payloads: defaultdict[str, list[Any]] = defaultdict(list)
        self._arrivals: dict[str, asyncio.Event] = {}

    def add(self, event: str, payload: Any) -> None:
        self._payloads[event].append(payload)
        if arrival := self._arrivals.pop(event, None):
            arrival.set()

    def since(self, event: str, seen: int) -> list[Any]:
        """The payloads after the first `seen` ones."""
        return self._payloads[event][seen:]

    async def beyond(self, event: str, seen: int) -> None:
        """Return when there are more than `seen` payloads."""
        while len(self._payloads[event]) <= seen:
            await self._arrivals.setdefault(event, asyncio.Event()).wait()


class Cursor:
    """The place of one `wait` step in an event's history: what it has looked at, and what of that it left."""

    def __init__(self) -> None:
        self.seen = 0
        self.left: list[Any] = []

    def advance(self, log: Log, event: str) -> None:
        """Look at what has come since; it is left until taken."""
        new = log.since(event, self.seen)
        self.seen += len(new)
        self.left.extend(new)


class Hub(Protocol):
    """What brings events from and to other processes. `log` holds all events of this run, its own included."""

    @property
    def log(self) -> Log: ...

    async def publish(self, event: str, payload: Any, *, confirm: bool) -> None:
        """Send a JSON payload; with `confirm`, return only when the hub has confirmed it."""

    async def close(self) -> None: ...
