"""Asks MCP servers which tools they have, for completion.

A server is asked by `duckflux mcp list` in a process of its own: the client for it is slow to import, and a
server may do what it likes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from pathlib import Path

import msgspec
from duckflux.ide.completion import Tool
from duckflux.language.semantics.mcp_servers import ConfigError, server_files
from duckflux.runtime.process.duckflux_process import end_all, start

log = logging.getLogger(__name__)

_KEPT_SECONDS = 300.0
_FAILURE_KEPT_SECONDS = 30.0
_LIMIT_SECONDS = 60.0


class _Listed(msgspec.Struct, frozen=True):
    tools: list[Tool] = []


class _Answer(msgspec.Struct, frozen=True):
    tools: tuple[Tool, ...]
    until: float


class McpTools:
    """Remembers what each server answered, for some minutes while its configuration stays the same."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, bytes], _Answer] = {}
        self._asking: dict[tuple[str, bytes], asyncio.Task[None]] = {}

    def known(self, folder: Path, server: str) -> tuple[Tool, ...] | None:
        """Return the tools of the server that a workflow in a folder means; None if it was not asked."""
        key = _configuration(folder, server)
        if key is None:
            return ()
        answer = self._answers.get(key)
        return answer.tools if answer is not None and time.monotonic() < answer.until else None

    async def ask(self, folder: Path, server: str, seconds: float) -> None:
        """Start the server and ask it, unless that is under way. Wait for its answer for some seconds."""
        key = _configuration(folder, server)
        if key is None or self.known(folder, server) is not None:
            return
        if key not in self._asking:
            self._asking[key] = asyncio.create_task(self._ask(folder, server, key))
        await asyncio.wait({self._asking[key]}, timeout=seconds)

    async def end_all(self) -> None:
        """Stop asking, and wait until the servers have ended."""
        await end_all(self._asking.values())

    async def _ask(self, folder: Path, server: str, key: tuple[str, bytes]) -> None:
        try:
            tools = await _listed(folder, server)
            kept = _KEPT_SECONDS if tools else _FAILURE_KEPT_SECONDS
            self._answers[key] = _Answer(tools, time.monotonic() + kept)
        finally:
            del self._asking[key]


def _configuration(folder: Path, server: str) -> tuple[str, bytes] | None:
    """Return the configuration of a server, to tell whether it has changed; None if there is none."""
    with suppress(ConfigError):
        for file, _, servers in server_files(folder):
            if server in servers:
                return f"{file}:{server}", msgspec.json.encode(servers[server])
    return None


async def _listed(folder: Path, server: str) -> tuple[Tool, ...]:
    try:
        arguments = ("mcp", "list", str(folder), "--json", "--server", server)
        started = await start(*arguments, stdout=asyncio.subprocess.PIPE)
    except OSError as error:
        log.warning("can't start a process to ask the MCP server %s: %s", server, error)
        return ()
    try:
        async with asyncio.timeout(_LIMIT_SECONDS):
            content, _ = await started.process.communicate()
        found = msgspec.json.decode(content, type=list[_Listed])
    except (TimeoutError, msgspec.DecodeError):
        log.warning("the MCP server %s does not list its tools: see `duckflux mcp list`", server)
        return ()
    finally:
        await started.end()
    return tuple(tool for listed in found for tool in listed.tools)
