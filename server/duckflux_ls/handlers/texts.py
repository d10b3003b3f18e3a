"""What the editor does with its texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from ..server import Server


def register(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: types.DidOpenTextDocumentParams) -> None:
        document = server.documents.open(params.text_document)
        if document is None:
            return
        overlay = server.runs.overlay(document.uri)
        if overlay is not None:
            overlay.reopened(document.text)
        server.tell_unusable_settings(document)
        server.publish_soon(document)
        server.callers_soon(document.path)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return
        overlay = server.runs.overlay(document.uri)
        for change in params.content_changes:
            edit = document.apply(change, server.encoding)
            if overlay is not None:
                overlay.edit(edit, document.text)
        document.version = params.text_document.version
        server.publish_soon(document)
        server.callers_soon(document.path)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        document = server.documents.get(uri)
        if document is None:
            return
        server.documents.close(uri)
        server.callers_soon(document.path)
        server.reports.forget(uri)
        if not server.pulls_diagnostics:
            server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))
