"""Handles `textDocument/didOpen`, `didChange` and `didClose`."""

from __future__ import annotations

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handlers to the server."""

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: types.DidOpenTextDocumentParams) -> None:
        if state.scratches.open(params.text_document):
            return
        document = state.documents.open(params.text_document)
        if document is None:
            return
        for overlay in state.overlays(document.uri):
            overlay.reopened(document.text)
        state.report_invalid_settings(document)
        state.diagnostics.publish_soon(document)
        state.diagnostics.check_callers_soon(document.path)
        await state.wait_for_settings()
        await state.runs.restore(document, state.settings)
        state.live_runs.begin()

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        state.scratches.change(params.text_document.uri, params.content_changes, state.encoding)
        document = state.documents.get(params.text_document.uri)
        if document is None:
            return
        overlays = [*state.overlays(document.uri)]
        for change in params.content_changes:
            edit = document.apply(change, state.encoding)
            for overlay in overlays:
                overlay.edit(edit, document.text)
        document.version = params.text_document.version
        state.diagnostics.publish_soon(document)
        state.diagnostics.check_callers_soon(document.path)
        if state.settings.trace.replay and state.settings.trace.values:
            state.reevaluations.changed(document)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        state.scratches.close(uri)
        document = state.documents.get(uri)
        if document is None:
            return
        state.documents.close(uri)
        state.last_runs.forget(uri)
        state.reevaluations.forget(uri)
        state.diagnostics.check_callers_soon(document.path)
        state.result_ids.forget(uri)
        if not state.client.pulls_diagnostics:
            state.client.publish_diagnostics(uri, [])
