"""Collects what has no counterpart while a pipeline is read."""

from __future__ import annotations

from .plan import NotTranslated
from .source import Source


class Notes:
    """The parts without counterpart that were found, in the order of reading."""

    def __init__(self) -> None:
        self.found: list[NotTranslated] = []

    def add(self, source: Source, line: int, what: str, reason: str, kind: str) -> str:
        """Take note of what is not translated, and return it as a comment."""
        self.found.append(NotTranslated(line + 1, what, reason, kind, source.file))
        return f"# not translated: {what}: {reason}"

    def leave_out(self, source: Source, line: int, what: str, reason: str, kind: str) -> list[str]:
        """Take note of a part that is left out, and return it as comments."""
        return [self.add(source, line, what, reason, kind), *source.quoted(line)]
