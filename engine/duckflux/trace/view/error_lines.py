"""Shortens errors, which may quote many lines of what a command printed: the last ones tell why it failed."""

from __future__ import annotations


def error_lines(error: str, limit: int) -> list[str]:
    """Return what failed, and the last `limit` lines of what the error quotes."""
    what, *quoted = error.splitlines() or [""]
    hidden = len(quoted) - limit
    if hidden <= 0:
        return [what, *quoted]
    return [what, f"... {hidden} more line{'s' if hidden > 1 else ''}", *quoted[hidden:]]
