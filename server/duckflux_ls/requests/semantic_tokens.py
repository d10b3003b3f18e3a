"""Answers `textDocument/semanticTokens`: all, the difference to what was sent before, or a range."""

from __future__ import annotations

import asyncio
from itertools import count
from weakref import WeakKeyDictionary

import msgspec
from duckflux.ide.semantic_tokens import TOKEN_MODIFIERS, TOKEN_TYPES, DocumentTokens, semantic_tokens
from duckflux.language.analysis import Analysis
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.documents import OpenDocument
from ..session.encoded_tokens import EncodedItems, difference, encoded_items, joined, tokens_in_lines
from ..session.positions import Encoding


class _Sent(msgspec.Struct, frozen=True):
    """The tokens of a document that were sent last."""

    result_id: str
    data: list[int]
    tokens: DocumentTokens
    items: EncodedItems


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handlers to the server."""
    sent: WeakKeyDictionary[OpenDocument, _Sent] = WeakKeyDictionary()
    ids = map(str, count(1))

    async def current(document: OpenDocument, analysis: Analysis) -> _Sent:
        """Return the tokens of a document as it is, with the same id while they stay the same."""
        before = sent.get(document)
        tokens, items = await asyncio.to_thread(_encode, analysis, state.encoding, before)
        data = joined(analysis.document, items)
        is_same = before is not None and before.data == data
        result_id = before.result_id if before is not None and is_same else next(ids)
        sent[document] = _Sent(result_id, data, tokens, items)
        return sent[document]

    @server.feature(
        types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
        types.SemanticTokensRegistrationOptions(
            legend=types.SemanticTokensLegend(list(TOKEN_TYPES), list(TOKEN_MODIFIERS)),
            full=types.SemanticTokensFullDelta(delta=True),
            range=True,
        ),
    )
    @state.documents.with_analysis
    async def full(
        params: types.SemanticTokensParams, document: OpenDocument, analysis: Analysis
    ) -> types.SemanticTokens:
        now = await current(document, analysis)
        return types.SemanticTokens(data=now.data, result_id=now.result_id)

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA)
    @state.documents.with_document
    async def delta(
        params: types.SemanticTokensDeltaParams, document: OpenDocument
    ) -> types.SemanticTokens | types.SemanticTokensDelta:
        before = sent.get(document)
        now = await current(document, await document.analysis())
        if before is None or before.result_id != params.previous_result_id:
            return types.SemanticTokens(data=now.data, result_id=now.result_id)
        start, removed, added = difference(before.data, now.data)
        edits = [types.SemanticTokensEdit(start, removed, added)] if removed or added else []
        return types.SemanticTokensDelta(edits=edits, result_id=now.result_id)

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE)
    @state.documents.with_analysis
    async def tokens_of_range(
        params: types.SemanticTokensRangeParams, document: OpenDocument, analysis: Analysis
    ) -> types.SemanticTokens:
        now = await current(document, analysis)
        first, last = params.range.start.line, params.range.end.line
        return types.SemanticTokens(data=tokens_in_lines(now.data, first, last))


def _encode(
    analysis: Analysis, encoding: Encoding, before: _Sent | None
) -> tuple[DocumentTokens, EncodedItems]:
    tokens = semantic_tokens(analysis, before.tokens if before is not None else None)
    return tokens, encoded_items(tokens, encoding, before.items if before is not None else {})
