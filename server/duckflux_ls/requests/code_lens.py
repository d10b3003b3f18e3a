"""Answers `textDocument/codeLens`, `codeLens/resolve`, and the command that lists what a lens counts.

Counting is done when the client shows a lens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from duckflux.ide.code_lenses import CountedKind, RunLens, code_lenses, count_text, counted_references
from duckflux.ide.occurrences import Reference, references_to
from duckflux.language.analysis import Analysis
from duckflux.language.model.workflow import Call, walk
from duckflux.language.semantics.reaching_definitions import name_of
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..runs.overlay import Overlay
from ..runs.pins import unpin_command
from ..runs.run_actions import answer_command, output_command, run_command
from ..runs.traces import local_time
from ..server_state import ServerState
from ..session import command_names
from ..session.conversions import to_location
from ..session.documents import OpenDocument
from ..session.positions import to_range
from ..session.scratches import OpenScratch
from . import scratch_commands


class _LensData(msgspec.Struct, frozen=True):
    """Identifies a lens that counts; `line` and `character` are its position."""

    uri: str
    kind: CountedKind
    name: str
    line: int
    character: int

    @classmethod
    def read(cls, data: object) -> _LensData | None:
        """Return the data in what a client sent back, which may be anything."""
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


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handlers to the server."""

    async def scratch_lenses(params: types.CodeLensParams, scratch: OpenScratch) -> list[types.CodeLens]:
        return await scratch_commands.lenses(state, scratch)

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=True))
    @state.scratches.answered_by(scratch_lenses)
    @state.documents.with_analysis
    async def lenses(
        params: types.CodeLensParams, document: OpenDocument, analysis: Analysis
    ) -> list[types.CodeLens]:
        settings = state.settings.lenses
        called = settings.callers and await _is_called(state, document)
        found = []
        for lens in code_lenses(analysis, settings, is_called=called):
            range_ = to_range(analysis.document.lines, *lens.range, state.encoding)
            if isinstance(lens, RunLens):
                commands = [
                    *_run_commands(state, document.uri, analysis),
                    *_stop_comparing(state, document.uri),
                ]
                found += [types.CodeLens(range_, command=command) for command in commands]
            else:
                start = range_.start
                data = _LensData(document.uri, lens.kind, lens.name, start.line, start.character)
                found.append(types.CodeLens(range_, data=msgspec.structs.asdict(data)))
        found += _pin_lenses(state, document.uri, analysis, await state.pins_of(document))
        overlay = state.runs.overlay(document.uri)
        if overlay is not None:
            found += _result_lenses(state, document.uri, overlay, analysis)
        return found

    @server.feature(types.CODE_LENS_RESOLVE)
    async def resolve(lens: types.CodeLens) -> types.CodeLens:
        found = await _counted(state, lens.data)
        if found is not None:
            data, references = found
            title = count_text(data.kind, len(references))
            lens.command = types.Command(
                title, command_names.REFERENCES, arguments=[msgspec.structs.asdict(data)]
            )
        return lens

    @server.command(command_names.REFERENCES)
    async def list_references(arguments: dict[str, Any]) -> list[types.Location]:
        found = await _counted(state, arguments)
        return [to_location(reference, state.encoding) for reference in found[1]] if found else []


async def _counted(state: ServerState, data: object) -> tuple[_LensData, list[Reference]] | None:
    """Return a lens and what it counts; None if its document is not open."""
    lens = _LensData.read(data)
    document = state.documents.get(lens.uri) if lens is not None else None
    if lens is None or document is None:
        return None
    occurrences = await state.occurrences.of(document)
    workflows = [occurrences] if lens.kind == "step" else await state.occurrences.everywhere()
    return lens, counted_references(occurrences, lens.kind, lens.name, workflows)


async def _is_called(state: ServerState, document: OpenDocument) -> bool:
    """Return whether other workflows call a document.

    False before the workspace is indexed; after that the client asks again.
    """
    if document.path is None or not state.occurrences.is_ready:
        return False
    occurrences = await state.occurrences.of(document)
    return bool(references_to(occurrences.file_identity, await state.occurrences.everywhere()))


def _run_commands(state: ServerState, uri: str, analysis: Analysis) -> Iterator[types.Command]:
    """Yield the commands that run and debug a workflow, as far as it can be run."""
    if not state.runs.trusted:
        return
    running, errors = state.runs.is_running(uri), len(analysis.errors)
    yield run_command(uri, running, errors)
    if state.client.can_debug and not running and not errors:
        yield types.Command("Debug", command_names.DEBUG, arguments=[uri])


def _stop_comparing(state: ServerState, uri: str) -> Iterator[types.Command]:
    """Yield the command that ends a comparison, which says what the results are compared with."""
    before = state.comparisons.before(uri)
    if before is not None and before.started_at is not None:
        title = f"Compared with the run of {local_time(before.started_at)}: stop comparing"
        yield types.Command(title, command_names.STOP_COMPARING, arguments=[{"uri": uri}])


def _pin_lenses(
    state: ServerState, uri: str, analysis: Analysis, pins: Mapping[str, Any]
) -> Iterator[types.CodeLens]:
    """Yield the marks above steps whose output is pinned, which unpin them."""
    for step in walk(analysis.workflow.flow) if pins else ():
        name = name_of(step) if isinstance(step, Call) else None
        if name is not None and name in pins:
            start = analysis.document.offsets(step.node)[0]
            range_ = to_range(analysis.document.lines, start, start, state.encoding)
            yield types.CodeLens(range_, command=unpin_command(uri, name, pins[name]))


def _result_lenses(
    state: ServerState, uri: str, overlay: Overlay, analysis: Analysis
) -> list[types.CodeLens]:
    """Return the lenses above steps that wait for an event, and above those that run or failed."""
    starts = {shown.result.path: shown.start for shown in overlay.shown()}
    commands = [(waiting.step, answer_command(uri, waiting)) for waiting in overlay.waiting]
    if state.settings.lenses.output and state.client.shows_step_output:
        commands += [(step, output_command(uri, step)) for step in overlay.printing]
    return [
        types.CodeLens(
            to_range(analysis.document.lines, starts[step], starts[step], state.encoding), command=command
        )
        for step, command in commands
        if step in starts
    ]
