"""textDocument/definition: from a name to what it names, from a path to its file; textDocument/declaration: to
where a name stands first."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lsprotocol import types

from ..positions import TOP
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
        return [types.Location(Path(file).as_uri(), TOP)] if Path(file).is_file() else []
    found = occurrences_of(names.identity(here.symbol), files)
    return [one.location(encoding) for one in found if one.occurrence.defines]


def declaration(
    names: Names, offset: int, files: Iterable[AnyNames], encoding: types.PositionEncodingKind | str
) -> list[types.Location]:
    """The first of the places that define what is named at an offset: the first `set` of a key, the first step
    that emits an event; one in this file before those in others."""
    found = definition(names, offset, files, encoding)
    here = [one for one in found if one.uri == names.uri]
    return (here or found)[:1]
