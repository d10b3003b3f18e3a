"""The layout: of the whole text, of parts of it, and of the line that was just typed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from duckflux.language.syntax import Document
from lsprotocol import types

from ..features.formatting import formatting, on_type_formatting, range_formatting

if TYPE_CHECKING:
    from ..server import Server


def register(server: Server) -> None:
    async def parsed(identifier: types.TextDocumentIdentifier) -> Document | None:
        document = server.documents.get(identifier.uri)
        return (await document.analysis()).document if document is not None else None

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    async def whole(params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        document = await parsed(params.text_document)
        return await asyncio.to_thread(formatting, document, server.encoding) if document else []

    @server.feature(
        types.TEXT_DOCUMENT_RANGE_FORMATTING, types.DocumentRangeFormattingOptions(ranges_support=True)
    )
    async def part(params: types.DocumentRangeFormattingParams) -> list[types.TextEdit]:
        document = await parsed(params.text_document)
        if document is None:
            return []
        return await asyncio.to_thread(range_formatting, document, [params.range], server.encoding)

    @server.feature(types.TEXT_DOCUMENT_RANGES_FORMATTING)
    async def parts(params: types.DocumentRangesFormattingParams) -> list[types.TextEdit]:
        document = await parsed(params.text_document)
        if document is None:
            return []
        return await asyncio.to_thread(range_formatting, document, params.ranges, server.encoding)

    @server.feature(
        types.TEXT_DOCUMENT_ON_TYPE_FORMATTING,
        types.DocumentOnTypeFormattingOptions(first_trigger_character="\n"),
    )
    async def typed(params: types.DocumentOnTypeFormattingParams) -> list[types.TextEdit]:
        document = await parsed(params.text_document)
        return on_type_formatting(document, params.position, server.encoding) if document else []
