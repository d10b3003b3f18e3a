"""Indexes the workflows of the workspace in the background, with progress."""

from __future__ import annotations

import asyncio

from ..session.client import Client, Progress
from .occurrence_index import OccurrenceIndex

# Below this number of files nobody would notice the time.
_MANY_FILES = 100


class BackgroundIndexing:
    """Indexes once at a time. What was cancelled is indexed when it is first asked for."""

    def __init__(self, occurrences: OccurrenceIndex, client: Client) -> None:
        self._occurrences = occurrences
        self._client = client
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start indexing, unless that is under way."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._index())

    def cancel(self) -> None:
        """Stop indexing."""
        if self._task is not None:
            self._task.cancel()

    async def _index(self) -> None:
        progress: Progress | None = None

        async def report(done: int, total: int) -> None:
            nonlocal progress
            if progress is None and total > _MANY_FILES:
                progress = await self._client.progress("Reading workflows", self.cancel, 0)
            if progress is not None:
                progress.report(f"{done} of {total}", 100 * done // total)

        try:
            await self._occurrences.update(report)
            # The callers of each workflow are known now.
            self._client.refresh_lenses()
        finally:
            if progress is not None:
                progress.end("")
