"""Tells which workflows call which, and which participants take over for which when they fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from ..language.semantics.symbols import Occurrence
from ..language.syntax import Mapping
from .occurrences import AnyOccurrences, Identity, Reference, WorkflowOccurrences, references_to


class HierarchyItem(msgspec.Struct, frozen=True):
    """A workflow or, with the `definition` of a step, that step."""

    name: str
    workflow: AnyOccurrences
    definition: Reference | None = None


class HierarchyCall(msgspec.Struct, frozen=True):
    """The item at the other end of a call, and where the calls are written."""

    item: HierarchyItem
    references: list[Reference]


def hierarchy_items(
    occurrences: WorkflowOccurrences, offset: int, workflows: Iterable[AnyOccurrences]
) -> list[HierarchyItem]:
    """Return the workflow that the path at an offset names, else the step there, else the whole workflow."""
    here = occurrences.at(offset)
    if here is not None and (file := occurrences.file_of(here.symbol)) is not None:
        return [_workflow(one) for one in workflows if one.file_identity == ("file", file)]
    if here is not None and here.symbol.kind == "step":
        step = _step(occurrences, here.symbol.name)
        return [step] if step is not None else []
    return [_workflow(occurrences)]


def incoming_calls(
    step: str | None, occurrences: WorkflowOccurrences, workflows: Iterable[AnyOccurrences]
) -> list[HierarchyCall]:
    """Return the workflows that call a workflow or, of a step, the participants whose `onError` names it.

    `step` is None for the workflow itself; `occurrences` are those of the workflow.
    """
    if step is None:
        callers = references_to(occurrences.file_identity, workflows)
        return _grouped(callers, lambda reference: _workflow(reference.workflow))
    holders: dict[Reference, str] = {}
    for occurrence in occurrences.of(occurrences.step_identity(step)):
        holder = _fallback_holder(occurrences, occurrence)
        if holder is not None:
            holders[Reference(occurrences, occurrence)] = holder
    return _grouped(list(holders), lambda reference: _step(occurrences, holders[reference]))


def outgoing_calls(
    step: str | None, occurrences: WorkflowOccurrences, workflows: Iterable[AnyOccurrences]
) -> list[HierarchyCall]:
    """Return the workflows that a workflow calls or, of a step, the participant that its `onError` names.

    `step` is None for the workflow itself; `occurrences` are those of the workflow.
    """
    if step is None:
        by_file = {one.file_identity: one for one in workflows}
        paths = [Reference(occurrences, one) for one in occurrences if one.symbol.kind == "file"]
        return _grouped(paths, lambda reference: _called(occurrences, reference, by_file))
    fallbacks = [
        Reference(occurrences, one)
        for one in occurrences
        if one.symbol.kind == "step" and not one.defines and _fallback_holder(occurrences, one) == step
    ]
    return _grouped(fallbacks, lambda reference: _step(occurrences, reference.occurrence.symbol.name))


def _called(
    occurrences: WorkflowOccurrences, reference: Reference, by_file: dict[Identity, AnyOccurrences]
) -> HierarchyItem | None:
    other = by_file.get(occurrences.identity(reference.occurrence.symbol))
    return _workflow(other) if other is not None else None


def _grouped(
    references: list[Reference], item_of: Callable[[Reference], HierarchyItem | None]
) -> list[HierarchyCall]:
    """Return the references by the item that each belongs to, without those that belong to none."""
    calls: dict[tuple[str, str], HierarchyCall] = {}
    for reference in references:
        item = item_of(reference)
        if item is not None:
            call = calls.setdefault((item.workflow.uri, item.name), HierarchyCall(item, []))
            call.references.append(reference)
    return list(calls.values())


def _fallback_holder(occurrences: WorkflowOccurrences, occurrence: Occurrence) -> str | None:
    """Return the participant whose `onError` an occurrence is in, or None."""
    document = occurrences.analysis.document
    wanted = occurrences.range_of(occurrence)
    for name, participant in occurrences.analysis.workflow.participants.items():
        target = participant.node.get("onError") if isinstance(participant.node, Mapping) else None
        if target is not None:
            start, end = document.offsets(target)
            if start <= wanted.start and wanted.end <= end:
                return name
    return None


def _workflow(workflow: AnyOccurrences) -> HierarchyItem:
    return HierarchyItem(workflow.title or workflow.file_name, workflow)


def _step(occurrences: WorkflowOccurrences, name: str) -> HierarchyItem | None:
    found = references_to(occurrences.step_identity(name), (occurrences,))
    definition = next((one for one in found if one.occurrence.defines), None)
    return HierarchyItem(name, occurrences, definition) if definition is not None else None
