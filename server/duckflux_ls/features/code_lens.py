"""textDocument/codeLens: run the workflow, who calls it, and how often each participant and input is named.

What has to be counted is counted when the editor shows it (`codeLens/resolve`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple, TypeAlias

from duckflux.language.analysis import Analysis
from duckflux.language.semantics.symbols import Symbol
from duckflux.language.syntax import Mapping, Scalar
from duckflux.language.syntax.nodes import Ranged
from lsprotocol import types

from .. import commands
from ..positions import to_range
from ..settings import LensSettings
from .names import AnyNames, Found, Names, occurrences_of

Counted: TypeAlias = Literal["step", "input", "file"]


class Asked(NamedTuple):
    """What a lens counts: the uses of a participant or an input, or with kind `file` the calls of the workflow.
    `line` and `character` are where the lens is."""

    uri: str
    kind: Counted
    name: str
    line: int
    character: int

    @classmethod
    def read(cls, data: object) -> Asked | None:
        """From what a client sent back, which may be anything."""
        match data:
            case {
                "uri": str(uri),
                "kind": "step" | "input" | "file" as kind,
                "name": str(name),
                "line": int(line),
                "character": int(character),
            }:
                return cls(uri, kind, name, line, character)
            case _:
                return None


def code_lenses(
    analysis: Analysis,
    uri: str,
    running: bool,
    encoding: types.PositionEncodingKind | str,
    settings: LensSettings,
    *,
    called: bool = False,
) -> list[types.CodeLens]:
    """Those of a text. Only one with a file can be run; `called` says whether other workflows call it."""

    def place(span: Ranged) -> types.Range:
        return to_range(analysis.document.lines, *analysis.document.offsets(span), encoding)

    found: list[types.CodeLens] = []
    root, key = analysis.document.root, analysis.workflow.flow_key
    if settings.run and key is not None and analysis.path is not None:
        found.append(types.CodeLens(place(key), command=run_command(uri, running)))
    if not isinstance(root, Mapping):
        return found
    if settings.callers and called and root.pairs:
        found.append(_counting(place(root.pairs[0].key), uri, "file", ""))
    if settings.references:
        found += [_counting(place(name), uri, kind, name.text) for kind, name in _defined(root)]
    return found


def resolved(names: Names, asked: Asked, files: Iterable[AnyNames]) -> types.Command:
    """What a lens says, and the command that lists the places. `files` are the workflows to look in."""
    count = len(uses(names, asked, files))
    what = "caller" if asked.kind == "file" else "reference"
    title = f"{count} {what}" if count == 1 else f"{count} {what}s"
    return types.Command(title, commands.REFERENCES, arguments=[asked._asdict()])


def uses(names: Names, asked: Asked, files: Iterable[AnyNames]) -> list[Found]:
    """The places that a lens counts."""
    found = occurrences_of(names.identity(Symbol(asked.kind, asked.name)), files)
    return [one for one in found if not one.occurrence.defines]


def run_command(uri: str, running: bool) -> types.Command:
    """The command that starts a run, or that cancels the one that goes on."""
    if running:
        return types.Command("■ Cancel run", commands.CANCEL, arguments=[{"uri": uri}])
    return types.Command("▶ Run with trace", commands.RUN, arguments=[{"uri": uri}])


def _defined(root: Mapping) -> Iterator[tuple[Counted, Scalar]]:
    kinds: dict[str, Counted] = {"inputs": "input", "participants": "step"}
    for section, kind in kinds.items():
        entries = root.get(section)
        if isinstance(entries, Mapping):
            yield from ((kind, key) for key, _ in entries if key.text)


def _counting(place: types.Range, uri: str, kind: Counted, name: str) -> types.CodeLens:
    data: dict[str, Any] = Asked(uri, kind, name, place.start.line, place.start.character)._asdict()
    return types.CodeLens(place, data=data)
