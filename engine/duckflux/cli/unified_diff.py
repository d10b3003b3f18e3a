"""Makes unified diffs."""

from __future__ import annotations


def unified(path: str, before: str, after: str) -> str:
    """Return the difference of two texts as input for `patch`, empty if they are equal."""
    if before == after:
        return ""
    from difflib import unified_diff

    old, new = (text.splitlines(keepends=True) for text in (before, after))
    lines = unified_diff(old, new, f"a/{path}", f"b/{path}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
