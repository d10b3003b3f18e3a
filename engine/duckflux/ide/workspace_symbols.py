"""Finds workflows, and what they define, by a part of their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

import msgspec

from .occurrences import AnyOccurrences, Reference

_MAX_SYMBOLS = 300
SymbolKind: TypeAlias = Literal["workflow", "step", "input", "key", "loop", "event"]
_KINDS: dict[str, SymbolKind] = {
    "step": "step",
    "input": "input",
    "key": "key",
    "loop": "loop",
    "event": "event",
}


class WorkspaceSymbol(msgspec.Struct, frozen=True):
    """A symbol under the name by which it is found; `reference` is None for the workflow itself."""

    name: str
    kind: SymbolKind
    workflow: AnyOccurrences
    reference: Reference | None = None


def workspace_symbols(query: str, workflows: Iterable[AnyOccurrences]) -> list[WorkspaceSymbol]:
    """Return the symbols whose names have the letters of the query in order; names that begin with it first."""
    wanted = query.casefold()
    found = [
        symbol for workflow in workflows for symbol in _symbols(workflow) if _matches(wanted, symbol.name)
    ]
    found.sort(key=lambda symbol: (not symbol.name.casefold().startswith(wanted), len(symbol.name)))
    return found[:_MAX_SYMBOLS]


def _symbols(workflow: AnyOccurrences) -> Iterator[WorkspaceSymbol]:
    """Yield the workflow itself, and what it defines."""
    file = workflow.file_name
    yield WorkspaceSymbol(f"{workflow.title} ({file})" if workflow.title else file, "workflow", workflow)
    for occurrence in workflow:
        symbol = occurrence.symbol
        kind = _KINDS.get(symbol.kind)
        if occurrence.defines and kind is not None and symbol.owner is None:
            yield WorkspaceSymbol(symbol.name, kind, workflow, Reference(workflow, occurrence))


def _matches(wanted: str, name: str) -> bool:
    rest = iter(name.casefold())
    return all(letter in rest for letter in wanted)
