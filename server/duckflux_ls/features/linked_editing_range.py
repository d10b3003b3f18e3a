"""textDocument/linkedEditingRange: names that are typed at all their places at once."""

from __future__ import annotations

from lsprotocol import types

from .names import Found, Names

# Of others the places are far apart, or in other files, and a half-typed name may be one that there is already:
# to rename asks first.
_KINDS = ("variable", "loop")
_WORD = "[A-Za-z_][A-Za-z0-9_]*"


def linked_editing_ranges(
    names: Names, offset: int, encoding: types.PositionEncodingKind | str
) -> types.LinkedEditingRanges | None:
    """The variable that an `input` gives to a command, and where the command reads it; the name of a loop, and
    where it is read. None for all else."""
    here = names.at(offset)
    if here is None or here.symbol.kind not in _KINDS:
        return None
    places = names.of(names.identity(here.symbol))
    if len(places) < 2 or any(one.symbol.name == "loop" for one in places):
        return None
    if not any(one.defines for one in places):
        return None
    return types.LinkedEditingRanges([Found(names, one).range(encoding) for one in places], _WORD)
