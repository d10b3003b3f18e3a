"""The text of a scalar: where a diagnostic is in it, and how it is written anew."""

from __future__ import annotations

from typing import NamedTuple

from ...language.analysis import Analysis, Diagnostic
from ...language.syntax import Scalar
from ...language.syntax.ancestors import trail
from ...language.syntax.edits import Edit, written
from ...language.syntax.scalar_ranges import offset_in
from .fix import Fix


class Part(NamedTuple):
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


def part_at(analysis: Analysis, diagnostic: Diagnostic) -> Part | None:
    """The part that a diagnostic is about; None if it is not about one, or in an alias."""
    scalar = trail(analysis.document, diagnostic.start).scalar
    if scalar is None or scalar.alias:
        return None
    base = analysis.document.offsets(scalar)[0] - scalar.start
    start, end = (offset_in(scalar, offset - base) for offset in (diagnostic.start, diagnostic.end))
    return None if start is None or end is None else Part(scalar, start, end)


def rewritten(analysis: Analysis, scalar: Scalar, text: str, title: str, preferred: bool = True) -> Fix:
    """Write another text in a scalar's place, in its style where that holds it."""
    style = '"' if scalar.style == "" and "'" in text and text.startswith("'") else scalar.style
    return Fix(title, (Edit(*analysis.document.offsets(scalar), written(text, style)),), preferred)
