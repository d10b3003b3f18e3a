"""What a text would become, as a unified diff."""

from __future__ import annotations


def unified(path: str, before: str, after: str) -> str:
    """The difference, ready to be given to `patch`; empty where there is none."""
    if before == after:
        return ""
    from difflib import unified_diff

    old, new = (text.splitlines(keepends=True) for text in (before, after))
    lines = unified_diff(old, new, f"a/{path}", f"b/{path}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
