"""The names of all workflows, open or not, each looked for once in each text."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

from duckflux.language.analysis import names_only
from duckflux.language.workflow_files import Stamp

from .documents import Documents, OpenDocument, path_of
from .features.names import AnyNames, Encoding, KeptNames, Names
from .workspace_files import WorkspaceFiles

# How long files are read in one go: typing waits for no longer than that.
_SLICE_SECONDS = 0.01

Report: TypeAlias = Callable[[int, int], Awaitable[None]]
"""Is told how many files are done, of how many."""


class _Entry(NamedTuple):
    stamp: Stamp
    names: KeptNames | None


class NameIndex:
    """Keeps the names of the last text of each workflow."""

    def __init__(self, documents: Documents, files: WorkspaceFiles, encoding: Callable[[], Encoding]) -> None:
        self._documents = documents
        self._files = files
        self._encoding = encoding
        self._open: WeakKeyDictionary[OpenDocument, Names] = WeakKeyDictionary()
        self._closed: dict[Path, _Entry] = {}
        self._seen: dict[Path, Stamp] | None = None
        self._updating = asyncio.Lock()

    @property
    def is_ready(self) -> bool:
        """Whether the workspace has been read, so that to ask of it takes no time."""
        return self._seen is not None

    def events(self) -> set[str]:
        """The events that any file names, as far as it has been read."""
        everywhere: list[AnyNames] = [
            entry.names for entry in self._closed.values() if entry.names is not None
        ]
        everywhere += self._open.values()
        return {one.symbol.name for names in everywhere for one in names if one.symbol.kind == "event"}

    async def of(self, document: OpenDocument) -> Names:
        """The names of an open text as it is now."""
        analysis = await document.analysis()
        known = self._open.get(document)
        if known is None or known.analysis is not analysis:
            known = Names(document.uri, analysis, known)
            await asyncio.to_thread(lambda: known.all)
            self._open[document] = known
        return known

    async def at(self, uri: str) -> Names | None:
        """The names of a workflow, open or not, with its text; None if there is none."""
        document = self._documents.get(uri)
        if document is not None:
            return await self.of(document)
        path = path_of(uri)
        return await asyncio.to_thread(self._of_file, path) if path is not None else None

    async def everywhere(self) -> list[AnyNames]:
        """Those of all open texts, and of all other files of the workspace."""
        await self.update()
        open_ = [await self.of(document) for document in self._documents]
        taken = {names.uri for names in open_}
        closed = (entry.names for entry in self._closed.values())
        return [*open_, *(names for names in closed if names is not None and names.uri not in taken)]

    async def update(self, report: Report | None = None) -> None:
        """Read the files that changed, a few at a time; what somebody types comes first."""
        async with self._updating:
            stamps = await asyncio.to_thread(self._files.look)
            if stamps is self._seen:
                return
            self._closed = {
                path: entry for path, entry in self._closed.items() if stamps.get(path) == entry.stamp
            }
            missing = [path for path in stamps if path not in self._closed]
            done = 0
            while done < len(missing):
                await self._documents.settled()
                read = await asyncio.to_thread(self._read_some, missing[done:], stamps)
                self._closed.update(read)
                done += len(read)
                if report is not None:
                    await report(done, len(missing))
            self._seen = stamps

    def _read_some(self, paths: list[Path], stamps: dict[Path, Stamp]) -> dict[Path, _Entry]:
        """As many of these files as can be read in one go."""
        end = time.monotonic() + _SLICE_SECONDS
        read: dict[Path, _Entry] = {}
        for path in paths:
            names = self._of_file(path)
            kept = KeptNames(names, self._encoding()) if names is not None else None
            read[path] = _Entry(stamps[path], kept)
            if time.monotonic() > end:
                break
        return read

    def _of_file(self, path: Path) -> Names | None:
        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        return Names(path.as_uri(), names_only(text, path, self._documents.called))
