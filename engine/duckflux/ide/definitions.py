"""Finds where a symbol is defined, and the file that a path names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from .occurrences import AnyOccurrences, Reference, WorkflowOccurrences, references_to

Target: TypeAlias = Reference | Path
"""An occurrence that defines a symbol, or a whole file."""


def definitions(
    occurrences: WorkflowOccurrences, offset: int, workflows: Iterable[AnyOccurrences]
) -> list[Target]:
    """Return where the symbol at an offset is defined, in any of these workflows."""
    here = occurrences.at(offset)
    if here is None:
        return []
    file = occurrences.file_of(here.symbol)
    if file is not None:
        return [Path(file)] if Path(file).is_file() else []
    found = references_to(occurrences.identity(here.symbol), workflows)
    return [reference for reference in found if reference.occurrence.defines]


def declarations(
    occurrences: WorkflowOccurrences, offset: int, workflows: Iterable[AnyOccurrences]
) -> list[Target]:
    """Return the first definition of the symbol at an offset; one in the same file comes before others.

    That is the first `set` of a key, or the first step that emits an event.
    """
    found = definitions(occurrences, offset, workflows)
    here = [one for one in found if _uri(one) == occurrences.uri]
    return (here or found)[:1]


def _uri(target: Target) -> str:
    return target.as_uri() if isinstance(target, Path) else target.workflow.uri
