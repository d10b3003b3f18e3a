"""`type: mcp`: call a tool of an MCP server (LANGUAGE section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcp import MCPError
from mcp.types import CallToolResult, TextContent
from pydantic import ValidationError

from duckflux.cel.json_values import to_json

from ...language.semantics.mcp_servers import ConfigError
from ..engine.chain import parse_output
from ..errors import StepError
from ..mcp.connection import Connection, ReportProgress, connect
from ..mcp.session import ServerError
from . import Outcome, ParticipantCall

_QUOTED = 2_000


async def run(call: ParticipantCall) -> Outcome:
    """Call the tool; its output is the structured content, else the text. Raises StepError."""
    name, tool = call.settings.text("server") or "", call.settings.text("tool") or ""
    frame = call.thread.frame
    arguments = _arguments(call)
    try:
        server = connect(frame.run, name, Path(frame.folder))
        result = await server.call(tool, arguments, _progress(call))
    except ConfigError as error:
        raise _error(call, str(error), "mcp-config", "server") from None
    except ServerError as error:
        raise _error(call, f"MCP server '{name}': {error}", "mcp-server", "server") from None
    except MCPError as error:
        raise _error(call, await _failed(server, tool, error.message), "mcp-tool", "tool") from None
    except (ValidationError, RuntimeError) as error:
        # The SDK's words for a result that is none, or is not what the tool's own schema says.
        what = str(error).partition("\n")[0]
        raise _error(
            call, f"'{tool}' of '{name}' gave a wrong result: {what}", "mcp-result", "tool"
        ) from None
    value, text = _value(result)
    if not result.is_error:
        return Outcome(value, text)
    failure = _error(call, await _failed(server, tool, _text(result) or "no reason"), "mcp-tool", "tool")
    failure.output = value
    raise failure


def _arguments(call: ParticipantCall) -> dict[str, Any]:
    """A map is the arguments. Anything else that merely came along the chain is none of the tool's business."""
    if isinstance(call.input, Mapping):
        return dict(to_json(call.input))
    if call.settings.inputs:
        raise _error(call, "must give a map: the tool's arguments by name", "mcp-arguments", "input")
    return {}


def _progress(call: ParticipantCall) -> ReportProgress | None:
    if not call.thread.frame.run.stream.wants_output:
        return None

    async def report(progress: float, total: float | None, message: str | None) -> None:
        done = f"{progress:g}/{total:g}" if total else f"{progress:g}"
        call.reporter.output("stderr", f"{done} {message}\n" if message else f"{done}\n")

    return report


async def _failed(server: Connection, tool: str, words: str) -> str:
    """What the server says; of a tool that it does not have, also which one may be meant."""
    from duckflux.language.suggest import closest, did_you_mean

    name = server.server.name
    try:
        known = [found.name for found in await server.tools()]
    except (MCPError, ServerError):
        known = [tool]
    if tool in known:
        return f"'{tool}' of '{name}' failed: {words.strip()[:_QUOTED]}"
    there = f"it has {', '.join(known)}" if known else "it has none"
    return f"MCP server '{name}' has no tool '{tool}'{did_you_mean(closest(tool, known))}: {there}"


def _value(result: CallToolResult) -> tuple[Any, bytes | None]:
    """(value, JSON text it was parsed from, if it was)."""
    if result.structured_content is not None:
        return result.structured_content, None
    text = _text(result)
    if text is not None:
        return parse_output(text.encode("utf-8", "replace"))
    return [block.model_dump(mode="json", by_alias=True, exclude_none=True) for block in result.content], None


def _text(result: CallToolResult) -> str | None:
    """The text of a result that is nothing but text."""
    if all(isinstance(block, TextContent) for block in result.content):
        return "\n".join(block.text for block in result.content if isinstance(block, TextContent))
    return None


def _error(call: ParticipantCall, message: str, code: str, field: str) -> StepError:
    location = call.thread.frame.location(call.field(field) or call.settings.node)
    return StepError(message, code=code, field=field, location=location)
