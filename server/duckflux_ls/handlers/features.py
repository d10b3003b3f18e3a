"""What is asked about a text once it has been analysed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from duckflux.language.analysis import Analysis
from lsprotocol import types

from ..documents import OpenDocument
from ..features.code_action import KINDS, RUN_KIND, Abilities, code_actions
from ..features.document_symbol import document_symbols
from ..features.folding_range import folding_ranges
from ..features.inlay_hint import inlay_hints, tooltip
from ..features.language_hints import language_hints
from ..features.run_actions import run_actions
from ..features.selection_range import selection_range
from ..positions import to_offset

if TYPE_CHECKING:
    from ..server import Server


def register(server: Server) -> None:
    symbols: WeakKeyDictionary[OpenDocument, tuple[Analysis, list[types.DocumentSymbol]]] = (
        WeakKeyDictionary()
    )

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    async def document_symbol(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return []
        analysis = await document.analysis()
        known = symbols.get(document)
        if known is None or known[0] is not analysis:
            known = analysis, await asyncio.to_thread(document_symbols, analysis, server.encoding)
            symbols[document] = known
        return known[1]

    @server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
    async def folding_range(params: types.FoldingRangeParams) -> list[types.FoldingRange]:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return []
        return await asyncio.to_thread(folding_ranges, await document.analysis())

    @server.feature(types.TEXT_DOCUMENT_SELECTION_RANGE)
    async def selection(params: types.SelectionRangeParams) -> list[types.SelectionRange]:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return []
        analysis = await document.analysis()
        lines = analysis.document.lines
        offsets = [to_offset(lines, position, server.encoding) for position in params.positions]
        return [selection_range(analysis, offset, server.encoding) for offset in offsets]

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=KINDS))
    async def code_action(params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return []
        analysis, running = await document.analysis(), server.runs.is_running(document.uri)
        shown = server.configured(analysis)
        client = Abilities(server.client.can_create_files(), server.client.shows_disabled_actions())
        found = await asyncio.to_thread(code_actions, shown, params, running, server.encoding, client)
        by_hand = params.context.trigger_kind != types.CodeActionTriggerKind.Automatic
        may_run = by_hand and not running and not analysis.errors
        if may_run and any(getattr(action, "kind", None) == RUN_KIND for action in found):
            offset = to_offset(analysis.document.lines, params.range.start, server.encoding)
            overlay = server.runs.overlay(document.uri)
            found += run_actions(analysis, document.uri, offset, overlay, RUN_KIND)
        return found

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT, types.InlayHintOptions(resolve_provider=True))
    async def inlay_hint(params: types.InlayHintParams) -> list[types.InlayHint]:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return []
        analysis, overlay = await document.analysis(), server.runs.overlay(document.uri)
        lazy = document.uri if server.client.asks_for_tooltips else None
        hints = inlay_hints(overlay, document.lines, params.range, server.encoding, lazy) if overlay else []
        taken = {hint.position.line for hint in hints}
        more = language_hints(analysis, params.range, server.encoding, server.settings.hints)
        return hints + [hint for hint in more if hint.position.line not in taken]

    @server.feature(types.INLAY_HINT_RESOLVE)
    def resolve(hint: types.InlayHint) -> types.InlayHint:
        match hint.data:
            case [str(uri), str(step)] if (overlay := server.runs.overlay(uri)) is not None:
                hint.tooltip = tooltip(overlay, step)
        return hint
