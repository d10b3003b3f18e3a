"""Converts columns between code points and the UTF-16 units of clients."""

from __future__ import annotations

from ..sites import Sites

_ENCODING = "utf-16-le"


def to_units(sites: Sites, line: int, column: int) -> int:
    """Return the UTF-16 column of a column in code points."""
    return units_of(_line(sites, line)[:column])


def from_units(sites: Sites, line: int, column: int) -> int:
    """Return the column in code points of a UTF-16 column."""
    return code_points_of(_line(sites, line), column)


def units_of(text: str) -> int:
    """Return how many UTF-16 units a text has."""
    return len(text.encode(_ENCODING, "surrogatepass")) // 2


def code_points_of(text: str, units: int) -> int:
    """Return how many code points the first UTF-16 units of a text are."""
    return len(text.encode(_ENCODING, "surrogatepass")[: 2 * units].decode(_ENCODING, "ignore"))


def _line(sites: Sites, line: int) -> str:
    lines = sites.workflow.document.lines
    return lines.line_text(line) if line < len(lines) else ""
