"""Converts columns between code points and the UTF-16 units of clients."""

from __future__ import annotations

from ..sites import Sites


def to_units(sites: Sites, line: int, column: int) -> int:
    """Return the UTF-16 column of a column in code points."""
    return len(_line(sites, line)[:column].encode("utf-16-le", "surrogatepass")) // 2


def from_units(sites: Sites, line: int, column: int) -> int:
    """Return the column in code points of a UTF-16 column."""
    encoded = _line(sites, line).encode("utf-16-le", "surrogatepass")[: 2 * column]
    return len(encoded.decode("utf-16-le", "ignore"))


def _line(sites: Sites, line: int) -> str:
    lines = sites.workflow.document.lines
    return lines.text[lines.offset(line, 0) : lines.line_end(line)] if line < len(lines) else ""
