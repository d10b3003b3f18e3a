"""The commands: run with trace, cancel, the last trace, a trace file on the text."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .. import commands

if TYPE_CHECKING:
    from ..server import Server

# How long a run waits for the settings of a client that was only just connected.
_SETTINGS_SECONDS = 2.0


def register(server: Server) -> None:
    @server.command(commands.RUN)
    async def run(arguments: dict[str, Any]) -> dict[str, Any]:
        document = server.documents.get(str(arguments.get("uri")))
        given = arguments.get("inputs")
        if server.settings_read is not None:
            await asyncio.wait({server.settings_read}, timeout=_SETTINGS_SECONDS)
        return await server.runs.start(document, given if isinstance(given, dict) else {}, server.settings)

    @server.command(commands.RESUME)
    async def resume(arguments: dict[str, Any]) -> dict[str, Any]:
        document = server.documents.get(str(arguments.get("uri")))
        return await server.runs.again(document, "--resume", server.settings)

    @server.command(commands.RUN_FROM)
    async def run_from(arguments: dict[str, Any]) -> dict[str, Any]:
        document = server.documents.get(str(arguments.get("uri")))
        step = ("--from", str(arguments.get("step")))
        return await server.runs.again(document, "--resume", server.settings, step)

    @server.command(commands.REPLAY)
    async def replay(arguments: dict[str, Any]) -> dict[str, Any]:
        document = server.documents.get(str(arguments.get("uri")))
        return await server.runs.again(document, "--replay", server.settings)

    @server.command(commands.RUN_UNTIL)
    async def run_until(arguments: dict[str, Any]) -> dict[str, Any]:
        document = server.documents.get(str(arguments.get("uri")))
        given = arguments.get("inputs")
        inputs = given if isinstance(given, dict) else {}
        until = ("--until", str(arguments.get("step")))
        return await server.runs.start(document, inputs, server.settings, until)

    @server.command(commands.CANCEL)
    def cancel(arguments: dict[str, Any]) -> bool:
        return server.runs.cancel(str(arguments.get("uri")))

    @server.command(commands.LAST_TRACE)
    def last_trace(arguments: dict[str, Any]) -> dict[str, Any]:
        overlay = server.runs.overlay(str(arguments.get("uri")))
        return {"tracePath": str(overlay.trace_path) if overlay and overlay.trace_path else None}

    @server.command(commands.SHOW_TRACE)
    async def show_trace(arguments: dict[str, Any]) -> dict[str, Any]:
        document = server.documents.get(str(arguments.get("uri")))
        return await server.runs.show(document, str(arguments.get("tracePath")))
