"""Where events go and come from (LANGUAGE section 4). A hub delivers to the run's own log; waits read the log."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeAlias

from ..events.stream import Warn


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

    async def wait_for_more(self, event: str, seen: int) -> None:
        """Return when there are more than `seen` payloads."""
        while len(self._payloads[event]) <= seen:
            await self._arrivals.setdefault(event, asyncio.Event()).wait()


class LogCursor:
    """The place of one `wait` step in an event's history: what it has looked at, and what of that it left."""

    def __init__(self) -> None:
        self.seen = 0
        self.pending: list[Any] = []
        self._taken_ahead: list[Any] = []

    def advance(self, log: Log, event: str) -> None:
        """Look at what has come since; it is left until taken."""
        new = log.since(event, self.seen)
        self.seen += len(new)
        for payload in new:
            if payload in self._taken_ahead:
                self._taken_ahead.remove(payload)
            else:
                self.pending.append(payload)

    def take(self, log: Log, event: str, payload: Any) -> None:
        """Take an event that an earlier run took here, now or when it comes."""
        self.advance(log, event)
        if payload in self.pending:
            self.pending.remove(payload)
        else:
            self._taken_ahead.append(payload)


class HubError(Exception):
    """A hub that can't be had, or that refuses an event. The text is for people and holds no credentials."""


class Hub(Protocol):
    """One run's connection to where events go and come from: what a run sees began with it.

    `log` holds the events that are followed, published after the connection was made, by whom ever;
    `unreachable_reason` says in words why the hub can't be reached now, None while it can.
    """

    @property
    def log(self) -> Log: ...

    @property
    def unreachable_reason(self) -> str | None: ...

    async def subscribe(self, event: str) -> None:
        """From now on the log has this event, also what was published since the run's start."""

    async def publish(self, event: str, payload: Any) -> None:
        """Send a JSON value; returns when the hub has it. Tries on while the hub can't be reached.

        Raises HubError when it never will take it.
        """

    async def close(self) -> None: ...


# Connects a run that begins. It hears when the hub is lost and found again. Raises HubError.
Connect: TypeAlias = Callable[[Warn], Awaitable[Hub]]
