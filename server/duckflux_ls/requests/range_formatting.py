"""Answers `textDocument/rangeFormatting` and `rangesFormatting`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from duckflux.ide.formatting import Unformattable, edits_within
from duckflux.language.analysis import Analysis
from duckflux.language.syntax.edits import TextEdit
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.conversions import to_text_edits
from ..session.documents import OpenDocument


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handlers to the server."""

    async def edits(analysis: Analysis, ranges: Iterable[types.Range]) -> list[types.TextEdit]:
        """Return the edits of some lines; where these can't be formatted alone, of the sections around them."""
        lines = {line for one in ranges for line in range(one.start.line, one.end.line + 1)}
        found: tuple[TextEdit, ...] = ()
        with suppress(Unformattable):
            found = await asyncio.to_thread(edits_within, analysis.document, lines, widen=True)
        return to_text_edits(analysis.document.lines, found, state.encoding)

    @server.feature(
        types.TEXT_DOCUMENT_RANGE_FORMATTING, types.DocumentRangeFormattingOptions(ranges_support=True)
    )
    @state.documents.with_analysis
    async def range_formatting(
        params: types.DocumentRangeFormattingParams, document: OpenDocument, analysis: Analysis
    ) -> list[types.TextEdit]:
        return await edits(analysis, [params.range])

    @server.feature(types.TEXT_DOCUMENT_RANGES_FORMATTING)
    @state.documents.with_analysis
    async def ranges_formatting(
        params: types.DocumentRangesFormattingParams, document: OpenDocument, analysis: Analysis
    ) -> list[types.TextEdit]:
        return await edits(analysis, params.ranges)
