"""Implements `duckflux mcp list`: lists the MCP servers that workflows in a folder can use, and their tools."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any

import msgspec
from mcp import MCPError
from mcp.types import Tool

from ...language.semantics.mcp_servers import ConfigError
from ...runtime.mcp.config import ServerConfig, all_servers, find_server
from ...runtime.mcp.connection import Connection
from ...runtime.mcp.session import ServerError
from ...runtime.process.supervisor import Supervisor
from ...runtime.secrets import Secrets
from ...runtime.signals import EndedBySignalError, until_signal
from ...terminal_text import printable_line
from ..json_output import indented_json
from ..text_output import print_text


class _ServerListing(msgspec.Struct, omit_defaults=True):
    """A configured server; `tools` are as the server describes them."""

    name: str
    file: str
    transport: str
    tools: list[dict[str, Any]] = []
    error: str | None = None


def main(args: argparse.Namespace) -> int:
    """Print the servers and return 0, or 1 if one does not answer or its configuration is invalid.

    A signal ends it with 129, 130 or 143.
    """
    folder = Path(os.path.normpath(Path.cwd() / args.directory))
    try:
        name = args.server
        configured = (
            [find_server(name, folder, os.environ)] if name else list(all_servers(folder, os.environ))
        )
    except ConfigError as error:
        print_text(f"error: {error}", file=sys.stderr)
        return 1
    servers = [server for server in configured if isinstance(server, ServerConfig)]
    try:
        listed = asyncio.run(until_signal(_query_all(servers)))
    except EndedBySignalError as ended:
        print("error: cancelled", file=sys.stderr)
        return ended.code
    if args.json:
        print(indented_json(listed))
    else:
        print_text(
            "\n".join(map(_text, listed)) if listed else "no MCP servers are configured for this folder"
        )
    errors = [error for error in configured if isinstance(error, ConfigError)]
    for config_error in errors:
        print_text(f"error: {config_error}", file=sys.stderr)
    return 1 if errors or any(server.error for server in listed) else 0


async def _query_all(servers: list[ServerConfig]) -> list[_ServerListing]:
    supervisor = Supervisor(os.environ)
    return await supervisor.supervise(_gathered(_query(server, supervisor) for server in servers))


async def _gathered(queries: Iterable[Coroutine[Any, Any, _ServerListing]]) -> list[_ServerListing]:
    return await asyncio.gather(*queries)


async def _query(server: ServerConfig, supervisor: Supervisor) -> _ServerListing:
    listed = _ServerListing(server.name, str(server.file), "stdio" if server.url is None else "http")
    secrets = Secrets(os.environ)
    connection = Connection(server, os.environ, supervisor, secrets)
    try:
        listed.tools = [_tool_fields(tool) for tool in await connection.tools()]
    except (ServerError, MCPError) as error:
        listed.error = secrets.mask(str(error))
    finally:
        await connection.close()
    return listed


def _tool_fields(tool: Tool) -> dict[str, Any]:
    return tool.model_dump(mode="json", by_alias=True, exclude_none=True)


def _text(server: _ServerListing) -> str:
    lines = [printable_line(f"{server.name} ({server.transport}, {server.file})")]
    if server.error is not None:
        lines.append(f"  error: {server.error}")
    names = [printable_line(tool["name"]) for tool in server.tools]
    width = max(map(len, names), default=0)
    for name, tool in zip(names, server.tools, strict=True):
        summary = (tool.get("description") or tool.get("title") or "").strip().partition("\n")[0]
        lines.append(f"  {name:<{width}}  {printable_line(summary)}".rstrip())
    return "\n".join(lines)
