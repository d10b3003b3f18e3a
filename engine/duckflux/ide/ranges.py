"""Ranges of a text, as the editor features return them."""

from __future__ import annotations

from typing import NamedTuple


class TextRange(NamedTuple):
    """A range of a text, in code points; `end` is exclusive."""

    start: int
    end: int


class LineRange(NamedTuple):
    """A range as lines and columns, 0-based; columns count in the units of the editor that it was made for."""

    start_line: int
    start_column: int
    end_line: int
    end_column: int
