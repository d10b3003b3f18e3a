"""The hub of a run that talks to nobody else."""

from __future__ import annotations

from typing import Any

from . import Log


class MemoryHub:
    def __init__(self) -> None:
        self.log = Log()

    async def publish(self, event: str, payload: Any, *, confirm: bool) -> None:
        self.log.add(event, payload)

    async def close(self) -> None:
        pass
