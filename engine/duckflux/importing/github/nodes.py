"""Looks at parts of a workflow of GitHub, whatever somebody has written there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def steps_of(holder: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the steps of a job or of an action."""
    return [step for step in holder.get("steps") or [] if isinstance(step, dict)]


def names_in(given: Any) -> list[str]:
    """Return the names that a field lists, which may be one alone."""
    if given is None:
        return []
    return [str(given)] if not isinstance(given, (list, dict)) else [str(one) for one in given]


def texts_in(node: Any) -> Iterator[str]:
    """Yield all texts of a tree."""
    if isinstance(node, dict):
        for value in node.values():
            yield from texts_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts_in(value)
    elif isinstance(node, str):
        yield node


def one_line(value: Any) -> str:
    """Return a value as a text of one line, cut where it is long."""
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else text[:79] + "…"


def shown_if(holder: Mapping[str, Any]) -> str:
    """Return the condition of a step or job as a message names it, empty without one."""
    given = holder.get("if")
    shown = str(given).lower() if isinstance(given, bool) else one_line(given)
    return f", `if: {shown}`" if given is not None else ""
