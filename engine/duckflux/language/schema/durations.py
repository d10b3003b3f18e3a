"""Parses durations (docs/language.md#1-file): `^[0-9]+(ms|s|m|h|d)$`."""

from __future__ import annotations

import re

_DURATION = re.compile(r"([0-9]+)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
# The limit of asyncio's timers, over 30 years.
_MAX_SECONDS = 1e9


def parse_duration(text: str) -> float:
    """Return the seconds of a duration such as `30s`. Raises ValueError if it is invalid."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"invalid duration {text!r}: use a number and a unit, such as 30s or 5m")
    return min(int(match[1]) * _SECONDS[match[2]], _MAX_SECONDS)
