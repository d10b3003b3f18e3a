"""textDocument/definition: from a name to what it names, from a path to its file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lsprotocol import types

from .names import AnyNames, Names, occurrences_of


def definition(
    names: Names, offset: int, files: Iterable[AnyNames], encoding: types.PositionEncodingKind | str
) -> list[types.Location]:
    """Where what is named at an offset is defined. `files` are the workflows to look in."""
    here = names.at(offset)
    if here is None:
        return []
    file = names.file_of(here.symbol)
    if file is not None:
        top = types.Position(0, 0)
        return [types.Location(Path(file).as_uri(), types.Range(top, top))] if Path(file).is_file() else []
    found = occurrences_of(names.identity(here.symbol), files)
    return [one.location(encoding) for one in found if one.occurrence.defines]
