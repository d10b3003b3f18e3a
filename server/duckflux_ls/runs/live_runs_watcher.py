"""Looks for runs of open workflows that were started elsewhere, so that the editor shows them too."""

from __future__ import annotations

import asyncio
from pathlib import Path

from duckflux.live.folder import live_sockets

from ..session.documents import Documents, OpenDocument
from .live_run import LiveRun
from .manager import Runs

_SECONDS_BETWEEN_LOOKS = 2.0


class LiveRunsWatcher:
    """Looks now and then into the folder of sockets, while a workflow is open."""

    def __init__(self, documents: Documents, runs: Runs) -> None:
        self._documents = documents
        self._runs = runs
        # The workflow of each run by its socket, None for one that is not to be followed.
        self._known: dict[str, Path | None] = {}
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Look now and go on doing so, unless that is done already."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch())

    def end(self) -> None:
        """Look no longer."""
        if self._task is not None:
            self._task.cancel()

    async def _watch(self) -> None:
        while any(document.path is not None for document in self._documents):
            await self._look()
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)

    async def _look(self) -> None:
        # A few microseconds where nothing lives.
        sockets = live_sockets()
        self._known = {socket: path for socket, path in self._known.items() if socket in sockets}
        new = [socket for socket in sockets if socket not in self._known]
        await asyncio.gather(*map(self._learn, new))
        for socket, path in self._known.items():
            document = self._document_of(path) if path is not None else None
            if document is not None and not self._runs.is_busy(document.uri):
                await self._follow(socket, document)

    async def _learn(self, socket: str) -> None:
        run = await LiveRun.connect(socket)
        is_other = run is not None and not self._runs.is_own(run.about.get("pid"))
        self._known[socket] = run.workflow.resolve() if run is not None and is_other else None
        if run is not None:
            await run.end()

    async def _follow(self, socket: str, document: OpenDocument) -> None:
        run = await LiveRun.connect(socket)
        # A run is followed once: from its end, or from where another took its place, it stays so.
        self._known[socket] = None
        if run is not None:
            await self._runs.follow(document, run)

    def _document_of(self, path: Path) -> OpenDocument | None:
        """Return the open document of a file, by whatever path it was opened."""
        return next((document for document in self._documents if _is_of(document, path)), None)


def _is_of(document: OpenDocument, path: Path) -> bool:
    return document.path is not None and document.path.resolve() == path
