"""Refactorings: another way to write the same, or the frame for something more. Each is a title, a kind and the
edits; one that would bring new errors is not offered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..analysis import Analysis, analyse
from ..fixes.edits import Edit, apply
from . import participants, wrap


class Refactoring(NamedTuple):
    """`kind` is what comes after `refactor.`: "extract", "inline" or "rewrite"."""

    title: str
    kind: str
    edits: tuple[Edit, ...]


def refactorings(analysis: Analysis, start: int, end: int) -> Iterator[Refactoring]:
    """Those for a selection, or for the step at a place where `start` is `end`."""
    offered = (*wrap.wraps(analysis, start, end), *participants.moves(analysis, start, end))
    for title, kind, edits in offered:
        after = analyse(apply(analysis.document.text, edits), analysis.path, analysis)
        if len(after.errors) <= len(analysis.errors):
            yield Refactoring(title, kind, edits)


__all__ = ["Refactoring", "refactorings"]
