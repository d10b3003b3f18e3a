"""Answers `textDocument/diagnostic`."""

from __future__ import annotations

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        types.DiagnosticOptions(
            inter_file_dependencies=True, workspace_diagnostics=True, identifier="duckflux"
        ),
    )
    async def diagnostic(
        params: types.DocumentDiagnosticParams,
    ) -> types.RelatedFullDocumentDiagnosticReport | types.RelatedUnchangedDocumentDiagnosticReport:
        document = state.documents.get(params.text_document.uri)
        if document is None:
            # Null is not an answer here.
            return types.RelatedFullDocumentDiagnosticReport(items=[])
        if not state.files.watched:
            document.check_callees()
        found = await state.diagnostics.diagnostics_of(document)
        result = state.result_ids.id_for(document.uri, found)
        if result == params.previous_result_id:
            return types.RelatedUnchangedDocumentDiagnosticReport(result)
        return types.RelatedFullDocumentDiagnosticReport(items=found, result_id=result)
