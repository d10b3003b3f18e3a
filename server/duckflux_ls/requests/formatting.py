"""Answers `textDocument/formatting`."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from duckflux.ide.formatting import Unformattable, edits_of
from duckflux.language.analysis import Analysis
from duckflux.language.syntax.edits import TextEdit
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.conversions import to_text_edits
from ..session.documents import OpenDocument


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    @state.documents.with_analysis
    async def formatting(
        params: types.DocumentFormattingParams, document: OpenDocument, analysis: Analysis
    ) -> list[types.TextEdit]:
        edits: tuple[TextEdit, ...] = ()
        with suppress(Unformattable):
            edits = await asyncio.to_thread(edits_of, analysis.document)
        return to_text_edits(analysis.document.lines, edits, state.encoding)
