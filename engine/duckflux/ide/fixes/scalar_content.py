"""The text of a scalar: where a diagnostic is in it, and how it is written anew."""

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
        """The scalar's text with another one in this place."""
        return self.scalar.text[: self.start] + new + self.scalar.text[self.end :]


def part_at(analysis: Analysis, diagnostic: Diagnostic) -> ContentRange | None:
    """The part that a diagnostic is about; None if it is not about one, or in an alias."""
    scalar = ancestors_at(analysis.document, diagnostic.start).scalar
    if scalar is None or scalar.alias:
        return None
    base = analysis.document.offsets(scalar)[0] - scalar.start
    start, end = (content_offset(scalar, offset - base) for offset in (diagnostic.start, diagnostic.end))
    return None if start is None or end is None else ContentRange(scalar, start, end)


def rewritten(analysis: Analysis, scalar: Scalar, text: str, title: str, preferred: bool = True) -> Fix:
    """Write another text in a scalar's place, in its style where that holds it."""
    style = '"' if scalar.style == "" and "'" in text and text.startswith("'") else scalar.style
    return Fix(title, (TextEdit(*analysis.document.offsets(scalar), as_yaml(text, style)),), preferred)
