"""The names of one or more workflows: what stands at a place, and where else the same thing is named."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple, TypeAlias

from duckflux.language.analysis import Analysis
from duckflux.language.occurrences import Occurrence, Occurrences, Symbol, occurrences
from lsprotocol import types

from ..positions import to_range

Identity: TypeAlias = tuple[object, ...]
"""What a symbol is, the same in all files that name it."""


class Names:
    """The names of one workflow. `previous`, those of an earlier text of it, saves work."""

    def __init__(self, uri: str, analysis: Analysis, previous: Names | None = None) -> None:
        self.uri = uri
        self.analysis = analysis
        self._previous = previous.all if previous is not None else None

    @cached_property
    def all(self) -> Occurrences:
        if self.analysis.work is None:
            return {}
        context = self.analysis.work.context
        found = occurrences(context, self._previous)
        self._previous = None
        return found

    def __iter__(self) -> Iterator[Occurrence]:
        for noted in self.all.values():
            yield from noted.occurrences

    def at(self, offset: int) -> Occurrence | None:
        """The name that touches an offset."""
        document = self.analysis.document
        for unit, noted in self.all.items():
            first = unit.key or unit.node
            if document.offsets(first)[0] <= offset <= document.offsets(unit.node)[1]:
                for found in noted.occurrences:
                    start, end = document.offsets(found.span)
                    if start <= offset <= end:
                        return found
        return None

    def offset_of(self, occurrence: Occurrence) -> int:
        return self.analysis.document.offsets(occurrence.span)[0]

    def identity(self, symbol: Symbol) -> Identity:
        match symbol.kind:
            case "event":
                return "event", symbol.name
            case "file":
                return "file", self._file(symbol.name)
            case "input":
                return "input", symbol.name, self._file("")
            case "given":
                return "input", symbol.name, self._file(str(symbol.owner))
            case _:
                return (*symbol, self.uri)

    @property
    def identity_of_file(self) -> Identity:
        return "file", self._file("")

    def identity_of_step(self, name: str) -> Identity:
        return self.identity(Symbol("step", name))

    def _file(self, path: str) -> str:
        """A path in the workflow, or the workflow's own for "", as one that can be compared."""
        own = self.analysis.path
        if own is None:
            return path or self.uri
        return os.path.normpath(own.parent / path) if path else os.path.normpath(own)

    def file_of(self, symbol: Symbol) -> str | None:
        """The file that a symbol of kind `file` names."""
        return self._file(symbol.name) if symbol.kind == "file" and self.analysis.path is not None else None


class Found(NamedTuple):
    """An occurrence, and the workflow it stands in."""

    names: Names
    occurrence: Occurrence

    def location(self, encoding: types.PositionEncodingKind | str) -> types.Location:
        return types.Location(self.names.uri, self.range(encoding))

    def range(self, encoding: types.PositionEncodingKind | str) -> types.Range:
        document = self.names.analysis.document
        return to_range(document.lines, *document.offsets(self.occurrence.span), encoding)


def is_shared(symbol: Symbol) -> bool:
    """Whether other files may name it too."""
    return symbol.kind in ("event", "file", "input", "given")


def occurrences_of(identity: Identity, files: Iterable[Names]) -> list[Found]:
    """Every place that names the same thing, file by file in the order of the text."""
    found: list[Found] = []
    for names in files:
        same = (
            one
            for one in names
            if (one.symbol.name == identity[1] or one.symbol.kind == "file")
            and names.identity(one.symbol) == identity
        )
        found += [Found(names, one) for one in sorted(same, key=names.offset_of)]
    return found
