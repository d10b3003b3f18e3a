"""`duckflux mcp list`: the MCP servers that a workflow in a folder can name, and what they offer."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import msgspec
from mcp import MCPError
from mcp.types import Tool

from ...language.semantics.mcp_servers import ConfigError
from ...runtime.mcp.config import ServerConfig, all_servers, find_server
from ...runtime.mcp.connection import Connection, learn_server_secrets
from ...runtime.mcp.session import ServerError
from ...runtime.secrets import Secrets


class _Listed(msgspec.Struct, omit_defaults=True):
    """What is known of a server; `tools` are as the server describes them."""

    name: str
    file: str
    transport: str
    tools: list[dict[str, Any]] = []
    error: str | None = None


def main(args: argparse.Namespace) -> int:
    """Show the servers. 0: all of them answer; 1: one does not, or is configured wrongly."""
    folder = Path(os.path.normpath(Path.cwd() / args.directory))
    try:
        one = args.server
        configured = [find_server(one, folder, os.environ)] if one else list(all_servers(folder, os.environ))
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    servers = [server for server in configured if isinstance(server, ServerConfig)]
    listed = asyncio.run(_all(servers))
    if args.json:
        print(msgspec.json.format(msgspec.json.encode(listed), indent=2).decode())
    else:
        print("\n".join(map(_text, listed)) if listed else "no MCP servers are configured for this folder")
    wrong = [error for error in configured if isinstance(error, ConfigError)]
    for problem in wrong:
        print(f"error: {problem}", file=sys.stderr)
    return 1 if wrong or any(server.error for server in listed) else 0


async def _all(servers: list[ServerConfig]) -> list[_Listed]:
    return await asyncio.gather(*map(_one, servers))


async def _one(server: ServerConfig) -> _Listed:
    listed = _Listed(server.name, str(server.file), "stdio" if server.url is None else "http")
    connection = Connection(server, os.environ)
    try:
        listed.tools = [_plain(tool) for tool in await connection.tools()]
    except (ServerError, MCPError) as error:
        secrets = Secrets(os.environ)
        learn_server_secrets(secrets, server)
        listed.error = secrets.mask(str(error))
    finally:
        await connection.close()
    return listed


def _plain(tool: Tool) -> dict[str, Any]:
    return tool.model_dump(mode="json", by_alias=True, exclude_none=True)


def _text(server: _Listed) -> str:
    lines = [f"{server.name} ({server.transport}, {server.file})"]
    if server.error is not None:
        lines.append(f"  error: {server.error}")
    width = max((len(tool["name"]) for tool in server.tools), default=0)
    for tool in server.tools:
        about = (tool.get("description") or tool.get("title") or "").strip().partition("\n")[0]
        lines.append(f"  {tool['name']:<{width}}  {about}".rstrip())
    return "\n".join(lines)
