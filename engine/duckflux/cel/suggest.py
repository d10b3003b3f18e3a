"""Suggest the name that a misspelled one stands for."""

from __future__ import annotations

from collections.abc import Iterable


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that a misspelled name most likely stands for, or None when none is near."""
    from difflib import get_close_matches

    pool = list(candidates)
    same_letters = {_folded(candidate): candidate for candidate in pool}
    if match := same_letters.get(_folded(name)):
        return match
    matches = get_close_matches(name, pool, n=1, cutoff=0.6)
    return matches[0] if matches else None


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
