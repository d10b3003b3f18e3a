"""Edits of a text as LSP has them."""

from __future__ import annotations

from collections.abc import Iterable

from duckflux.ide.fixes import TextEdit
from duckflux.language.syntax import LineIndex
from lsprotocol import types

from ..positions import to_range


def text_edits(
    lines: LineIndex, edits: Iterable[TextEdit], encoding: types.PositionEncodingKind | str
) -> list[types.TextEdit]:
    """Edits of the text that these lines are of."""
    return [types.TextEdit(to_range(lines, edit.start, edit.end, encoding), edit.text) for edit in edits]
