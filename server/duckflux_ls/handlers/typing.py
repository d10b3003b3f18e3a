"""What is asked with every key: answered from the text as it is, without waiting for its analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from ..features.hover import hover
from ..features.signature_help import signature_help
from ..positions import to_offset, to_range

if TYPE_CHECKING:
    from ..server import Server


def register(server: Server) -> None:
    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION,
        types.CompletionOptions(trigger_characters=[*".:/$\"'- "], resolve_provider=True),
    )
    async def completion(params: types.CompletionParams) -> types.CompletionList | None:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return None
        kind = params.context.trigger_kind if params.context is not None else None
        by_hand = kind in (None, types.CompletionTriggerKind.Invoked)
        may_ask = by_hand and server.runs.trusted and server.settings.mcp.tools
        snippets = server.client.knows_snippets
        return await server.offers.at(
            document, params.position, server.encoding, may_ask=may_ask, snippets=snippets
        )

    @server.feature(types.COMPLETION_ITEM_RESOLVE)
    def resolve(item: types.CompletionItem) -> types.CompletionItem:
        doc = server.offers.doc_of(item.data)
        if doc:
            item.documentation = types.MarkupContent(types.MarkupKind.Markdown, doc)
        return item

    @server.feature(
        types.TEXT_DOCUMENT_SIGNATURE_HELP,
        types.SignatureHelpOptions(trigger_characters=["("], retrigger_characters=[","]),
    )
    def signatures(params: types.SignatureHelpParams) -> types.SignatureHelp | None:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return None
        offset = to_offset(document.lines, params.position, server.encoding)
        return signature_help(document.lines, offset, document.last_analysis)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hovered(params: types.HoverParams) -> types.Hover | None:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return None
        analysis = await document.analysis()
        lines = analysis.document.lines
        found = hover(analysis, to_offset(lines, params.position, server.encoding))
        if found is None:
            return None
        contents = types.MarkupContent(types.MarkupKind.Markdown, found.text)
        return types.Hover(contents, to_range(lines, found.start, found.end, server.encoding))
