"""Answers `textDocument/documentLink`."""

from __future__ import annotations

import asyncio

from duckflux.ide.document_links import document_links
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.documents import OpenDocument
from ..session.positions import to_range


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_LINK, types.DocumentLinkOptions())
    @state.documents.with_document
    async def document_link(
        params: types.DocumentLinkParams, document: OpenDocument
    ) -> list[types.DocumentLink]:
        occurrences = await state.occurrences.of(document)
        lines = occurrences.analysis.document.lines
        return [
            types.DocumentLink(
                to_range(lines, *link.range, state.encoding), target=state.documents.uri_of(link.target)
            )
            for link in await asyncio.to_thread(document_links, occurrences)
        ]
