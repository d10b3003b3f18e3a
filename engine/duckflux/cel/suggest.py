"""Did you mean ...?"""

from __future__ import annotations

from collections.abc import Iterable


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like ``name``, None when none is near."""
    from difflib import get_close_matches

    pool = list(candidates)
    folded = {candidate.lower(): candidate for candidate in pool}
    if name.lower() in folded:
        return folded[name.lower()]
    found = get_close_matches(name, pool, n=1, cutoff=0.6)
    return found[0] if found else None
