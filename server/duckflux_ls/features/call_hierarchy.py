"""callHierarchy: which workflows run which, and which participants stand in for which when they fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from duckflux.language.semantics.symbols import Occurrence
from duckflux.language.syntax import Mapping
from lsprotocol import types
from lsprotocol.types import CallHierarchyItem, SymbolKind

from ..positions import TOP
from .names import AnyNames, Encoding, Found, Identity, Names, occurrences_of


def prepare(
    names: Names, offset: int, files: Iterable[AnyNames], encoding: Encoding
) -> list[CallHierarchyItem]:
    """What the hierarchy is asked of: the workflow that a path names, else the step, else the whole file."""
    here = names.at(offset)
    if here is not None and (file := names.file_of(here.symbol)) is not None:
        return [_workflow(one) for one in files if one.identity_of_file == ("file", file)]
    if here is not None and here.symbol.kind == "step":
        return [item for item in [_step(names, here.symbol.name, encoding)] if item is not None]
    return [_workflow(names)]


def incoming(
    item: CallHierarchyItem, names: Names, files: list[AnyNames], encoding: Encoding
) -> list[types.CallHierarchyIncomingCall]:
    """Who runs it: the workflows whose paths name a workflow; the participants whose `onError` names a step.
    `names` are those of the item's own file."""
    if not _is_step(item):
        callers = occurrences_of(names.identity_of_file, files)
        groups = _grouped(callers, lambda found: _workflow(found.names))
    else:
        held = [(one, _holder(names, one)) for one in names.of(names.identity_of_step(item.name))]
        holders = {Found(names, one): holder for one, holder in held if holder is not None}
        groups = _grouped(list(holders), lambda found: _step(names, holders[found], encoding))
    return [
        types.CallHierarchyIncomingCall(caller, [found.range(encoding) for found in places])
        for caller, places in groups
    ]


def outgoing(
    item: CallHierarchyItem, names: Names, files: list[AnyNames], encoding: Encoding
) -> list[types.CallHierarchyOutgoingCall]:
    """What it runs: the workflows that a workflow's paths name; the participant that a step's `onError` names.
    `names` are those of the item's own file."""
    if not _is_step(item):
        by_file = {one.identity_of_file: one for one in files}
        paths = [Found(names, one) for one in names if one.symbol.kind == "file"]
        groups = _grouped(paths, lambda found: _target(names, found, by_file))
    else:
        targets = [
            Found(names, one)
            for one in names
            if one.symbol.kind == "step" and not one.defines and _holder(names, one) == item.name
        ]
        groups = _grouped(targets, lambda found: _step(names, found.occurrence.symbol.name, encoding))
    return [
        types.CallHierarchyOutgoingCall(callee, [found.range(encoding) for found in places])
        for callee, places in groups
    ]


def _target(names: Names, found: Found, by_file: dict[Identity, AnyNames]) -> CallHierarchyItem | None:
    other = by_file.get(names.identity(found.occurrence.symbol))
    return _workflow(other) if other is not None else None


def _grouped(
    places: list[Found], item: Callable[[Found], CallHierarchyItem | None]
) -> list[tuple[CallHierarchyItem, list[Found]]]:
    """The places by the item that each belongs to; those without one are left out."""
    groups: dict[tuple[str, str], tuple[CallHierarchyItem, list[Found]]] = {}
    for found in places:
        made = item(found)
        if made is not None:
            groups.setdefault((made.uri, made.name), (made, []))[1].append(found)
    return list(groups.values())


def _holder(names: Names, occurrence: Occurrence) -> str | None:
    """The participant in whose `onError` an occurrence stands; None for any other place."""
    document = names.analysis.document
    wanted = document.offsets(occurrence.span)
    for name, participant in names.analysis.workflow.participants.items():
        target = participant.node.get("onError") if isinstance(participant.node, Mapping) else None
        if target is not None:
            start, end = document.offsets(target)
            if start <= wanted[0] and wanted[1] <= end:
                return name
    return None


def _is_step(item: CallHierarchyItem) -> bool:
    return item.kind == SymbolKind.Function


def _workflow(names: AnyNames) -> CallHierarchyItem:
    return CallHierarchyItem(
        name=names.title or names.file_name,
        kind=SymbolKind.Module,
        uri=names.uri,
        range=TOP,
        selection_range=TOP,
        detail=names.file_name,
    )


def _step(names: Names, name: str, encoding: Encoding) -> CallHierarchyItem | None:
    found = occurrences_of(names.identity_of_step(name), (names,))
    defined = next((one for one in found if one.occurrence.defines), None)
    if defined is None:
        return None
    place = defined.range(encoding)
    return CallHierarchyItem(name, SymbolKind.Function, names.uri, place, place)
