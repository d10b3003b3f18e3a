"""workspace/symbol: workflows, their participants, inputs and events, by a part of their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lsprotocol import types
from lsprotocol.types import SymbolKind

from ..positions import TOP
from .names import AnyNames, Found

_MOST = 300
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
    found = [found for names in files for found in _named(names) if _fits(wanted, found[0])]
    found.sort(key=lambda one: (not one[0].casefold().startswith(wanted), len(one[0])))
    return [_symbol(*one, encoding) for one in found[:_MOST]]


def _named(names: AnyNames) -> Iterator[tuple[str, AnyNames, Found | None]]:
    """The names by which a workflow and what it defines are found; without a place for the workflow itself."""
    file = names.file_name
    yield f"{names.title} ({file})" if names.title else file, names, None
    for one in names:
        if one.defines and one.symbol.kind in _KINDS and one.symbol.owner is None:
            yield one.symbol.name, names, Found(names, one)


def _symbol(
    name: str, names: AnyNames, found: Found | None, encoding: types.PositionEncodingKind | str
) -> types.WorkspaceSymbol:
    if found is None:
        return types.WorkspaceSymbol(types.Location(names.uri, TOP), name=name, kind=SymbolKind.Module)
    kind = _KINDS[found.occurrence.symbol.kind]
    return types.WorkspaceSymbol(
        found.location(encoding), name=name, kind=kind, container_name=names.file_name
    )


def _fits(wanted: str, name: str) -> bool:
    rest = iter(name.casefold())
    return all(letter in rest for letter in wanted)
