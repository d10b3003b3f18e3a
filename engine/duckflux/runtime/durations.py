"""Durations of the language (LANGUAGE section 1): `^[0-9]+(ms|s|m|h|d)$`."""

from __future__ import annotations

import re

_FORM = re.compile(r"([0-9]+)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
# asyncio's timers take no more; it is over 30 years.
_LONGEST = 1e9


def parse_duration(text: str) -> float:
    """The duration in seconds. Raises ValueError when it is none."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no duration such as 30s or 5m")
    return min(int(match[1]) * _SECONDS[match[2]], _LONGEST)
