"""Answers `workspace/symbol`."""

from __future__ import annotations

from duckflux.ide.workspace_symbols import SymbolKind, WorkspaceSymbol, workspace_symbols
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.conversions import to_location
from ..session.positions import FILE_START, Encoding

_KINDS: dict[SymbolKind, types.SymbolKind] = {
    "workflow": types.SymbolKind.Module,
    "step": types.SymbolKind.Function,
    "input": types.SymbolKind.Property,
    "key": types.SymbolKind.Variable,
    "loop": types.SymbolKind.Variable,
    "event": types.SymbolKind.Event,
}


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.WORKSPACE_SYMBOL)
    async def workspace_symbol(params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
        found = workspace_symbols(params.query, await state.occurrences.everywhere())
        return [_to_symbol(symbol, state.encoding) for symbol in found]


def _to_symbol(symbol: WorkspaceSymbol, encoding: Encoding) -> types.WorkspaceSymbol:
    kind = _KINDS[symbol.kind]
    if symbol.reference is None:
        return types.WorkspaceSymbol(
            types.Location(symbol.workflow.uri, FILE_START), name=symbol.name, kind=kind
        )
    location = to_location(symbol.reference, encoding)
    container = symbol.workflow.file_name
    return types.WorkspaceSymbol(location, name=symbol.name, kind=kind, container_name=container)
