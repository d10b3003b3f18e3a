"""Connects a run to one MCP server: on first use, and once more if the server crashes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from mcp import MCPError
from mcp.types import CallToolResult, Tool

from ..participants.job import Host
from ..process.supervisor import Supervisor
from ..secrets import Secrets
from .config import ServerConfig, find_server
from .session import ServerError, Session

_MAX_CRASHES = 1


class ReportProgress(Protocol):
    """Called with the progress of a call: `progress` of `total`, in the tool's own units."""

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None: ...


class Connection:
    """A connection to a server. Its methods raise ServerError without one, and MCPError for refused requests.

    What the messages of a ServerError quote is free of `secrets`, to which those of the server are added.
    """

    def __init__(
        self,
        server: ServerConfig,
        environment: Mapping[str, str],
        supervisor: Supervisor,
        secrets: Secrets,
    ) -> None:
        secrets.learn_variables(server.env)
        secrets.learn_headers(server.headers)
        self.server = server
        self._environment = environment
        self._supervisor = supervisor
        self._secrets = secrets
        self._sessions: list[Session] = []
        self._starting = asyncio.Lock()
        self._crashes = 0

    async def tools(self) -> list[Tool]:
        """Return the tools of the server."""
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
        """Call a tool and return its result.

        If the server crashes meanwhile it is started again. The call is repeated only if the tool is marked
        as harmless (`readOnlyHint`, `idempotentHint`).
        """
        while True:
            session = await self._session()
            client = await session.client()
            try:
                return await client.call_tool(tool, arguments, progress_callback=progress)
            except MCPError as error:
                if not session.is_connection_lost(error):
                    raise
                if not session.was_not_sent(error) and not await self._is_repeatable(tool):
                    message = (
                        f"it crashed while '{tool}' ran; the call may have had effects and is not repeated"
                    )
                    raise ServerError(f"{message}{session.stderr_note}") from None

    async def close(self) -> None:
        """End all sessions."""
        await asyncio.gather(*(session.close() for session in self._sessions))

    async def _session(self) -> Session:
        async with self._starting:
            last = self._sessions[-1] if self._sessions else None
            if last is not None and not last.closed:
                return last
            if last is not None and last.connected:
                self._crashes += 1
                if self._crashes > _MAX_CRASHES:
                    raise ServerError(f"it crashed again after a restart{last.stderr_note}")
            session = Session(self.server, self._environment, self._supervisor, self._secrets)
            self._sessions.append(session)
            await session.client()
            return session

    async def _is_repeatable(self, name: str) -> bool:
        tool = next((tool for tool in await self.tools() if tool.name == name), None)
        hints = tool.annotations if tool is not None else None
        return hints is not None and bool(hints.read_only_hint or hints.idempotent_hint)


def connect(host: Host, name: str, folder: Path) -> Connection:
    """Return the host's connection to the server that workflows in `folder` call `name`. Raises ConfigError."""
    connections: dict[tuple[Path, str], Connection] = host.shared.setdefault("mcp", {})
    if not connections:
        host.at_end.append(lambda: _close(connections))
    server = find_server(name, folder, host.environment)
    key = (server.file, name)
    if key not in connections:
        connections[key] = Connection(server, host.environment, host.supervisor, host.secrets)
    return connections[key]


async def _close(connections: Mapping[Any, Connection]) -> None:
    await asyncio.gather(*(connect.close() for connect in connections.values()))
