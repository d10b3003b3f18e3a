"""Did you mean ...?"""

from __future__ import annotations

from ..cel.suggest import closest


def did_you_mean(suggestion: str | None) -> str:
    """The end of a message: `: did you mean `x`?`, or nothing."""
    return f": did you mean `{suggestion}`?" if suggestion else ""


__all__ = ["closest", "did_you_mean"]
