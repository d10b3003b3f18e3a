"""Did you mean ...?"""

from __future__ import annotations

from collections.abc import Iterable


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known name that a misspelt word most likely stands for, or None."""
    from difflib import get_close_matches

    names = list(known)
    same_letters = {_folded(name): name for name in names}
    if match := same_letters.get(_folded(word)):
        return match
    matches = get_close_matches(word, names, n=1, cutoff=0.6)
    return matches[0] if matches else None


def did_you_mean(suggestion: str | None) -> str:
    """The end of a message: `: did you mean `x`?`, or nothing."""
    return f": did you mean `{suggestion}`?" if suggestion else ""


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
