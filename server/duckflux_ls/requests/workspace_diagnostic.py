"""Answers `workspace/diagnostic`: a report for each workflow file, open or not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeAlias

from duckflux.language.workflow_files import Stamp
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..index.checked_files import CheckedFile, interfaces_called_by
from ..server_state import ServerState
from ..session.client import Progress
from ..session.documents import load_in_time
from ..session.lsp_diagnostics import to_diagnostics

_Report: TypeAlias = (
    types.WorkspaceFullDocumentDiagnosticReport | types.WorkspaceUnchangedDocumentDiagnosticReport
)


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.WORKSPACE_DIAGNOSTIC)
    async def workspace_diagnostic(
        params: types.WorkspaceDiagnosticParams,
    ) -> types.WorkspaceDiagnosticReport:
        previous = {known.uri: known.value for known in params.previous_result_ids}
        progress = state.client.request_progress(params.work_done_token, "Checking workflows")
        reports: list[_Report] = []
        async for report in _reports(state, previous, progress):
            if params.partial_result_token is not None:
                partial = types.WorkspaceDiagnosticReportPartialResult([report])
                state.client.send_partial_result(params.partial_result_token, partial)
            else:
                reports.append(report)
        progress.end("")
        return types.WorkspaceDiagnosticReport(reports)


async def _reports(
    state: ServerState, previous: dict[str, str], progress: Progress
) -> AsyncIterator[_Report]:
    """Yield a report of each file, an empty one of each that is gone. `previous` are the result ids by URI."""
    stamps = await asyncio.to_thread(state.files.stamps)
    valid = await asyncio.to_thread(state.checked_files.valid, stamps, state.settings.lint_for)
    for number, (path, stamp) in enumerate(stamps.items()):
        uri = state.documents.uri_of(path)
        document = state.documents.get(uri)
        if document is not None:
            found, version = await state.diagnostics.diagnostics_of(document), document.version
        else:
            progress.report(path.name, 100 * number // len(stamps))
            checked = valid[path] if path in valid else await _check_closed(state, path, stamp)
            if checked is None:
                continue
            found, version = checked, None
        yield _report(state, uri, previous.pop(uri, None), version, found)
    for uri in previous:
        if state.documents.get(uri) is None:
            state.result_ids.forget(uri)
            yield types.WorkspaceFullDocumentDiagnosticReport(uri=uri, items=[])


async def _check_closed(state: ServerState, path: Path, stamp: Stamp) -> list[types.Diagnostic] | None:
    """Return the diagnostics of a file that is not open, or None if it can't be read."""
    await state.documents.wait_until_analysed()
    try:
        analysis = await asyncio.to_thread(load_in_time, path, state.documents.called)
    except (OSError, UnicodeDecodeError):
        return None
    checked = await state.diagnostics.checked(analysis)
    found = await asyncio.to_thread(to_diagnostics, checked, state.documents.uri_of(path), state.encoding)
    lint = state.settings.lint_for(path)
    state.checked_files.keep(path, CheckedFile(stamp, lint, interfaces_called_by(analysis), found))
    return found


def _report(
    state: ServerState, uri: str, previous: str | None, version: int | None, found: list[types.Diagnostic]
) -> _Report:
    result = state.result_ids.id_for(uri, found)
    if result == previous:
        return types.WorkspaceUnchangedDocumentDiagnosticReport(uri=uri, result_id=result, version=version)
    return types.WorkspaceFullDocumentDiagnosticReport(
        uri=uri, items=found, version=version, result_id=result
    )
