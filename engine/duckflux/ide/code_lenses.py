"""Finds the lenses of a text: run the workflow, who calls it, and how often each name is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

import msgspec

from ..language.analysis import Analysis
from ..language.semantics.symbols import Symbol
from ..language.syntax import Mapping, Scalar
from .occurrences import AnyOccurrences, Reference, WorkflowOccurrences, references_to
from .ranges import TextRange

CountedKind: TypeAlias = Literal["step", "input", "file"]


class LensSettings(msgspec.Struct, frozen=True):
    """The lenses to show.

    `run` runs the workflow, `references` counts how often each participant and input is named, and `callers` how
    many workflows call this one. `output` shows what a step prints that runs, or that has failed.
    """

    run: bool = True
    references: bool = False
    callers: bool = True
    output: bool = True


class RunLens(msgspec.Struct, frozen=True):
    """A lens that runs the workflow."""

    range: TextRange


class CountLens(msgspec.Struct, frozen=True):
    """A lens that counts the uses of a participant or an input or, of kind `file`, the calls of the workflow."""

    range: TextRange
    kind: CountedKind
    name: str


def code_lenses(
    analysis: Analysis, settings: LensSettings, *, is_called: bool = False
) -> Iterator[RunLens | CountLens]:
    """Yield the lenses of a text.

    Only a workflow with a file can be run. `is_called` says whether other workflows call it.
    """
    document, root, key = analysis.document, analysis.document.root, analysis.workflow.flow_key
    if settings.run and key is not None and analysis.path is not None:
        yield RunLens(TextRange(*document.offsets(key)))
    if not isinstance(root, Mapping):
        return
    if settings.callers and is_called and root.pairs:
        yield CountLens(TextRange(*document.offsets(root.pairs[0].key)), "file", "")
    if settings.references:
        for kind, name in _definitions(root):
            yield CountLens(TextRange(*document.offsets(name)), kind, name.text)


def count_text(kind: CountedKind, count: int) -> str:
    """Return what a lens says that counts: `2 callers`, `1 reference`."""
    word = "caller" if kind == "file" else "reference"
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def counted_references(
    occurrences: WorkflowOccurrences, kind: CountedKind, name: str, workflows: Iterable[AnyOccurrences]
) -> list[Reference]:
    """Return the references that a lens counts, in any of these workflows."""
    found = references_to(occurrences.identity(Symbol(kind, name)), workflows)
    return [reference for reference in found if not reference.occurrence.defines]


def _definitions(root: Mapping) -> Iterator[tuple[CountedKind, Scalar]]:
    kinds: dict[str, CountedKind] = {"inputs": "input", "participants": "step"}
    for section, kind in kinds.items():
        entries = root.get(section)
        if isinstance(entries, Mapping):
            yield from ((kind, key) for key, _ in entries if key.text)
