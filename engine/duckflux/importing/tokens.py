"""Reads the tokens of the small languages in which pipelines have their conditions."""

from __future__ import annotations

import re


class UntranslatableError(Exception):
    """Raised for a part without counterpart; the message says why, `kind` is for statistics."""

    def __init__(self, message: str, kind: str = "rules") -> None:
        super().__init__(message)
        self.kind = kind


def tokens_of(text: str, token: re.Pattern[str]) -> list[tuple[str, str]]:
    """Return the tokens of a text as pairs of kind, a group of the pattern, and text.

    Raises UntranslatableError for what is not a token.
    """
    found: list[tuple[str, str]] = []
    text, at = text.strip(), 0
    while at < len(text):
        match = token.match(text, at)
        if match is None or match.lastgroup is None:
            raise UntranslatableError(f"`{text[at : at + 12].strip()}` is not understood")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found
