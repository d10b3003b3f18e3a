"""Prints tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...terminal_text import printable_line


def print_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], right: frozenset[int] = frozenset()
) -> None:
    """Print rows in columns as wide as their widest cell; the columns in `right` are aligned to the right."""
    table = [[*map(printable_line, row)] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    for row in table:
        cells = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join(cells).rstrip())
