"""Converts columns between code points and the UTF-16 units of clients."""

from __future__ import annotations

_ENCODING = "utf-16-le"


def units_of(text: str) -> int:
    """Return how many UTF-16 units a text has."""
    return len(text.encode(_ENCODING, "surrogatepass")) // 2


def code_points_of(text: str, units: int) -> int:
    """Return how many code points the first UTF-16 units of a text are."""
    return len(text.encode(_ENCODING, "surrogatepass")[: 2 * units].decode(_ENCODING, "ignore"))
