"""Answers `textDocument/documentSymbol`."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from duckflux.ide.document_symbols import DocumentSymbol, SymbolKind, document_symbols
from duckflux.language.analysis import Analysis
from duckflux.language.syntax import LineIndex
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.documents import OpenDocument
from ..session.positions import Encoding, to_range

_KINDS: dict[SymbolKind, types.SymbolKind] = {
    "section": types.SymbolKind.Namespace,
    "participant": types.SymbolKind.Function,
    "field": types.SymbolKind.Property,
    "construct": types.SymbolKind.Struct,
    "call": types.SymbolKind.Method,
    "variable": types.SymbolKind.Variable,
    "event": types.SymbolKind.Event,
}


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""
    symbols: WeakKeyDictionary[OpenDocument, tuple[Analysis, list[types.DocumentSymbol]]] = (
        WeakKeyDictionary()
    )

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    @state.documents.with_analysis
    async def document_symbol(
        params: types.DocumentSymbolParams, document: OpenDocument, analysis: Analysis
    ) -> list[types.DocumentSymbol]:
        known = symbols.get(document)
        if known is None or known[0] is not analysis:
            known = analysis, await asyncio.to_thread(_converted, analysis, state.encoding)
            symbols[document] = known
        return known[1]


def _converted(analysis: Analysis, encoding: Encoding) -> list[types.DocumentSymbol]:
    lines = analysis.document.lines
    return [_to_symbol(symbol, lines, encoding) for symbol in document_symbols(analysis)]


def _to_symbol(symbol: DocumentSymbol, lines: LineIndex, encoding: Encoding) -> types.DocumentSymbol:
    return types.DocumentSymbol(
        name=symbol.name,
        kind=_KINDS[symbol.kind],
        range=to_range(lines, *symbol.range, encoding),
        selection_range=to_range(lines, *symbol.selection, encoding),
        detail=symbol.detail or None,
        children=[_to_symbol(child, lines, encoding) for child in symbol.children] or None,
    )
