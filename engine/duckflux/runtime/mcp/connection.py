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
from .config import ServerConfig, find
from .session import ServerError, Session

_MOST_DEATHS = 1


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
        self._deaths = 0

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
                if not session.lost(error):
                    raise
                if not session.never_arrived(error) and not await self._harmless(tool):
                    why = f"it died while '{tool}' ran, which may have had effects and is not repeated"
                    raise ServerError(f"{why}{session.last_words}") from None

    async def close(self) -> None:
        await asyncio.gather(*(session.close() for session in self._sessions))

    async def _session(self) -> Session:
        async with self._starting:
            last = self._sessions[-1] if self._sessions else None
            if last is not None and not last.gone:
                return last
            if last is not None and last.answered:
                self._deaths += 1
                if self._deaths > _MOST_DEATHS:
                    raise ServerError(f"it died again after it was started anew{last.last_words}")
            session = Session(self.server, self._environment)
            self._sessions.append(session)
            await session.client()
            return session

    async def _harmless(self, name: str) -> bool:
        tool = next((tool for tool in await self.tools() if tool.name == name), None)
        hints = tool.annotations if tool is not None else None
        return hints is not None and bool(hints.read_only_hint or hints.idempotent_hint)


def connection(run: Run, name: str, folder: Path) -> Connection:
    """The run's connection to the server that a workflow in `folder` calls `name`. Raises ConfigError."""
    connections: dict[tuple[Path, str], Connection] = run.shared.setdefault("mcp", {})
    if not connections:
        run.at_end.append(lambda: _close(connections))
    server = find(name, folder, run.environment)
    key = (server.file, name)
    if key not in connections:
        learn(run.secrets, server)
        connections[key] = Connection(server, run.environment)
    return connections[key]


def learn(secrets: Secrets, server: ServerConfig) -> None:
    """Hide what of a server's configuration looks secret."""
    secrets.learn_variables(server.env)
    secrets.learn_variables(server.headers)
    for name, value in server.headers.items():
        if name.lower() == "authorization":
            secrets.learn(value.rpartition(" ")[2])


async def _close(connections: Mapping[Any, Connection]) -> None:
    await asyncio.gather(*(connection.close() for connection in connections.values()))
