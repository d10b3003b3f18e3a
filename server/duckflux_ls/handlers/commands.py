"""The commands that run workflows, and put the results of a run on the text."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from .. import commands
from ..documents import OpenDocument
from ..features.run_actions import step_at
from ..positions import to_offset
from ..runs.inputs import problem

if TYPE_CHECKING:
    from ..server import Server

# How long a run waits for the settings of a client that was only just connected.
_SETTINGS_SECONDS = 2.0
_NOTHING_RUNS = {"executionId": None, "tracePath": None}


def register(server: Server) -> None:
    def meant(arguments: dict[str, Any]) -> OpenDocument | None:
        return server.documents.get(str(arguments.get("uri")))

    @server.command(commands.RUN)
    async def run(arguments: dict[str, Any]) -> dict[str, Any]:
        document = meant(arguments)
        if server.settings_read is not None:
            await asyncio.wait({server.settings_read}, timeout=_SETTINGS_SECONDS)
        ask_all = arguments.get("ask") == "all"
        return await server.runs.start(document, _inputs(arguments), server.settings, ask_all=ask_all)

    @server.command(commands.RESUME)
    async def resume(arguments: dict[str, Any]) -> dict[str, Any]:
        document = meant(arguments)
        return await server.runs.again(document, "--resume", server.settings)

    @server.command(commands.RUN_FROM)
    async def run_from(arguments: dict[str, Any]) -> dict[str, Any]:
        document = meant(arguments)
        step = await _step(server, document, arguments)
        if step is None:
            return _NOTHING_RUNS
        return await server.runs.again(document, "--resume", server.settings, ("--from", step))

    @server.command(commands.REPLAY)
    async def replay(arguments: dict[str, Any]) -> dict[str, Any]:
        document = meant(arguments)
        return await server.runs.again(document, "--replay", server.settings)

    @server.command(commands.RUN_UNTIL)
    async def run_until(arguments: dict[str, Any]) -> dict[str, Any]:
        document = meant(arguments)
        step = await _step(server, document, arguments)
        if step is None:
            return _NOTHING_RUNS
        return await server.runs.start(document, _inputs(arguments), server.settings, ("--until", step))

    @server.command(commands.CHECK_INPUT)
    async def check_input(arguments: dict[str, Any]) -> str | None:
        document = meant(arguments)
        if document is None:
            return None
        workflow = (await document.analysis()).workflow
        return await asyncio.to_thread(problem, workflow, str(arguments.get("name")), arguments.get("value"))

    @server.command(commands.CANCEL)
    def cancel(arguments: dict[str, Any]) -> bool:
        return server.runs.cancel(str(arguments.get("uri")))

    @server.command(commands.LAST_TRACE)
    def last_trace(arguments: dict[str, Any]) -> dict[str, Any]:
        overlay = server.runs.overlay(str(arguments.get("uri")))
        return {"tracePath": str(overlay.trace_path) if overlay and overlay.trace_path else None}

    @server.command(commands.SHOW_TRACE)
    async def show_trace(arguments: dict[str, Any]) -> dict[str, Any]:
        document = meant(arguments)
        return await server.runs.show(document, str(arguments.get("tracePath")))


def _inputs(arguments: dict[str, Any]) -> dict[str, Any]:
    given = arguments.get("inputs")
    return given if isinstance(given, dict) else {}


async def _step(server: Server, document: OpenDocument | None, arguments: dict[str, Any]) -> str | None:
    """The JSON pointer of the step that is meant: the one named, else the one at a `position` in the text. None,
    and people are told, when there is none."""
    match arguments:
        case {"position": {"line": int(line), "character": int(character)}} if document is not None:
            analysis = await document.analysis()
            offset = to_offset(analysis.document.lines, types.Position(line, character), server.encoding)
            # Before the step's text, but on its line, is meant as well.
            place = step_at(analysis, offset) or step_at(analysis, analysis.document.lines.line_end(line))
            if place is None:
                server.client.show_error("no step of the flow is where the cursor is")
            return place.path if place is not None else None
        case _:
            return str(arguments.get("step"))
