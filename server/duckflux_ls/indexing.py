"""Reads the names of all workflows of the workspace in the background, with progress."""

from __future__ import annotations

import asyncio

from .client import Client, Progress
from .name_index import NameIndex

# Reading so many files takes no time that a person would notice.
_MANY_FILES = 100


class Indexing:
    """One reading at a time. What was cancelled is read when it is first asked for."""

    def __init__(self, names: NameIndex, client: Client) -> None:
        self._names = names
        self._client = client
        self._task: asyncio.Task[None] | None = None

    def soon(self) -> None:
        """Begin, unless it is under way."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read())

    def cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _read(self) -> None:
        progress: Progress | None = None

        async def report(done: int, total: int) -> None:
            nonlocal progress
            if progress is None and total > _MANY_FILES:
                progress = await self._client.progress("Reading workflows", self.cancel, 0)
            if progress is not None:
                progress.report(f"{done} of {total}", 100 * done // total)

        try:
            await self._names.update(report)
            # Now it is known who calls whom.
            self._client.refresh_lenses()
        finally:
            if progress is not None:
                progress.end("")
