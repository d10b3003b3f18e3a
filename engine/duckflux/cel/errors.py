"""Syntax errors, type problems and failed evaluations, each with its range in the expression."""

from __future__ import annotations

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """A problem that the parser or the checker reports.

    ``code`` is a stable slug (docs/cel.md lists them), ``start`` and ``end`` are code-point offsets in the
    expression, ``suggestion`` is a name the author probably meant.
    """

    code: str
    message: str
    start: int
    end: int
    suggestion: str | None = None


class CelError(Exception):
    """The base class of every error that this package raises."""


class ParseError(CelError):
    """The text is not a valid expression; ``problems`` has the syntax errors."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0].message)
        self.problems = problems


class EvaluationError(CelError):
    """An evaluation failed.

    ``message`` quotes the expression but never a value of the context, which may be secret. ``start`` and ``end``
    are the range of the failing part, ``code`` a stable slug.
    """

    def __init__(self, message: str, start: int, end: int, code: str = "evaluation") -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.code = code


class Failure(CelError):  # noqa: N818
    """A function rejects its arguments; the caller adds the range. Never put a value in the message."""

    def __init__(self, message: str, code: str = "invalid-argument") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
