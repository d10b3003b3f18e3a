"""Runs `type: mcp`: calls a tool of an MCP server (docs/language.md#input-of-each-type)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from mcp import MCPError
from mcp.types import CallToolResult, TextContent
from msgspec.structs import replace
from pydantic import ValidationError

from duckflux.cel.json_values import to_json
from duckflux.json_text import non_finite_path

from ...language.semantics.mcp_servers import ConfigError
from ..mcp.connection import Connection, ReportProgress, connect
from ..mcp.session import ServerError
from ..values import output_or_text
from .job import Done, Host, Job, Problem, StepOutput, moved_path
from .participant_call import Outcome, ParticipantCall
from .performable import Performable

_MAX_QUOTED = 2_000


class ToolJob(Job, frozen=True):
    """Asks for a call of a tool; `folder` is that of the workflow, which says where servers are configured."""

    server: str
    tool: str
    arguments: dict[str, Any]
    folder: str

    def moved(self, old: str, new: str) -> Self:
        """Return the job with its folder below another."""
        return replace(self, folder=moved_path(self.folder, old, new))


class ToolDone(Done, frozen=True):
    """Holds what a tool gave: its text, or else a value."""

    text: str | None = None
    value: Any = None


def prepare(call: ParticipantCall) -> ToolJob:
    """Return the call. Raises StepError for arguments that are not a map."""
    return ToolJob(
        call.settings.text("server") or "",
        call.settings.text("tool") or "",
        _arguments(call),
        call.thread.frame.folder,
    )


async def perform(job: ToolJob, host: Host, output: StepOutput) -> ToolDone:
    """Call the tool and return its structured content, or else its text, or why there is none."""
    try:
        server = connect(host, job.server, Path(job.folder))
        result = await server.call(job.tool, job.arguments, _progress(output))
    except ConfigError as error:
        return ToolDone(Problem(str(error), code="mcp-config", field="server"))
    except ServerError as error:
        message = f"MCP server '{job.server}': {error}"
        return ToolDone(Problem(message, code="mcp-server", field="server"))
    except MCPError as error:
        message = await _failure_message(server, job.tool, _quoted(host, error.message))
        return ToolDone(Problem(message, code="mcp-tool", field="tool"))
    except (ValidationError, RuntimeError) as error:
        # The SDK rejected the result: it is malformed, or does not fit the tool's own schema.
        reason = str(error).partition("\n")[0]
        message = f"'{job.tool}' of '{job.server}' gave a wrong result: {reason}"
        return ToolDone(Problem(message, code="mcp-result", field="tool"))
    if not result.is_error:
        return _done(result)
    message = await _failure_message(server, job.tool, _quoted(host, _text(result) or "no reason"))
    return ToolDone(Problem(message, code="mcp-tool", field="tool", output=_reported(result)))


def finish(call: ParticipantCall, job: ToolJob, done: ToolDone) -> Outcome:
    """Return the value of a tool's result. Raises StepError if it cannot be read."""
    if done.text is not None:
        return Outcome(*call.parse_output(done.text.encode("utf-8", "replace"), field="tool"))
    return Outcome(done.value)


TOOL = Performable(ToolJob, ToolDone, prepare, perform, finish)


def _quoted(host: Host, reason: str) -> str:
    # Masked before it is cut: of a cut secret, the rest would stay readable.
    return host.secrets.mask(reason.strip())[:_MAX_QUOTED]


def _arguments(call: ParticipantCall) -> dict[str, Any]:
    """Return the tool's arguments: the input if it is a map. Raises StepError for an own `input` of another type.

    Any other value that only came along the chain is ignored.
    """
    if isinstance(call.input, Mapping):
        return dict(to_json(call.input))
    if call.settings.inputs:
        raise call.error("must give a map: the tool's arguments by name", code="mcp-arguments", field="input")
    return {}


def _progress(output: StepOutput) -> ReportProgress | None:
    write = output.write
    if write is None:
        return None

    async def report(progress: float, total: float | None, message: str | None) -> None:
        done = f"{progress:g}/{total:g}" if total else f"{progress:g}"
        write("stderr", f"{done} {message}\n" if message else f"{done}\n")

    return report


async def _failure_message(server: Connection, tool: str, reason: str) -> str:
    """Return the message for a failed call; for an unknown tool it names a similar one."""
    from duckflux.language.suggest import closest, did_you_mean

    name = server.server.name
    try:
        known = [found.name for found in await server.tools()]
    except (MCPError, ServerError):
        known = [tool]
    if tool in known:
        return f"'{tool}' of '{name}' failed: {reason}"
    available = f"its tools are {', '.join(known)}" if known else "it has no tools"
    return f"MCP server '{name}' has no tool '{tool}'{did_you_mean(closest(tool, known))}: {available}"


def _done(result: CallToolResult) -> ToolDone:
    """Return the result of a call that succeeded, a problem for a value that cannot be read."""
    text = _text(result)
    if result.structured_content is None and text is not None:
        return ToolDone(text=text)
    if (path := non_finite_path(result.structured_content)) is not None:
        message = f"its output can't be read: the number at {path} is out of range"
        return ToolDone(Problem(message, code="output-number", field="tool"))
    return ToolDone(value=_reported(result))


def _reported(result: CallToolResult) -> Any:
    """Return the value of a result; what is not a value is kept as text."""
    if result.structured_content is not None:
        return result.structured_content
    text = _text(result)
    if text is not None:
        return output_or_text(text.encode("utf-8", "replace"))
    return [block.model_dump(mode="json", by_alias=True, exclude_none=True) for block in result.content]


def _text(result: CallToolResult) -> str | None:
    """Return the text of a result, None if the result has other content too."""
    if all(isinstance(block, TextContent) for block in result.content):
        return "\n".join(block.text for block in result.content if isinstance(block, TextContent))
    return None
