"""Finds the part of a scalar's text that a diagnostic is about, and replaces the text."""

from __future__ import annotations

from typing import NamedTuple

from ...language.analysis import Analysis, Diagnostic
from ...language.syntax import Scalar
from ...language.syntax.ancestors import ancestors_at
from ...language.syntax.edits import TextEdit, as_yaml
from ...language.syntax.scalar_ranges import content_offset
from .fix import Fix


class ContentRange(NamedTuple):
    """A part of a scalar's text."""

    scalar: Scalar
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.scalar.text[self.start : self.end]

    def replaced(self, new: str) -> str:
        """Return the scalar's text with this part replaced."""
        return self.scalar.text[: self.start] + new + self.scalar.text[self.end :]


def part_at(analysis: Analysis, diagnostic: Diagnostic) -> ContentRange | None:
    """Return the part that a diagnostic is about; None if it is not about one, or in an alias."""
    scalar = ancestors_at(analysis.document, diagnostic.start).scalar
    if scalar is None or scalar.alias:
        return None
    base = analysis.document.offsets(scalar)[0] - scalar.start
    start, end = (content_offset(scalar, offset - base) for offset in (diagnostic.start, diagnostic.end))
    return None if start is None or end is None else ContentRange(scalar, start, end)


def rewritten(analysis: Analysis, scalar: Scalar, text: str, title: str, preferred: bool = True) -> Fix:
    """Return the fix that replaces a scalar's text, in its style where that can hold the new one."""
    style = '"' if scalar.style == "" and "'" in text and text.startswith(("'", "!")) else scalar.style
    return Fix(title, (TextEdit(*analysis.document.offsets(scalar), as_yaml(text, style)),), preferred)
