"""A run's connection to one MCP server: made when first needed, made anew once when the server dies."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from mcp import MCPError
from mcp.types import CallToolResult, Tool

from ..engine.run import Run
from ..secrets import Secrets
from .config import ServerConfig, find_server
from .session import ServerError, Session

_MAX_CRASHES = 1


class ReportProgress(Protocol):
    """Hears how far a call is: `progress` of `total`, in units of the tool's own."""

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None: ...


class Connection:
    """Its methods raise ServerError when the server can't be had, and MCPError for what it refuses."""

    def __init__(self, server: ServerConfig, environment: Mapping[str, str]) -> None:
        self.server = server
        self._environment = environment
        self._sessions: list[Session] = []
        self._starting = asyncio.Lock()
        self._crashes = 0

    async def tools(self) -> list[Tool]:
        client = await (await self._session()).client()
        page = await client.list_tools()
        found = [*page.tools]
        while page.next_cursor:
            page = await client.list_tools(cursor=page.next_cursor)
            found += page.tools
        return found

    async def call(
        self, tool: str, arguments: dict[str, Any], progress: ReportProgress | None
    ) -> CallToolResult:
        """What the tool answers. A server that dies meanwhile is started anew, and the call is repeated only if
        the tool says that this is harmless (`readOnlyHint`, `idempotentHint`)."""
        while True:
            session = await self._session()
            client = await session.client()
            try:
                return await client.call_tool(tool, arguments, progress_callback=progress)
            except MCPError as error:
                if not session.is_connection_lost(error):
                    raise
                if not session.was_not_sent(error) and not await self._is_repeatable(tool):
                    why = f"it died while '{tool}' ran, which may have had effects and is not repeated"
                    raise ServerError(f"{why}{session.stderr_note}") from None

    async def close(self) -> None:
        await asyncio.gather(*(session.close() for session in self._sessions))

    async def _session(self) -> Session:
        async with self._starting:
            last = self._sessions[-1] if self._sessions else None
            if last is not None and not last.closed:
                return last
            if last is not None and last.connected:
                self._crashes += 1
                if self._crashes > _MAX_CRASHES:
                    raise ServerError(f"it died again after it was started anew{last.stderr_note}")
            session = Session(self.server, self._environment)
            self._sessions.append(session)
            await session.client()
            return session

    async def _is_repeatable(self, name: str) -> bool:
        tool = next((tool for tool in await self.tools() if tool.name == name), None)
        hints = tool.annotations if tool is not None else None
        return hints is not None and bool(hints.read_only_hint or hints.idempotent_hint)


def connect(run: Run, name: str, folder: Path) -> Connection:
    """The run's connection to the server that a workflow in `folder` calls `name`. Raises ConfigError."""
    connections: dict[tuple[Path, str], Connection] = run.shared.setdefault("mcp", {})
    if not connections:
        run.at_end.append(lambda: _close(connections))
    server = find_server(name, folder, run.environment)
    key = (server.file, name)
    if key not in connections:
        learn_server_secrets(run.secrets, server)
        connections[key] = Connection(server, run.environment)
    return connections[key]


def learn_server_secrets(secrets: Secrets, server: ServerConfig) -> None:
    """Hide what of a server's configuration looks secret."""
    secrets.learn_variables(server.env)
    secrets.learn_variables(server.headers)
    for name, value in server.headers.items():
        if name.lower() == "authorization":
            secrets.learn(value.rpartition(" ")[2])


async def _close(connections: Mapping[Any, Connection]) -> None:
    await asyncio.gather(*(connect.close() for connect in connections.values()))
