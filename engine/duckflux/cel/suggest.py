"""Suggest the name that a misspelled one stands for."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

# Comparing takes time quadratic in the length, for each name that is misspelled with each that it could be.
_MAX_CANDIDATES = 200
_MAX_LENGTH = 100


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that a misspelled name most likely stands for, or None when none is near."""
    from difflib import get_close_matches

    pool = list(islice(candidates, _MAX_CANDIDATES))
    same_letters = {_folded(candidate): candidate for candidate in pool}
    if match := same_letters.get(_folded(name)):
        return match
    if len(name) > _MAX_LENGTH:
        return None
    matches = get_close_matches(name, [one for one in pool if len(one) <= _MAX_LENGTH], n=1, cutoff=0.6)
    return matches[0] if matches else None


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
