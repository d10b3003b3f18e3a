"""Semantic tokens: whole, as the difference to what was sent before, or of a range."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from lsprotocol import types

from ..documents import OpenDocument
from ..features.semantic_tokens import LEGEND, Painting, between, difference, join, paint

if TYPE_CHECKING:
    from ..server import Server


class _Sent(NamedTuple):
    result_id: str
    data: list[int]
    painted: Painting


def register(server: Server) -> None:
    sent: WeakKeyDictionary[OpenDocument, _Sent] = WeakKeyDictionary()
    ids = map(str, count(1))

    async def tokens(document: OpenDocument) -> _Sent:
        """The tokens of a text as it is, with the same id while they stay so."""
        analysis = await document.analysis()
        before = sent.get(document)
        known = before.painted if before else None
        painted = await asyncio.to_thread(paint, analysis, server.encoding, known)
        data = join(analysis.document, painted)
        is_same = before is not None and before.data == data
        result_id = before.result_id if before is not None and is_same else next(ids)
        sent[document] = _Sent(result_id, data, painted)
        return sent[document]

    @server.feature(
        types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
        types.SemanticTokensRegistrationOptions(
            legend=LEGEND, full=types.SemanticTokensFullDelta(delta=True), range=True
        ),
    )
    async def full(params: types.SemanticTokensParams) -> types.SemanticTokens | None:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return None
        now = await tokens(document)
        return types.SemanticTokens(data=now.data, result_id=now.result_id)

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA)
    async def delta(
        params: types.SemanticTokensDeltaParams,
    ) -> types.SemanticTokens | types.SemanticTokensDelta | None:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return None
        before = sent.get(document)
        now = await tokens(document)
        if before is None or before.result_id != params.previous_result_id:
            return types.SemanticTokens(data=now.data, result_id=now.result_id)
        start, removed, added = difference(before.data, now.data)
        edits = [types.SemanticTokensEdit(start, removed, added)] if removed or added else []
        return types.SemanticTokensDelta(edits=edits, result_id=now.result_id)

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE)
    async def part(params: types.SemanticTokensRangeParams) -> types.SemanticTokens | None:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return None
        now = await tokens(document)
        first, last = params.range.start.line, params.range.end.line
        return types.SemanticTokens(data=between(now.data, first, last))
