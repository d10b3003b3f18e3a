"""Finds the occurrences of symbols in one or more workflows: what is named at an offset, and where else it is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, TypeAlias

import msgspec

from ..language.analysis import Analysis
from ..language.semantics.symbols import Occurrence, Occurrences, Symbol, occurrences
from ..language.syntax import Span
from ..language.syntax.anchors import anchor_names
from .ranges import LineRange, TextRange

Identity: TypeAlias = tuple[object, ...]
"""Tells symbols apart: equal for all occurrences of one symbol, in whichever files they are."""
_STORED_DEFINITIONS = ("step", "key", "loop")


class StoredOccurrence(msgspec.Struct, frozen=True):
    """An occurrence in a file whose text is not kept."""

    symbol: Symbol
    defines: bool
    range: LineRange


class WorkflowIdentity:
    """Gives the symbols of one workflow their identities. `path` is None for a text without a file."""

    def __init__(self, uri: str, path: Path | None) -> None:
        self.uri = uri
        self.path = path

    @property
    def file_name(self) -> str:
        """The last part of the URI."""
        return self.uri.rpartition("/")[2]

    def identity(self, symbol: Symbol) -> Identity:
        """Return the identity of a symbol that occurs in this workflow."""
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
    def file_identity(self) -> Identity:
        """The identity of the workflow itself, as others call it."""
        return "file", self._file("")

    def step_identity(self, name: str) -> Identity:
        """Return the identity of the participant or inline step of this name."""
        return self.identity(Symbol("step", name))

    def file_of(self, symbol: Symbol) -> str | None:
        """Return the path of the file that a symbol of kind `file` names; None for any other symbol."""
        return self._file(symbol.name) if symbol.kind == "file" and self.path is not None else None

    def _file(self, path: str) -> str:
        """Return a path in the workflow in a form that can be compared; for "" that of the workflow itself."""
        if self.path is None:
            return path or self.uri
        return os.path.normpath(self.path.parent / path) if path else os.path.normpath(self.path)


class WorkflowOccurrences(WorkflowIdentity):
    """The occurrences in one workflow, with its analysis. `previous`, of an earlier text of it, saves work."""

    def __init__(self, uri: str, analysis: Analysis, previous: WorkflowOccurrences | None = None) -> None:
        super().__init__(uri, analysis.path)
        self.analysis = analysis
        self._previous = previous.by_item if previous is not None else None
        work = previous.analysis.state if previous is not None else None
        self._since = work.model.revision if work is not None else None

    @cached_property
    def by_item(self) -> Occurrences:
        """The occurrences by the item of the workflow that they are in."""
        if self.analysis.state is None:
            return {}
        model = self.analysis.state.model
        found = occurrences(model, self._previous, self._since)
        self._previous = None
        return found

    @property
    def title(self) -> str | None:
        """The name or the id that the workflow gives itself."""
        return self.analysis.workflow.name or self.analysis.workflow.id

    def __iter__(self) -> Iterator[Occurrence]:
        # Aliases lead to the text of their anchor once more.
        seen: set[Span] = set()
        for noted in self.by_item.values():
            for occurrence in noted.occurrences:
                if occurrence.span not in seen:
                    seen.add(occurrence.span)
                    yield occurrence

    def of(self, identity: Identity) -> Sequence[Occurrence]:
        """Return the occurrences of a symbol, in the order of the text."""
        # The same file may be named by different paths.
        named = self._by_name.get("file" if identity[0] == "file" else str(identity[1]), ())
        same = (occurrence for occurrence in named if self.identity(occurrence.symbol) == identity)
        return sorted(same, key=lambda occurrence: self.range_of(occurrence).start)

    @cached_property
    def _by_name(self) -> dict[str, list[Occurrence]]:
        """The occurrences by their names, those of files together. Comparing identities takes longer."""
        found: dict[str, list[Occurrence]] = {"file": []}
        for occurrence in self:
            if occurrence.symbol.kind == "file":
                found["file"].append(occurrence)
            else:
                found.setdefault(occurrence.symbol.name, []).append(occurrence)
        for occurrence in self._anchors:
            found.setdefault(occurrence.symbol.name, []).append(occurrence)
        return found

    @cached_property
    def _anchors(self) -> tuple[Occurrence, ...]:
        """The names of anchors and aliases, which are no part of the workflow."""
        document = self.analysis.document
        if document.root is None:
            return ()
        block = document.root.block
        base = document.offsets(Span(block, 0, 0))[0]
        return tuple(
            Occurrence(
                Symbol("anchor", one.name, one.number),
                Span(block, one.start - base, one.end - base),
                one.defines,
            )
            for one in anchor_names(document.text)
        )

    def at(self, offset: int) -> Occurrence | None:
        """Return the occurrence that touches an offset, or None."""
        document = self.analysis.document
        for occurrence in self._anchors:
            start, end = self.range_of(occurrence)
            if start - 1 <= offset <= end:
                return occurrence
        for item, noted in self.by_item.items():
            first = item.key or item.node
            if document.offsets(first)[0] <= offset <= document.offsets(item.node)[1]:
                for occurrence in noted.occurrences:
                    start, end = self.range_of(occurrence)
                    if start <= offset <= end:
                        return occurrence
        return None

    def range_of(self, occurrence: Occurrence) -> TextRange:
        """Return where an occurrence is in the text."""
        return TextRange(*self.analysis.document.offsets(occurrence.span))


class StoredOccurrences(WorkflowIdentity):
    """The occurrences that matter to other files, in little memory and without the text: for closed files.

    These are the symbols that other files may name too, and the definitions. `to_lines` gives the range of an
    occurrence as lines and columns.
    """

    def __init__(self, occurrences: WorkflowOccurrences, to_lines: Callable[[TextRange], LineRange]) -> None:
        super().__init__(occurrences.uri, occurrences.path)
        self.title = occurrences.title
        stored = (
            StoredOccurrence(one.symbol, one.defines, to_lines(occurrences.range_of(one)))
            for one in occurrences
            if _is_stored(one)
        )
        self._all = tuple(sorted(stored, key=lambda one: one.range))

    def __iter__(self) -> Iterator[StoredOccurrence]:
        return iter(self._all)

    def of(self, identity: Identity) -> Sequence[StoredOccurrence]:
        """Return the occurrences of a symbol, in the order of the text."""
        return self._by_identity.get(identity, ())

    @cached_property
    def _by_identity(self) -> dict[Identity, list[StoredOccurrence]]:
        found: dict[Identity, list[StoredOccurrence]] = {}
        for occurrence in self._all:
            found.setdefault(self.identity(occurrence.symbol), []).append(occurrence)
        return found


AnyOccurrences: TypeAlias = WorkflowOccurrences | StoredOccurrences


class Reference(NamedTuple):
    """An occurrence, and the workflow that it is in."""

    workflow: AnyOccurrences
    occurrence: Occurrence | StoredOccurrence

    @property
    def range(self) -> TextRange | LineRange:
        """Return where it is; as lines and columns in a file whose text is not kept."""
        if isinstance(self.occurrence, StoredOccurrence):
            return self.occurrence.range
        assert isinstance(self.workflow, WorkflowOccurrences)  # noqa: S101
        return self.workflow.range_of(self.occurrence)


def references_to(identity: Identity, workflows: Iterable[AnyOccurrences]) -> list[Reference]:
    """Return the occurrences of a symbol in some workflows, in each in the order of the text."""
    return [Reference(workflow, occurrence) for workflow in workflows for occurrence in workflow.of(identity)]


def is_shared(symbol: Symbol) -> bool:
    """Return whether other files may name the symbol too."""
    return symbol.kind in ("event", "file", "input", "given")


def _is_stored(occurrence: Occurrence) -> bool:
    symbol = occurrence.symbol
    is_definition = occurrence.defines and symbol.owner is None and symbol.kind in _STORED_DEFINITIONS
    return is_shared(symbol) or is_definition
