"""A range of an expression's text, for the errors of an evaluation."""

from __future__ import annotations

import msgspec

from ..errors import EvaluationError, Failure

_MAX_EXCERPT = 60


class SourceRange(msgspec.Struct, frozen=True, eq=False, gc=False):
    """The code points of ``text`` from ``start`` up to ``end``."""

    text: str
    start: int
    end: int

    def error(self, message: str, code: str = "evaluation") -> EvaluationError:
        """Return an error at this range."""
        return EvaluationError(message, self.start, self.end, code)

    def located(self, failure: Failure) -> EvaluationError:
        """Return ``failure`` as an error at this range."""
        return self.error(failure.message, failure.code)

    def excerpt(self) -> str:
        """Return the text of the range, on one line, and cut when it is long."""
        text = " ".join(self.text[self.start : self.end].split())
        return text if len(text) <= _MAX_EXCERPT else text[: _MAX_EXCERPT - 3] + "..."
