"""What can go wrong with an expression, each with its place in the text."""

from __future__ import annotations

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """A finding of the parser or the checker.

    ``code`` is a stable slug (docs/cel.md lists them), ``start`` and ``end`` are code-point offsets in the
    expression, ``suggestion`` is a name the author probably meant.
    """

    code: str
    message: str
    start: int
    end: int
    suggestion: str | None = None


class CelError(Exception):
    """Base of every error this package raises."""


class ParseError(CelError):
    """The text is no expression; ``problems`` says where and why."""

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
    """A function refuses its arguments; the caller adds the place. Never put a value in the message."""

    def __init__(self, message: str, code: str = "invalid-argument") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
