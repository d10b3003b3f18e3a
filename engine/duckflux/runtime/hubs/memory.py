"""Implements the hub inside this process, for one run or for several that share a `Bus`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..events.stream import Warn
from . import Connect, HubError, Log


class Bus:
    """Connects runs of one event loop. Each sees what is published while it runs."""

    def __init__(self) -> None:
        self._logs: list[Log] = []

    async def __call__(self, warn: Warn) -> MemoryHub:
        return MemoryHub(self._logs)


class MemoryHub:
    """The connection of one run to a bus."""

    unreachable_reason = None

    def __init__(self, logs: list[Log]) -> None:
        self.log = Log()
        self._logs = logs
        logs.append(self.log)

    async def subscribe(self, event: str) -> None:
        pass

    async def publish(self, event: str, payload: Any) -> None:
        for log in self._logs:
            log.add(event, payload, means=None)

    async def close(self) -> None:
        self._logs.remove(self.log)


def connect(options: Mapping[str, str]) -> Connect:
    """Return a new bus. Raises HubError, because it takes no options."""
    if options:
        raise HubError(f"unknown option '{next(iter(options))}' of the memory hub: it has no options")
    return Bus()
