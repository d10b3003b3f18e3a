"""Diagnostics: pulled by clients that can, for a text or for the whole workspace; pushed to the others."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from lsprotocol import types

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
        if not server.client.watches:
            document.doubt()
        found = await server.diagnostics_of(document)
        result = server.reports.id_for(document.uri, found)
        if result == params.previous_result_id:
            return types.RelatedUnchangedDocumentDiagnosticReport(result)
        return types.RelatedFullDocumentDiagnosticReport(items=found, result_id=result)

    @server.feature(types.WORKSPACE_DIAGNOSTIC)
    async def of_workspace(params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
        told = {known.uri: known.value for known in params.previous_result_ids}
        if not server.client.watches:
            server.files.changed()
        paths = await asyncio.to_thread(server.files.paths)
        reports: list[_Report] = []
        for path in paths:
            report = await _of_file(server, path, told.pop(path.as_uri(), None))
            if report is None:
                continue
            if params.partial_result_token is not None:
                partial = types.WorkspaceDiagnosticReportPartialResult([report])
                server.progress(types.ProgressParams(params.partial_result_token, partial))
            else:
                reports.append(report)
        gone = [uri for uri in told if server.documents.get(uri) is None]
        reports += [types.WorkspaceFullDocumentDiagnosticReport(uri=uri, items=[]) for uri in gone]
        return types.WorkspaceDiagnosticReport(reports)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def files_changed(params: types.DidChangeWatchedFilesParams) -> None:
        server.files.changed()
        for document in server.documents:
            document.recheck()
            server.publish_soon(document)
        server.client.refresh_diagnostics()


async def _of_file(server: Server, path: Path, told: str | None) -> _Report | None:
    """The report of a file of the workspace; None when it can't be read."""
    uri = path.as_uri()
    document = server.documents.get(uri)
    if document is not None:
        found, version = await server.diagnostics_of(document), document.version
    else:
        analysis = await asyncio.to_thread(server.files.analysis, path)
        if analysis is None:
            return None
        found, version = diagnostics(await server.checked(analysis), uri, server.encoding), None
    result = server.reports.id_for(uri, found)
    if result == told:
        return types.WorkspaceUnchangedDocumentDiagnosticReport(uri=uri, result_id=result, version=version)
    return types.WorkspaceFullDocumentDiagnosticReport(
        uri=uri, items=found, version=version, result_id=result
    )
