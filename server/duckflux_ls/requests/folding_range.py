"""Answers `textDocument/foldingRange`."""

from __future__ import annotations

import asyncio

from duckflux.ide.folding_ranges import folding_ranges
from duckflux.language.analysis import Analysis
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.documents import OpenDocument


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
    @state.documents.with_analysis
    async def folding_range(
        params: types.FoldingRangeParams, document: OpenDocument, analysis: Analysis
    ) -> list[types.FoldingRange]:
        comment = types.FoldingRangeKind.Comment
        return [
            types.FoldingRange(fold.start_line, fold.end_line, kind=comment if fold.is_comment else None)
            for fold in await asyncio.to_thread(folding_ranges, analysis)
        ]
