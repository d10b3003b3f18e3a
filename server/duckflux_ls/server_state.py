"""Holds the state of a server: its client, documents, index, runs and settings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec
from duckflux.ide.occurrences import AnyOccurrences, WorkflowOccurrences, is_shared
from duckflux.language.analysis import Analysis, with_settings
from duckflux.language.lint.settings import LintSettings
from lsprotocol import types

from .index.background_indexing import BackgroundIndexing
from .index.checked_files import CheckedFiles
from .index.mcp_tools import McpTools
from .index.occurrence_index import OccurrenceIndex
from .index.workspace_files import WorkspaceFiles
from .runs.comparisons import Comparisons
from .runs.last_run import LastRuns, ShownRun
from .runs.live_runs_watcher import LiveRunsWatcher
from .runs.manager import Runs
from .runs.overlay import Overlay
from .runs.reevaluation import Reevaluations
from .runs.tests import RunningTests
from .runs.traces import trace_folder
from .runs.unobserved_hints import unobserved_hints
from .session.client import Client
from .session.diagnostics_publisher import DiagnosticsPublisher
from .session.documents import Documents, OpenDocument
from .session.positions import Encoding, to_offset
from .session.result_ids import ResultIds
from .session.scratches import Scratches
from .session.settings import Settings, invalid_settings, read_settings

P = TypeVar("P", bound="PositionParams")
R = TypeVar("R")

_SETTINGS_SECONDS = 2.0


class PositionParams(Protocol):
    """The parameters of a request about a position in a document."""

    text_document: types.TextDocumentIdentifier
    position: types.Position


class ServerState:
    """The state that the requests of one client share."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.documents = Documents()
        self.scratches = Scratches()
        self.files = WorkspaceFiles()
        self.occurrences = OccurrenceIndex(self.documents, self.files, lambda: self.encoding)
        self.mcp_tools = McpTools()
        self.checked_files = CheckedFiles(self.documents.called)
        self.result_ids = ResultIds()
        self.indexing = BackgroundIndexing(self.occurrences, client)
        self.settings = Settings()
        self.settings_read: asyncio.Task[None] | None = None
        self.runs = Runs(client, self._refresh_results, self._prune_traces)
        self.comparisons = Comparisons(client, self.runs, self._refresh_results)
        self.last_runs = LastRuns(self._values_were_read)
        self.live_runs = LiveRunsWatcher(self.documents, self.runs)
        self.reevaluations = Reevaluations(self.runs, client.refresh_hints)
        self.tests = RunningTests()
        self.diagnostics = DiagnosticsPublisher(client, self.documents, self._lint_for, self._run_diagnostics)
        self._reported: set[str] = set()
        self._pruning: asyncio.Task[None] | None = None

    @property
    def encoding(self) -> Encoding:
        """The encoding whose units the client's positions count in."""
        return self.client.encoding

    def configured(self, analysis: Analysis) -> Analysis:
        """Return an analysis with the diagnostics that the settings want."""
        return with_settings(analysis, self.settings.lint_for(analysis.path))

    def with_occurrences(
        self, answer: Callable[[P, WorkflowOccurrences, int], Awaitable[R]]
    ) -> Callable[[P], Coroutine[Any, Any, R | None]]:
        """Return a handler that answers for the occurrences in a document, and the offset of the position.

        The answer is null if the document is not open.
        """

        async def handle(params: P, document: OpenDocument) -> R:
            occurrences = await self.occurrences.of(document)
            offset = to_offset(occurrences.analysis.document.lines, params.position, self.encoding)
            return await answer(params, occurrences, offset)

        return self.documents.with_document(handle)

    async def last_run_of(self, document: OpenDocument, *, wait: bool = True) -> ShownRun | None:
        """Return the last run of a document, None without one or if no values are wanted.

        It is also None, without `wait`, as long as its trace is being read.
        """
        if not self.settings.trace.values:
            return None
        overlay, links = self.runs.last(document.uri), self.client.chooses_iterations
        before = self.comparisons.before(document.uri)
        return await self.last_runs.of(document.uri, overlay, before, wait=wait, links=links)

    async def pins_of(self, document: OpenDocument) -> Mapping[str, Any]:
        """Return the pinned outputs of a document, none if nothing may run or no values are wanted."""
        if not self.runs.trusted or not self.settings.trace.values:
            return {}
        return await self.runs.pins.of(document.path)

    def overlays(self, uri: str) -> Iterator[Overlay]:
        """Yield the results that follow the text of a document: those of its last run and of one before."""
        for overlay in (self.runs.last(uri), self.comparisons.before(uri)):
            if overlay is not None:
                yield overlay

    def _lint_for(self, path: Path | None) -> LintSettings:
        """Return the lint settings of a file: no program is started for a workspace that is not trusted."""
        lint = self.settings.lint_for(path)
        return lint if self.runs.trusted else msgspec.structs.replace(lint, shellcheck=False)

    async def workflows_naming(
        self, occurrences: WorkflowOccurrences, offset: int
    ) -> Sequence[AnyOccurrences]:
        """Return the workflows in which the symbol at an offset may occur."""
        here = occurrences.at(offset)
        if here is None or not is_shared(here.symbol):
            return [occurrences]
        return await self.occurrences.everywhere()

    async def read_settings(self) -> None:
        """Ask the client for its settings, if it can be asked."""
        with suppress(LookupError):
            self.settings = read_settings(await self.client.settings())

    async def wait_for_settings(self) -> None:
        """Wait for the settings of a client that was only just connected, but not for long."""
        if self.settings_read is not None:
            await asyncio.wait({self.settings_read}, timeout=_SETTINGS_SECONDS)

    def report_invalid_settings(self, document: OpenDocument) -> None:
        """Show, once, that the settings of a document's project are invalid."""
        problem = invalid_settings(document.path)
        if problem is not None and problem not in self._reported:
            self._reported.add(problem)
            self.client.show_error(f"invalid settings: {problem}")

    def refresh_everything(self) -> None:
        """Give all diagnostics, hints and lenses again: the settings have changed."""
        for document in self.documents:
            self.diagnostics.publish_soon(document)
        self.client.refresh_diagnostics()
        self.client.refresh_hints()
        self.client.refresh_lenses()

    async def end_processes(self) -> None:
        """End everything that was started for the client, and wait until it has ended."""
        self.indexing.cancel()
        self.live_runs.end()
        await asyncio.gather(
            self.runs.end_all(), self.tests.end_all(), self.mcp_tools.end_all(), self.reevaluations.end()
        )

    def _refresh_results(self, uri: str) -> None:
        """Give the hints, lenses and diagnostics of a document again: a run of it has begun or ended."""
        self.client.refresh_hints()
        self.client.refresh_lenses()
        document = self.documents.get(uri)
        if document is not None:
            self.diagnostics.publish_soon(document)
        self.client.refresh_diagnostics()

    def _prune_traces(self) -> None:
        """Keep the traces of the workspace below their size, beside everything else."""
        limit = self.settings.trace.max_megabytes
        if limit is not None and (self._pruning is None or self._pruning.done()):
            self._pruning = asyncio.create_task(asyncio.to_thread(self._prune_to, limit * 1024 * 1024))

    def _prune_to(self, size: int) -> None:
        from duckflux.trace.folder import prune_to_size

        workflows = {*self.files.stamps(), *(one.path for one in self.documents if one.path is not None)}
        with suppress(OSError):
            prune_to_size({trace_folder(path, self.settings) for path in workflows}, size)

    async def _run_diagnostics(self, uri: str, analysis: Analysis) -> list[types.Diagnostic]:
        overlay, document = self.runs.overlay(uri), self.documents.get(uri)
        found = overlay.diagnostics(analysis.document.lines, self.encoding) if overlay is not None else []
        if not self.settings.hints.unobserved or document is None:
            return found
        run = await self.last_run_of(document, wait=False)
        if run is None:
            return found
        return found + await asyncio.to_thread(unobserved_hints, analysis, run, self.encoding)

    def _values_were_read(self) -> None:
        """Give again what depends on the values of a last run: its trace has just been read."""
        self.client.refresh_hints()
        if not self.settings.hints.unobserved:
            return
        for document in self.documents:
            self.diagnostics.publish_soon(document)
        self.client.refresh_diagnostics()
