"""Runs the commands that start and cancel runs of workflows, and show the results of one."""

from __future__ import annotations

import asyncio
from typing import Any

from pygls.lsp.server import LanguageServer

from ..runs.inputs import input_problem
from ..runs.run_actions import step_at_position
from ..server_state import ServerState
from ..session import command_names
from ..session.documents import OpenDocument

_NOT_STARTED = {"executionId": None, "tracePath": None}


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the commands to the server."""
    _register_starts(server, state)
    _register_dialogs(server, state)
    _register_results(server, state)


def _register_starts(server: LanguageServer, state: ServerState) -> None:
    """Add those that start and cancel runs."""

    @server.command(command_names.RUN)
    async def run(arguments: dict[str, Any]) -> dict[str, Any]:
        document = _document_of(state, arguments)
        await state.wait_for_settings()
        ask_all = arguments.get("ask") == "all"
        return await state.runs.start(document, _inputs(arguments), state.settings, ask_all=ask_all)

    @server.command(command_names.RESUME)
    async def resume(arguments: dict[str, Any]) -> dict[str, Any]:
        document = _document_of(state, arguments)
        return await state.runs.start_from_trace(document, "--resume", state.settings)

    @server.command(command_names.RUN_FROM)
    async def run_from(arguments: dict[str, Any]) -> dict[str, Any]:
        document = _document_of(state, arguments)
        step = await _step(state, document, arguments)
        if step is None:
            return _NOT_STARTED
        return await state.runs.start_from_trace(document, "--resume", state.settings, ("--from", step))

    @server.command(command_names.REPLAY)
    async def replay(arguments: dict[str, Any]) -> dict[str, Any]:
        document = _document_of(state, arguments)
        return await state.runs.start_from_trace(document, "--replay", state.settings)

    @server.command(command_names.RUN_UNTIL)
    async def run_until(arguments: dict[str, Any]) -> dict[str, Any]:
        document = _document_of(state, arguments)
        step = await _step(state, document, arguments)
        if step is None:
            return _NOT_STARTED
        return await state.runs.start(document, _inputs(arguments), state.settings, ("--until", step))

    @server.command(command_names.CANCEL)
    def cancel(arguments: dict[str, Any]) -> bool:
        return state.runs.cancel(str(arguments.get("uri")))


def _register_dialogs(server: LanguageServer, state: ServerState) -> None:
    """Add those that check and send what the user was asked for."""

    @server.command(command_names.CHECK_INPUT)
    async def check_input(arguments: dict[str, Any]) -> str | None:
        document = _document_of(state, arguments)
        if document is None:
            return None
        if "wait" in arguments:
            step = arguments["wait"]
            name, value = str(arguments.get("name")), arguments.get("value")
            return state.runs.answer_problem(document.uri, step, name, value)
        workflow = (await document.analysis()).workflow
        return await asyncio.to_thread(
            input_problem, workflow, str(arguments.get("name")), arguments.get("value")
        )

    @server.command(command_names.ANSWER)
    async def answer(arguments: dict[str, Any]) -> dict[str, Any]:
        document = _document_of(state, arguments)
        step, event = arguments.get("step"), arguments.get("event")
        if document is not None and "position" in arguments:
            step = await step_at_position(document, arguments, state.encoding)
        return await state.runs.answer(document, step, event, arguments)


def _register_results(server: LanguageServer, state: ServerState) -> None:
    """Add those that show what a run has done."""

    @server.command(command_names.STEP_OUTPUT)
    async def step_output(arguments: dict[str, Any]) -> dict[str, Any] | None:
        step = await _step(state, _document_of(state, arguments), arguments)
        return await state.runs.step_output(str(arguments.get("uri")), str(step))

    @server.command(command_names.LAST_TRACE)
    async def last_trace(arguments: dict[str, Any]) -> dict[str, Any]:
        found = await state.runs.last_trace(str(arguments.get("uri")), state.settings)
        return {"tracePath": str(found) if found is not None else None}

    @server.command(command_names.SHOW_TRACE)
    async def show_trace(arguments: dict[str, Any]) -> dict[str, Any]:
        document = _document_of(state, arguments)
        return await state.runs.show(document, str(arguments.get("tracePath")))


def _document_of(state: ServerState, arguments: dict[str, Any]) -> OpenDocument | None:
    return state.documents.get(str(arguments.get("uri")))


def _inputs(arguments: dict[str, Any]) -> dict[str, Any]:
    inputs = arguments.get("inputs")
    return inputs if isinstance(inputs, dict) else {}


async def _step(state: ServerState, document: OpenDocument | None, arguments: dict[str, Any]) -> str | None:
    """Return the JSON pointer of the step at a `position` in the text, else of the `step` that is named.

    Return None, and show an error, if there is none.
    """
    if document is None or "position" not in arguments:
        return str(arguments.get("step"))
    found = await step_at_position(document, arguments, state.encoding)
    if found is None:
        state.client.show_error("no step of the flow is at the cursor")
    return found
