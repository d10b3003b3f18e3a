"""Defines hubs, which carry events (docs/language.md#events).

A hub adds events to the run's log, where waits look for them.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeAlias

import msgspec

from duckflux.json_text import NumberError

from ..clock import iso
from ..events import Means
from ..events.stream import Warn
from ..values import parse_output


class Arrival:
    """An event that has come.

    `means` tells how, None for one that a step of this process emitted; `at` when; `is_taken` whether a wait
    has taken it.
    """

    __slots__ = ("at", "is_taken", "means", "payload")

    def __init__(self, payload: Any, means: Means | None = None) -> None:
        self.payload = payload
        self.means = means
        self.at = time.time_ns()
        self.is_taken = False

    @property
    def time(self) -> str:
        """The time at which it came."""
        return iso(self.at)


class Log:
    """The events of a run, by name, in the order of their arrival."""

    def __init__(self) -> None:
        self._arrivals: defaultdict[str, list[Arrival]] = defaultdict(list)
        self._news: dict[str, asyncio.Event] = {}

    def add(self, event: str, payload: Any, means: Means | None = "hub") -> Arrival:
        """Add an event and return it."""
        arrival = Arrival(payload, means)
        self._arrivals[event].append(arrival)
        if news := self._news.pop(event, None):
            news.set()
        return arrival

    def since(self, event: str, seen: int) -> list[Arrival]:
        """Return the arrivals of an event after the first `seen` ones."""
        return self._arrivals[event][seen:]

    async def wait_for_more(self, event: str, seen: int) -> None:
        """Wait until an event has come more than `seen` times."""
        while len(self._arrivals[event]) <= seen:
            await self._news.setdefault(event, asyncio.Event()).wait()


class UnreadablePayload(msgspec.Struct, frozen=True):
    """Stands in the log for a payload that is not a value; `reason` is for users."""

    reason: str


def received_payload(data: bytes) -> Any:
    """Return the payload of a message of another program, an UnreadablePayload if it is not a value."""
    try:
        return parse_output(data)[0]
    except NumberError as error:
        return UnreadablePayload(str(error))


class LogCursor:
    """The position of one `wait` step in an event's arrivals; `pending` are those it has seen and not taken."""

    def __init__(self) -> None:
        self.seen = 0
        self.pending: list[Arrival] = []
        self._taken_ahead: list[Any] = []

    def advance(self, log: Log, event: str) -> None:
        """Make what has arrived since pending."""
        new = log.since(event, self.seen)
        self.seen += len(new)
        for arrival in new:
            if arrival.payload in self._taken_ahead:
                self._taken_ahead.remove(arrival.payload)
            else:
                self.pending.append(arrival)

    def take(self, log: Log, event: str, payload: Any) -> None:
        """Take a payload that an earlier run took here, now or when it arrives."""
        self.advance(log, event)
        known = next((arrival for arrival in self.pending if arrival.payload == payload), None)
        if known is not None:
            self.pending.remove(known)
        else:
            self._taken_ahead.append(payload)


class HubError(Exception):
    """A hub is not available, or refuses an event. The message is for users and contains no credentials."""


class Hub(Protocol):
    """The connection of one run to a hub: the run sees the events published since it connected.

    `log` contains the events that are subscribed to, whoever published them; `unreachable_reason` tells why
    the hub cannot be reached now, None while it can.
    """

    @property
    def log(self) -> Log:
        """The events so far."""

    @property
    def unreachable_reason(self) -> str | None:
        """Why the hub cannot be reached now, as a sentence; None while it can."""

    async def subscribe(self, event: str) -> None:
        """Add this event to the log from now on, and what was published since the run's start."""

    async def publish(self, event: str, payload: Any) -> None:
        """Send a JSON value, and return when the hub has it. Tries again while the hub cannot be reached.

        Raises HubError if the hub refuses it for good.
        """

    async def close(self) -> None:
        """Disconnect."""


# Connects a new run to a hub. The function it receives is called with warnings. Raises HubError.
Connect: TypeAlias = Callable[[Warn], Awaitable[Hub]]
