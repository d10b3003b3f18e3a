"""workspace/symbol: workflows, their participants, inputs and events, by a part of their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lsprotocol import types
from lsprotocol.types import SymbolKind

from .names import AnyNames, Found

_MOST = 300
_TOP = types.Range(types.Position(0, 0), types.Position(0, 0))
_KINDS = {
    "step": SymbolKind.Function,
    "input": SymbolKind.Property,
    "key": SymbolKind.Variable,
    "loop": SymbolKind.Variable,
    "event": SymbolKind.Event,
}


def workspace_symbols(
    query: str, files: Iterable[AnyNames], encoding: types.PositionEncodingKind | str
) -> list[types.WorkspaceSymbol]:
    """The symbols whose names have the letters of the query in its order; those that begin with it first."""
    wanted = query.casefold()
    found = [symbol for names in files for symbol in _symbols(names, encoding) if _fits(wanted, symbol.name)]
    found.sort(key=lambda symbol: (not symbol.name.casefold().startswith(wanted), len(symbol.name)))
    return found[:_MOST]


def _symbols(names: AnyNames, encoding: types.PositionEncodingKind | str) -> Iterator[types.WorkspaceSymbol]:
    title, file = names.title, names.uri.rpartition("/")[2]
    yield types.WorkspaceSymbol(
        location=types.Location(names.uri, _TOP),
        name=f"{title} ({file})" if title else file,
        kind=SymbolKind.Module,
    )
    for one in names:
        kind = _KINDS.get(one.symbol.kind)
        if not one.defines or kind is None or one.symbol.owner is not None:
            continue
        location = Found(names, one).location(encoding)
        yield types.WorkspaceSymbol(location, name=one.symbol.name, kind=kind, container_name=file)


def _fits(wanted: str, name: str) -> bool:
    rest = iter(name.casefold())
    return all(letter in rest for letter in wanted)
