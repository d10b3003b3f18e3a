"""Diagnostics: pulled by clients that can, for a text or for the whole workspace; pushed to the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from duckflux.language.analysis import load
from duckflux.language.workflow_files import Stamp, is_workflow_name
from lsprotocol import types

from ..client import Progress
from ..closed_diagnostics import Checked, called_by
from ..documents import path_of
from ..features.diagnostics import diagnostics

if TYPE_CHECKING:
    from ..server import Server

_Report: TypeAlias = (
    types.WorkspaceFullDocumentDiagnosticReport | types.WorkspaceUnchangedDocumentDiagnosticReport
)


def register(server: Server) -> None:
    @server.feature(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        types.DiagnosticOptions(
            inter_file_dependencies=True, workspace_diagnostics=True, identifier="duckflux"
        ),
    )
    async def of_text(
        params: types.DocumentDiagnosticParams,
    ) -> types.RelatedFullDocumentDiagnosticReport | types.RelatedUnchangedDocumentDiagnosticReport:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return types.RelatedFullDocumentDiagnosticReport(items=[])
        if not server.files.watched:
            document.doubt()
        found = await server.diagnostics_of(document)
        result = server.reports.id_for(document.uri, found)
        if result == params.previous_result_id:
            return types.RelatedUnchangedDocumentDiagnosticReport(result)
        return types.RelatedFullDocumentDiagnosticReport(items=found, result_id=result)

    @server.feature(types.WORKSPACE_DIAGNOSTIC)
    async def of_workspace(params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
        told = {known.uri: known.value for known in params.previous_result_ids}
        progress = server.client.shown_progress(params.work_done_token, "Checking workflows")
        reports: list[_Report] = []
        async for report in _of_files(server, told, progress):
            if params.partial_result_token is not None:
                partial = types.WorkspaceDiagnosticReportPartialResult([report])
                server.progress(types.ProgressParams(params.partial_result_token, partial))
            else:
                reports.append(report)
        progress.end("")
        return types.WorkspaceDiagnosticReport(reports)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def files_changed(params: types.DidChangeWatchedFilesParams) -> None:
        paths = [path for event in params.changes if (path := path_of(event.uri)) is not None]
        for path in paths:
            server.files.changed(path)
            server.callers_soon(path)
        # Settings, or servers: they concern all.
        if not all(is_workflow_name(path.name) for path in paths):
            server.closed.forget()
            for document in server.documents:
                document.recheck()
                server.tell_unusable_settings(document)
                server.publish_soon(document)
        server.client.refresh_diagnostics()
        if server.names.is_ready:
            # There may be other callers now.
            server.indexing.soon()


async def _of_files(server: Server, told: dict[str, str], progress: Progress) -> AsyncIterator[_Report]:
    """A report of each file; an empty one of each that is gone. `told` are the result ids by URI."""
    stamps = await asyncio.to_thread(server.files.look)
    known = await asyncio.to_thread(server.closed.right, stamps, server.settings.lint_for)
    for number, (path, stamp) in enumerate(stamps.items()):
        uri = path.as_uri()
        document = server.documents.get(uri)
        if document is not None:
            found, version = await server.diagnostics_of(document), document.version
        else:
            progress.report(path.name, 100 * number // len(stamps))
            checked = known[path] if path in known else await _of_closed(server, path, stamp)
            if checked is None:
                continue
            found, version = checked, None
        yield _report(server, uri, told.pop(uri, None), version, found)
    for uri in told:
        if server.documents.get(uri) is None:
            server.reports.forget(uri)
            yield types.WorkspaceFullDocumentDiagnosticReport(uri=uri, items=[])


async def _of_closed(server: Server, path: Path, stamp: Stamp) -> list[types.Diagnostic] | None:
    """The diagnostics of a file that is not open; None when it can't be read."""
    await server.documents.settled()
    try:
        analysis = await asyncio.to_thread(load, path, server.documents.called)
    except (OSError, UnicodeDecodeError):
        return None
    checked = await server.checked(analysis)
    found = await asyncio.to_thread(diagnostics, checked, path.as_uri(), server.encoding)
    lint = server.settings.lint_for(path)
    server.closed.keep(path, Checked(stamp, lint, called_by(analysis), found))
    return found


def _report(
    server: Server, uri: str, told: str | None, version: int | None, found: list[types.Diagnostic]
) -> _Report:
    result = server.reports.id_for(uri, found)
    if result == told:
        return types.WorkspaceUnchangedDocumentDiagnosticReport(uri=uri, result_id=result, version=version)
    return types.WorkspaceFullDocumentDiagnosticReport(
        uri=uri, items=found, version=version, result_id=result
    )
