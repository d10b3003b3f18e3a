"""Indexes the occurrences of symbols in all workflows, open or not, once for each text."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias
from weakref import WeakKeyDictionary

import msgspec
from duckflux.files import read_file
from duckflux.ide.completion import Events
from duckflux.ide.occurrences import AnyOccurrences, StoredOccurrences, WorkflowOccurrences
from duckflux.language.analysis import names_only
from duckflux.language.budget import Budget, OverBudgetError, limited_to
from duckflux.language.syntax import MAX_BYTES
from duckflux.language.workflow_files import Stamp

from ..session.conversions import to_line_range
from ..session.documents import Documents, OpenDocument, path_of
from ..session.positions import Encoding
from .workspace_files import WorkspaceFiles

# How long files are read in one go: requests wait no longer than that.
_SLICE_SECONDS = 0.01
_FILE_SECONDS = 2.0

ReportProgress: TypeAlias = Callable[[int, int], Awaitable[None]]
"""Is called with the number of files that are done, and of all files."""


class _Entry(msgspec.Struct, frozen=True):
    stamp: Stamp
    occurrences: StoredOccurrences | None


class OccurrenceIndex:
    """The occurrences in the last text of each workflow."""

    def __init__(self, documents: Documents, files: WorkspaceFiles, encoding: Callable[[], Encoding]) -> None:
        self._documents = documents
        self._files = files
        self._encoding = encoding
        self._open: WeakKeyDictionary[OpenDocument, WorkflowOccurrences] = WeakKeyDictionary()
        self._closed: dict[Path, _Entry] = {}
        self._indexed: dict[Path, Stamp] | None = None
        self._updating = asyncio.Lock()

    @property
    def is_ready(self) -> bool:
        """Return whether the workspace is indexed, so that queries take no time."""
        return self._indexed is not None

    def events(self) -> Events:
        """Return what gives, in any thread, the names of the events in all files that are indexed so far."""
        everywhere: list[AnyOccurrences] = [
            entry.occurrences for entry in self._closed.values() if entry.occurrences is not None
        ]
        everywhere += self._open.values()
        return lambda: {
            one.symbol.name for workflow in everywhere for one in workflow if one.symbol.kind == "event"
        }

    async def of(self, document: OpenDocument) -> WorkflowOccurrences:
        """Return the occurrences in an open document as it is now."""
        analysis = await document.analysis()
        known = self._open.get(document)
        if known is None or known.analysis is not analysis:
            known = WorkflowOccurrences(document.uri, analysis, known)
            await asyncio.to_thread(lambda: known.by_item)
            self._open[document] = known
        return known

    async def at(self, uri: str) -> WorkflowOccurrences | None:
        """Return the occurrences in a workflow, open or not; None if it does not exist."""
        document = self._documents.get(uri)
        if document is not None:
            return await self.of(document)
        path = path_of(uri)
        return await asyncio.to_thread(self._of_file, path) if path is not None else None

    async def everywhere(self) -> list[AnyOccurrences]:
        """Return the occurrences in all open documents, and in all other files of the workspace."""
        await self.update()
        open_ = [await self.of(document) for document in self._documents]
        open_paths = {workflow.path for workflow in open_}
        closed = (entry.occurrences for path, entry in self._closed.items() if path not in open_paths)
        return [*open_, *(one for one in closed if one is not None)]

    async def update(self, report: ReportProgress | None = None) -> None:
        """Read the files that changed, a few at a time; open documents come first."""
        async with self._updating:
            stamps = await asyncio.to_thread(self._files.stamps)
            if stamps is self._indexed:
                return
            self._closed = {
                path: entry for path, entry in self._closed.items() if stamps.get(path) == entry.stamp
            }
            missing = [path for path in stamps if path not in self._closed]
            done = 0
            while done < len(missing):
                await self._documents.wait_until_analysed()
                read = await asyncio.to_thread(self._read_some, missing[done:], stamps)
                self._closed.update(read)
                done += len(read)
                if report is not None:
                    await report(done, len(missing))
            self._indexed = stamps

    def _read_some(self, paths: list[Path], stamps: dict[Path, Stamp]) -> dict[Path, _Entry]:
        """Read as many of these files as can be read in one go."""
        end = time.monotonic() + _SLICE_SECONDS
        read: dict[Path, _Entry] = {}
        for path in paths:
            read[path] = _Entry(stamps[path], self._stored(path))
            if time.monotonic() > end:
                break
        return read

    def _stored(self, path: Path) -> StoredOccurrences | None:
        """Return the occurrences in a file; None for one that cannot be read, or not in time."""
        with limited_to(Budget(_FILE_SECONDS)), suppress(OverBudgetError):
            found = self._of_file(path)
            if found is not None:
                lines, encoding = found.analysis.document.lines, self._encoding()
                return StoredOccurrences(found, lambda range_: to_line_range(lines, range_, encoding))
        return None

    def _of_file(self, path: Path) -> WorkflowOccurrences | None:
        try:
            text = read_file(path, MAX_BYTES).decode("utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        return WorkflowOccurrences(path.as_uri(), names_only(text, path, self._documents.called))
