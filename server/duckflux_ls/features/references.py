"""textDocument/references and documentHighlight: where else the same thing is named."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from .names import AnyNames, Names, occurrences_of


def references(
    names: Names,
    offset: int,
    files: Iterable[AnyNames],
    encoding: types.PositionEncodingKind | str,
    *,
    declaration: bool = True,
) -> list[types.Location]:
    """All places that name what is named at an offset; its definition too if `declaration`."""
    here = names.at(offset)
    if here is None:
        return []
    found = occurrences_of(names.identity(here.symbol), files)
    return [one.location(encoding) for one in found if declaration or not one.occurrence.defines]


def highlights(
    names: Names, offset: int, encoding: types.PositionEncodingKind | str
) -> list[types.DocumentHighlight]:
    """The places in this text that name what is named at an offset."""
    here = names.at(offset)
    if here is None:
        return []
    write, read = types.DocumentHighlightKind.Write, types.DocumentHighlightKind.Read
    return [
        types.DocumentHighlight(one.range(encoding), write if one.occurrence.defines else read)
        for one in occurrences_of(names.identity(here.symbol), (names,))
    ]
