"""A real MCP server, written with the official SDK; over stdio, or with a port over streamable HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ImageContent, TextContent, ToolAnnotations

server = MCPServer("tests")
FOLDER = Path(os.environ.get("FOLDER", "."))


def log(line: str) -> None:
    with (FOLDER / "log").open("a") as file:
        file.write(f"{line}\n")


@server.tool()
def add(a: int, b: int) -> dict[str, int]:
    """Add two numbers."""
    return {"sum": a + b}


@server.tool(structured_output=False)
def say(text: str) -> str:
    """Give a text back."""
    return text


@server.tool(structured_output=False)
def ping() -> str:
    """Answer."""
    return "pong"


@server.tool(structured_output=False)
def picture() -> list[TextContent | ImageContent]:
    """Give a text and a picture."""
    return [
        TextContent(type="text", text="a duck"),
        ImageContent(type="image", data="AAAA", mime_type="image/png"),
    ]


@server.tool()
def environment(name: str) -> dict[str, str | None]:
    """Read an environment variable, and where the server runs."""
    return {"value": os.environ.get(name), "cwd": str(Path.cwd()), "pid": str(os.getpid())}


@server.tool()
def fail() -> str:
    """Fail, always."""
    raise ToolError("no ducks today")


@server.tool()
async def count(to: int, ctx: Context) -> dict[str, int]:
    """Count, and report each number."""
    for number in range(1, to + 1):
        await ctx.report_progress(number, to, f"number {number}")
    return {"counted": to}


@server.tool()
async def sleep(seconds: float) -> dict[str, float]:
    """Sleep; writes down what became of it."""
    log("sleeping")
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        log("cancelled")
        raise
    return {"slept": seconds}


@server.tool()
def die() -> str:
    """End the server, without an answer."""
    log("die")
    print("quack, I die", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
    return ""


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def die_once() -> dict[str, bool]:
    """End the server the first time only. Reading, it says."""
    if not (FOLDER / "died").exists():
        (FOLDER / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return {"lived": True}


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def die_always() -> str:
    """End the server each time. Reading, it says."""
    log("die")
    os.kill(os.getpid(), signal.SIGKILL)
    return ""


if __name__ == "__main__":
    log("started")
    if len(sys.argv) > 1:
        server.run("streamable-http", port=int(sys.argv[1]))
    else:
        server.run("stdio")
