"""Finds all occurrences of the symbol at an offset, in one file or in all."""

from __future__ import annotations

from collections.abc import Iterable

from .occurrences import AnyOccurrences, Reference, WorkflowOccurrences, references_to


def references(
    occurrences: WorkflowOccurrences,
    offset: int,
    workflows: Iterable[AnyOccurrences],
    *,
    include_definitions: bool = True,
) -> list[Reference]:
    """Return the occurrences of the symbol at an offset, in any of these workflows."""
    here = occurrences.at(offset)
    if here is None:
        return []
    found = references_to(occurrences.identity(here.symbol), workflows)
    return [one for one in found if include_definitions or not one.occurrence.defines]


def highlights(occurrences: WorkflowOccurrences, offset: int) -> list[Reference]:
    """Return the occurrences, in the same text, of the symbol at an offset."""
    return references(occurrences, offset, (occurrences,))
