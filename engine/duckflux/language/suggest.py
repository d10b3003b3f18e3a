"""Suggest the name that a misspelled one stands for."""

from __future__ import annotations

from ..cel.suggest import closest


def did_you_mean(suggestion: str | None) -> str:
    """Return the end of a message, `: did you mean `x`?`, or an empty text."""
    return f": did you mean `{suggestion}`?" if suggestion else ""


__all__ = ["closest", "did_you_mean"]
