"""Implements `duckflux mcp serve`: serves the workflows of a folder as tools of an MCP server over stdio."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import re
import sys
from pathlib import Path
from typing import Any

import anyio
from mcp import stdio_server
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
)

from ...language.workflow_files import is_workflow_name
from ...library import Result, Workflow, WorkflowError, load, run
from ...runtime.engine.inputs import InputError
from ...runtime.events import Event, StepFinished, StepStarted
from ...runtime.signals import on_termination_signal
from ...trace import DEFAULT_FOLDER
from ...version import __version__
from ..json_output import indented_json
from ..text_output import print_text

_INVALID_IN_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
_MAX_NAME = 64
# Comments that are for programs.
_PROGRAM_COMMENTS = ("#!", "# yaml-language-server")
_OUTPUT_SCHEMA = {
    "type": "object",
    "properties": {
        "status": {"enum": ["success", "failure"]},
        "output": {"description": "The output of the workflow."},
        "error": {"type": "string", "description": "The reason of the failure."},
        "execution": {"type": "string", "description": "The id of the run."},
        "trace": {"type": "string", "description": "The trace file, which records every step of the run."},
    },
    "required": ["status", "execution", "trace"],
}


def main(args: argparse.Namespace) -> int:
    """Serve until the client disconnects and return 0, or 1 if the folder does not exist.

    A signal ends the process with 129, 130 or 143.
    """
    folder = Path.cwd() / args.directory
    if not folder.is_dir():
        print_text(f"error: {args.directory} is not a folder", file=sys.stderr)
        return 1
    traces = Path.cwd() / args.trace_dir if args.trace_dir else folder / DEFAULT_FOLDER
    return asyncio.run(_serve(Workflows(folder, traces)))


async def _serve(workflows: Workflows) -> int:
    ending: list[asyncio.Task[None]] = []
    server: Server[Any] = Server(
        "duckflux",
        version=__version__,
        instructions="Each tool runs a duckflux workflow and returns its output and the file of the run's trace.",
        on_list_tools=workflows.list,
        on_call_tool=workflows.call,
    )
    loop = asyncio.get_running_loop()
    on_termination_signal(loop, lambda code: ending.append(asyncio.create_task(_end(workflows, code))))
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())
    return 0


async def _end(workflows: Workflows, code: int) -> None:
    await workflows.end()
    # The SDK reads stdin in a thread that cannot be interrupted.
    os._exit(code)


class Workflows:
    """The tools of a folder. The files are loaded again for each request, because they come, change and go."""

    def __init__(self, folder: Path, traces: Path) -> None:
        self._folder = folder
        self._traces = traces
        self._running: set[asyncio.Task[Result]] = set()

    async def end(self) -> None:
        """Cancel all runs and wait until they have ended."""
        for running in self._running:
            running.cancel()
        if self._running:
            await asyncio.wait(self._running)

    async def list(
        self, context: ServerRequestContext[Any], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        """Return the tools."""
        return ListToolsResult(tools=[_tool(name, workflow) for name, workflow in self._load_all().items()])

    async def call(self, context: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
        """Run a workflow and return its result."""
        workflow = self._load_all().get(params.name)
        if workflow is None:
            return _failed(f"no workflow '{params.name}' exists in {self._folder}")
        progress = _Progress(context)
        running = asyncio.create_task(
            run(
                workflow,
                params.arguments,
                cwd=self._folder,
                listeners=[progress.report],
                trace_dir=self._traces,
                warn=_note,
            )
        )
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        try:
            result = await _wait_for(running)
            await progress.flush()
        except InputError as error:
            return _failed("\n".join(error.problems))
        finally:
            progress.close()
        return _answer(result)

    def _load_all(self) -> dict[str, Workflow]:
        found: dict[str, Workflow] = {}
        for file in sorted(file for file in self._folder.glob("*") if is_workflow_name(file.name)):
            try:
                workflow = load(file)
            except WorkflowError as error:
                _note(f"{file.name} is skipped because it has errors:\n{error}")
            except (OSError, UnicodeDecodeError) as error:
                _note(f"{file.name} is skipped: {error}")
            else:
                found[_name(workflow, found)] = workflow
        return found


async def _wait_for(running: asyncio.Task[Result]) -> Result:
    """Return the run's result. When cancelled, the run is cancelled and ends first."""
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        running.cancel()
        # Shielded from the SDK, which cancels repeatedly until this task has ended.
        with anyio.CancelScope(shield=True):
            await asyncio.wait([running])
        raise


class _Progress:
    """Reports each step to the client, in order, without delaying the run."""

    def __init__(self, context: ServerRequestContext[Any]) -> None:
        self._session = context.session
        self._names: dict[int, str] = {}
        self._messages: asyncio.Queue[str] = asyncio.Queue()
        self._sender = asyncio.create_task(self._send())

    def report(self, event: Event) -> None:
        """Queue the message for an event."""
        match event:
            case StepStarted(attempt=1):
                self._names[event.seq] = event.name
                self._messages.put_nowait(f"{event.name} started")
            case StepFinished():
                self._messages.put_nowait(f"{self._names.pop(event.seq, 'step')}: {event.status}")
            case _:
                pass

    async def flush(self) -> None:
        """Wait until all messages have been sent."""
        await self._messages.join()

    def close(self) -> None:
        """Stop sending."""
        self._sender.cancel()

    async def _send(self) -> None:
        for number in itertools.count(1):
            message = await self._messages.get()
            # The client may have disconnected.
            with contextlib.suppress(Exception):
                await self._session.report_progress(number, None, message)
            self._messages.task_done()


def _tool(name: str, workflow: Workflow) -> Tool:
    return Tool(
        name=name,
        title=workflow.name,
        description=_description(workflow),
        input_schema=workflow.input_schema,
        output_schema=_OUTPUT_SCHEMA,
    )


def _name(workflow: Workflow, existing: dict[str, Workflow]) -> str:
    """Return the workflow's id, or its file's name, with a number if the name is taken."""
    file = workflow.path.name.partition(".")[0]
    name = _INVALID_IN_NAME.sub("-", workflow.id or file).strip("-")[:_MAX_NAME] or "workflow"
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    return next(free for free in itertools.chain([name], numbered) if free not in existing)


def _description(workflow: Workflow) -> str:
    """Return the comment at the top of the file, or else a sentence with its name."""
    comment = itertools.takewhile(lambda line: line.startswith("#"), workflow.text.splitlines())
    lines = [line.lstrip("# ") for line in comment if not line.startswith(_PROGRAM_COMMENTS)]
    text = "\n".join(lines).strip()
    return text or f"Run the workflow {workflow.name or workflow.id or workflow.path.name}."


def _answer(result: Result) -> CallToolResult:
    run_fields = {"execution": result.id, "trace": str(result.trace)}
    if result.error is not None:
        error = str(result.error)
        return _failed(f"{error}\ntrace: {result.trace}", {"status": "failure", "error": error, **run_fields})
    text = result.output if isinstance(result.output, str) else indented_json(result.output)
    return CallToolResult(
        content=[TextContent(type="text", text=text)],
        structured_content={"status": "success", "output": result.output, **run_fields},
    )


def _failed(message: str, structured: dict[str, Any] | None = None) -> CallToolResult:
    content: Any = [TextContent(type="text", text=message)]
    return CallToolResult(content=content, structured_content=structured, is_error=True)


def _note(text: str) -> None:
    print_text(text, file=sys.stderr)
