"""The names of one or more workflows: what stands at a place, and where else the same thing is named."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, TypeAlias

from duckflux.language.analysis import Analysis
from duckflux.language.semantics.symbols import Occurrence, Occurrences, Symbol, occurrences
from lsprotocol import types

from ..positions import to_range

Encoding: TypeAlias = types.PositionEncodingKind | str
Identity: TypeAlias = tuple[object, ...]
"""What a symbol is, the same in all files that name it."""
_DEFINITIONS_ONLY = ("step", "key", "loop")


class Kept(NamedTuple):
    """An occurrence without its text: `place` is its range, as (line, character, line, character)."""

    symbol: Symbol
    defines: bool
    place: tuple[int, int, int, int]


class Home:
    """A workflow to which names belong. `path` is None for a text without a file."""

    def __init__(self, uri: str, path: Path | None) -> None:
        self.uri = uri
        self.path = path

    @property
    def file_name(self) -> str:
        """What its file is called."""
        return self.uri.rpartition("/")[2]

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
        if self.path is None:
            return path or self.uri
        return os.path.normpath(self.path.parent / path) if path else os.path.normpath(self.path)

    def file_of(self, symbol: Symbol) -> str | None:
        """The file that a symbol of kind `file` names."""
        return self._file(symbol.name) if symbol.kind == "file" and self.path is not None else None


class Names(Home):
    """The names of one workflow, with its text. `previous`, those of an earlier text of it, saves work."""

    def __init__(self, uri: str, analysis: Analysis, previous: Names | None = None) -> None:
        super().__init__(uri, analysis.path)
        self.analysis = analysis
        self._previous = previous.all if previous is not None else None
        work = previous.analysis.work if previous is not None else None
        self._since = work.model.revision if work is not None else None

    @cached_property
    def all(self) -> Occurrences:
        if self.analysis.work is None:
            return {}
        model = self.analysis.work.model
        found = occurrences(model, self._previous, self._since)
        self._previous = None
        return found

    @property
    def title(self) -> str | None:
        """What the workflow calls itself."""
        return self.analysis.workflow.name or self.analysis.workflow.id

    def __iter__(self) -> Iterator[Occurrence]:
        for noted in self.all.values():
            yield from noted.occurrences

    def of(self, identity: Identity) -> Sequence[Occurrence]:
        """The places that name a thing, in the order of the text."""
        # The same file may be named by different paths.
        named = self._by_name.get("file" if identity[0] == "file" else str(identity[1]), ())
        same = (one for one in named if self.identity(one.symbol) == identity)
        return sorted(same, key=lambda one: self.analysis.document.offsets(one.span)[0])

    @cached_property
    def _by_name(self) -> dict[str, list[Occurrence]]:
        """The occurrences by their names, those of files together. To find many identities takes longer."""
        found: dict[str, list[Occurrence]] = {"file": []}
        for one in self:
            if one.symbol.kind == "file":
                found["file"].append(one)
            else:
                found.setdefault(one.symbol.name, []).append(one)
        return found

    def at(self, offset: int) -> Occurrence | None:
        """The name that touches an offset."""
        document = self.analysis.document
        for item, noted in self.all.items():
            first = item.key or item.node
            if document.offsets(first)[0] <= offset <= document.offsets(item.node)[1]:
                for found in noted.occurrences:
                    start, end = document.offsets(found.span)
                    if start <= offset <= end:
                        return found
        return None

    def range(self, occurrence: Occurrence, encoding: Encoding) -> types.Range:
        document = self.analysis.document
        return to_range(document.lines, *document.offsets(occurrence.span), encoding)


class KeptNames(Home):
    """The names of a workflow that other files may name too, and its definitions, in little memory and without
    its text: for files that are not open. Ranges are in the encoding that they were made with."""

    def __init__(self, names: Names, encoding: Encoding) -> None:
        super().__init__(names.uri, names.path)
        self.title = names.title
        ones = (one for one in names if _is_kept(one))
        kept = (Kept(one.symbol, one.defines, _numbers(names.range(one, encoding))) for one in ones)
        self._all = tuple(sorted(kept, key=lambda one: one.place))

    @cached_property
    def _by_identity(self) -> dict[Identity, list[Kept]]:
        found: dict[Identity, list[Kept]] = {}
        for one in self._all:
            found.setdefault(self.identity(one.symbol), []).append(one)
        return found

    def __iter__(self) -> Iterator[Kept]:
        return iter(self._all)

    def of(self, identity: Identity) -> Sequence[Kept]:
        """The places that name a thing, in the order of the text."""
        return self._by_identity.get(identity, ())

    def range(self, one: Kept, encoding: Encoding) -> types.Range:
        first, character, last, end = one.place
        return types.Range(types.Position(first, character), types.Position(last, end))


AnyNames: TypeAlias = Names | KeptNames


class Found(NamedTuple):
    """An occurrence, and the workflow it stands in."""

    names: AnyNames
    occurrence: Occurrence | Kept

    def location(self, encoding: Encoding) -> types.Location:
        return types.Location(self.names.uri, self.range(encoding))

    def range(self, encoding: Encoding) -> types.Range:
        return self.names.range(self.occurrence, encoding)  # type: ignore[arg-type]


def is_shared(symbol: Symbol) -> bool:
    """Whether other files may name it too."""
    return symbol.kind in ("event", "file", "input", "given")


def occurrences_of(identity: Identity, files: Iterable[AnyNames]) -> list[Found]:
    """Every place that names the same thing, file by file in the order of the text."""
    return [Found(names, one) for names in files for one in names.of(identity)]


def _is_kept(one: Occurrence) -> bool:
    symbol = one.symbol
    return is_shared(symbol) or (one.defines and symbol.owner is None and symbol.kind in _DEFINITIONS_ONLY)


def _numbers(place: types.Range) -> tuple[int, int, int, int]:
    return place.start.line, place.start.character, place.end.line, place.end.character
