"""Computes the diagnostics of open documents, and pushes them to clients that do not pull them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeAlias

from duckflux.language.analysis import Analysis, with_settings
from duckflux.language.budget import Budget, limited_to
from duckflux.language.lint.settings import LintSettings
from duckflux.shellcheck import add_shellcheck_diagnostics, check_new_commands
from lsprotocol import types

from .client import Client
from .documents import Documents, OpenDocument
from .lsp_diagnostics import to_diagnostics

# Seconds in which the rest of a burst of changes arrives, before they are analysed again.
_BURST_PAUSE = 0.005
# Seconds without a key before a process is started for what was typed.
_TYPING_PAUSE = 0.15
# With the time of an analysis, less than a request may take.
_CONVERSION_SECONDS = 0.6

RunDiagnostics: TypeAlias = Callable[[str, Analysis], Awaitable[list[types.Diagnostic]]]
"""Gives the diagnostics of the last run of a document, by its URI and its analysis."""


class DiagnosticsPublisher:
    """The diagnostics of open documents. `lint_for` gives the lint settings of a file."""

    def __init__(
        self,
        client: Client,
        documents: Documents,
        lint_for: Callable[[Path | None], LintSettings],
        run_diagnostics: RunDiagnostics,
    ) -> None:
        self._client = client
        self._documents = documents
        self._lint_for = lint_for
        self._run_diagnostics = run_diagnostics
        self._unpublished: set[OpenDocument] = set()
        self._publishing: dict[OpenDocument, asyncio.Task[None]] = {}
        self._shellchecking: dict[OpenDocument, asyncio.Task[None]] = {}
        self._callers: dict[OpenDocument, asyncio.Task[None]] = {}

    async def checked(self, analysis: Analysis) -> Analysis:
        """Return an analysis with all diagnostics that the settings want, those of shellcheck included."""
        await self._run_shellcheck(analysis)
        return await self._with_known(analysis)

    async def diagnostics_of(self, document: OpenDocument) -> list[types.Diagnostic]:
        """Return the diagnostics of a document and of its last run.

        A client that can be told to ask again gets those of shellcheck later.
        """
        analysis = await document.analysis()
        if self._client.pulls_diagnostics and not self._client.can_refresh_diagnostics:
            await self._run_shellcheck(analysis)
        else:
            self._shellcheck_soon(document)
        encoding = self._client.encoding
        checked = await self._with_known(analysis)
        with limited_to(Budget(_CONVERSION_SECONDS)):
            found = await asyncio.to_thread(to_diagnostics, checked, document.uri, encoding)
        return found + await self._run_diagnostics(document.uri, analysis)

    def publish_soon(self, document: OpenDocument) -> None:
        """Push a document's diagnostics, after those that are under way: they may not have seen this change."""
        if self._client.pulls_diagnostics:
            return
        self._unpublished.add(document)
        if document not in self._publishing:
            self._publishing[document] = _task(self._publish(document))

    def check_callers_soon(self, path: Path | None) -> None:
        """Update the open callers of a file, if its interface has changed."""
        for caller in self._documents.callers(path):
            caller.check_callees()
            if caller not in self._callers:
                self._callers[caller] = _task(self._check_caller(caller))

    async def _with_known(self, analysis: Analysis) -> Analysis:
        """Return an analysis with what is known from shellcheck already."""
        lint = self._lint_for(analysis.path)
        return await asyncio.to_thread(add_shellcheck_diagnostics, with_settings(analysis, lint), lint)

    async def _run_shellcheck(self, analysis: Analysis) -> bool:
        """Run shellcheck on what it has not seen yet. Return whether there is anything new."""
        return await asyncio.to_thread(check_new_commands, analysis, self._lint_for(analysis.path))

    def _shellcheck_soon(self, document: OpenDocument) -> None:
        if document not in self._shellchecking:
            self._shellchecking[document] = _task(self._shellcheck(document))

    async def _shellcheck(self, document: OpenDocument) -> None:
        """Run shellcheck on a document while it changes, and publish its diagnostics if there are new ones."""
        checked = None
        try:
            while (analysis := await document.analysis()) is not checked:
                await asyncio.sleep(_TYPING_PAUSE)
                if not document.is_analysed_by(analysis):
                    continue
                checked = analysis
                if await self._run_shellcheck(analysis) and self._documents.get(document.uri) is document:
                    self.publish_soon(document)
                    self._client.refresh_diagnostics()
        finally:
            del self._shellchecking[document]

    async def _check_caller(self, caller: OpenDocument) -> None:
        try:
            before = caller.last_analysis
            if await caller.analysis() is not before:
                self.publish_soon(caller)
                self._client.refresh_diagnostics()
        finally:
            del self._callers[caller]

    async def _publish(self, document: OpenDocument) -> None:
        try:
            while document in self._unpublished:
                self._unpublished.discard(document)
                version = document.version
                found = await self.diagnostics_of(document)
                if self._documents.get(document.uri) is not document:
                    return
                if version == document.version:
                    self._client.publish_diagnostics(document.uri, found, version)
                else:
                    await asyncio.sleep(_BURST_PAUSE)
        finally:
            self._unpublished.discard(document)
            del self._publishing[document]


def _task(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Start work that goes on when the request that it was started for is answered."""
    with limited_to(None):
        return asyncio.create_task(work)
