"""Finds the occurrences of a name that an editor may edit all at once, while it is typed."""

from __future__ import annotations

from .occurrences import WorkflowOccurrences
from .ranges import TextRange

# The occurrences of other symbols are far apart, or in other files, and a half-typed name may be one that exists
# already: rename checks that first.
_KINDS = ("variable", "loop")
WORD_PATTERN = "[A-Za-z_][A-Za-z0-9_]*"
"""The regular expression that a name which is edited this way has to match."""


def linked_ranges(occurrences: WorkflowOccurrences, offset: int) -> list[TextRange]:
    """Return the occurrences that change together with the name at an offset; empty for other names.

    These are the variable that an `input` gives to a command with its reads in that command, and the name of a
    loop with its reads.
    """
    here = occurrences.at(offset)
    if here is None or here.symbol.kind not in _KINDS:
        return []
    found = occurrences.of(occurrences.identity(here.symbol))
    if len(found) < 2 or any(one.symbol.name == "loop" for one in found):
        return []
    if not any(one.defines for one in found):
        return []
    return [occurrences.range_of(one) for one in found]
