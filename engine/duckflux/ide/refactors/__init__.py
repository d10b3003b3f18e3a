"""Offers refactorings: other ways to write the same workflow, or a frame for new steps.

A refactoring that would cause new errors, or break the YAML, is not offered.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ...language.analysis import Analysis, analyse
from ...language.syntax.edits import TextEdit, apply, introduces_errors
from ..recorded_values import RecordedRun
from . import participants, wrap
from .extract import NewFile, extract
from .inline import to_inline
from .observed_schema import observed_schema
from .recorded_defaults import recorded_defaults
from .selection_boundary import RefusedError


class Refactoring(msgspec.Struct, frozen=True):
    """A title, and the edits that do it.

    `kind` is "extract", "inline" or "rewrite". `file` is a new file that belongs to it; `refused` says why it
    is not possible here.
    """

    title: str
    kind: str
    edits: tuple[TextEdit, ...] = ()
    file: NewFile | None = None
    refused: str = ""


def refactorings(
    analysis: Analysis, start: int, end: int, run: RecordedRun | None = None
) -> Iterator[Refactoring]:
    """Yield the refactorings for a selection, or for the step at an offset where `start` equals `end`.

    With `run`, the last one, also those that write down what was observed.
    """
    offered = (*wrap.wraps(analysis, start, end), *participants.moves(analysis, start, end))
    for title, kind, edits in offered:
        if _is_no_worse(analysis, edits):
            yield Refactoring(title, kind, edits)
    if run is not None:
        for write in (observed_schema, recorded_defaults):
            found = write(analysis, start, end, run)
            if found is not None and _is_no_worse(analysis, found[1]):
                yield Refactoring(found[0], "rewrite", found[1])
    yield from _inlining(analysis, start, end)
    if start != end:
        yield from _extraction(analysis, start, end)


def _inlining(analysis: Analysis, start: int, end: int) -> Iterator[Refactoring]:
    try:
        found = to_inline(analysis, start, end)
    except RefusedError as refusal:
        yield Refactoring("Make it an inline step", "inline", refused=str(refusal))
        return
    if found is not None and _is_no_worse(analysis, found[1]):
        yield Refactoring(found[0], "inline", found[1])


def _extraction(analysis: Analysis, start: int, end: int) -> Iterator[Refactoring]:
    title = "Extract to a new workflow"
    try:
        found = extract(analysis, start, end)
    except RefusedError as refusal:
        yield Refactoring(title, "extract", refused=str(refusal))
        return
    if found is not None and not introduces_errors(analysis.document, found.edits):
        yield Refactoring(title, "extract", found.edits, found.file)


def _is_no_worse(analysis: Analysis, edits: tuple[TextEdit, ...]) -> bool:
    after = analyse(apply(analysis.document.text, edits), analysis.path, analysis)
    is_whole = len(after.document.problems) <= len(analysis.document.problems)
    return is_whole and len(after.errors) <= len(analysis.errors)


__all__ = ["NewFile", "Refactoring", "refactorings"]
