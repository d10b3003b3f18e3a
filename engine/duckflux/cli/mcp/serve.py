"""`duckflux mcp serve`: the workflows of a folder as the tools of an MCP server over stdio."""

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
import msgspec
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

from ...library import Result, Workflow, WorkflowError, load, run
from ...runtime.engine.inputs import InputError
from ...runtime.events import Event, StepFinished, StepStarted
from ...runtime.signals import on_termination_signal
from ...version import __version__

_PATTERNS = ("*.duck.yaml", "*.duck.yml", "*.flow.yaml")
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST_NAME = 64
# Comments for programs.
_NO_WORDS = ("#!", "# yaml-language-server")
_OUTPUT_SCHEMA = {
    "type": "object",
    "properties": {
        "status": {"enum": ["success", "failure"]},
        "output": {"description": "What the workflow gives back."},
        "error": {"type": "string", "description": "Why it failed."},
        "execution": {"type": "string", "description": "The id of the run."},
        "trace": {"type": "string", "description": "The file with all that happened, step by step."},
    },
    "required": ["status", "execution", "trace"],
}


def main(args: argparse.Namespace) -> int:
    """Serve until the client goes. 0: it went; 1: there is no such folder; 130, 143: a signal."""
    folder = Path.cwd() / args.directory
    if not folder.is_dir():
        print(f"error: {args.directory} is no directory", file=sys.stderr)
        return 1
    traces = Path.cwd() / args.trace_dir if args.trace_dir else folder / ".duckflux" / "traces"
    return asyncio.run(_serve(Workflows(folder, traces)))


async def _serve(workflows: Workflows) -> int:
    ending: list[asyncio.Task[None]] = []
    server: Server[Any] = Server(
        "duckflux",
        version=__version__,
        instructions="Each tool runs a duckflux workflow; it gives the output and the file of the run's trace.",
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
    # The SDK reads stdin in a thread that nothing can interrupt.
    os._exit(code)


class Workflows:
    """The tools of a folder, looked up anew each time: files come, change and go."""

    def __init__(self, folder: Path, traces: Path) -> None:
        self._folder = folder
        self._traces = traces
        self._running: set[asyncio.Task[Result]] = set()

    async def end(self) -> None:
        """End all runs and wait until they have ended."""
        for running in self._running:
            running.cancel()
        if self._running:
            await asyncio.wait(self._running)

    async def list(
        self, context: ServerRequestContext[Any], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return ListToolsResult(tools=[_tool(name, found) for name, found in self._found().items()])

    async def call(self, context: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
        workflow = self._found().get(params.name)
        if workflow is None:
            return _failed(f"there is no workflow '{params.name}' in {self._folder}")
        progress = _Progress(context)
        running = asyncio.create_task(
            run(
                workflow,
                params.arguments,
                cwd=self._folder,
                listeners=[progress.hear],
                trace_dir=self._traces,
                warn=_note,
            )
        )
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        try:
            result = await _ended(running)
            await progress.told()
        except InputError as error:
            return _failed("\n".join(error.problems))
        finally:
            progress.close()
        return _answer(result)

    def _found(self) -> dict[str, Workflow]:
        found: dict[str, Workflow] = {}
        for file in sorted({file for pattern in _PATTERNS for file in self._folder.glob(pattern)}):
            try:
                workflow = load(file)
            except WorkflowError as error:
                _note(f"{file.name} is left out, it has errors:\n{error}")
            except (OSError, UnicodeDecodeError) as error:
                _note(f"{file.name} is left out: {error}")
            else:
                found[_name(workflow, found)] = workflow
        return found


async def _ended(running: asyncio.Task[Result]) -> Result:
    """The run's result. When cancelled, all that the run started is ended first."""
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        running.cancel()
        # Shielded from the SDK, which cancels again and again until we are gone.
        with anyio.CancelScope(shield=True):
            await asyncio.wait([running])
        raise


class _Progress:
    """Tells the client of each step, in order, without holding up the run."""

    def __init__(self, context: ServerRequestContext[Any]) -> None:
        self._session = context.session
        self._names: dict[int, str] = {}
        self._said: asyncio.Queue[str] = asyncio.Queue()
        self._telling = asyncio.create_task(self._tell())

    def hear(self, event: Event) -> None:
        match event:
            case StepStarted(attempt=1):
                self._names[event.seq] = event.name
                self._said.put_nowait(f"{event.name} started")
            case StepFinished():
                self._said.put_nowait(f"{self._names.pop(event.seq, 'step')}: {event.status}")
            case _:
                pass

    async def told(self) -> None:
        """Return when all has been sent."""
        await self._said.join()

    def close(self) -> None:
        self._telling.cancel()

    async def _tell(self) -> None:
        for number in itertools.count(1):
            message = await self._said.get()
            # A client that has gone needs no progress.
            with contextlib.suppress(Exception):
                await self._session.report_progress(number, None, message)
            self._said.task_done()


def _tool(name: str, workflow: Workflow) -> Tool:
    return Tool(
        name=name,
        title=workflow.name,
        description=_description(workflow),
        input_schema=workflow.input_schema,
        output_schema=_OUTPUT_SCHEMA,
    )


def _name(workflow: Workflow, taken: dict[str, Workflow]) -> str:
    """The workflow's id, or its file's name; with a number where two have the same."""
    file = workflow.path.name.partition(".")[0]
    name = _NOT_IN_A_NAME.sub("-", workflow.id or file).strip("-")[:_LONGEST_NAME] or "workflow"
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    return next(free for free in itertools.chain([name], numbered) if free not in taken)


def _description(workflow: Workflow) -> str:
    """The comment at the top of the file; else its name."""
    comment = itertools.takewhile(lambda line: line.startswith("#"), workflow.text.splitlines())
    lines = [line.lstrip("# ") for line in comment if not line.startswith(_NO_WORDS)]
    about = "\n".join(lines).strip()
    return about or f"Run the workflow {workflow.name or workflow.id or workflow.path.name}."


def _answer(result: Result) -> CallToolResult:
    about = {"execution": result.id, "trace": str(result.trace)}
    if result.error is not None:
        error = str(result.error)
        return _failed(f"{error}\ntrace: {result.trace}", {"status": "failure", "error": error, **about})
    text = result.output if isinstance(result.output, str) else _json(result.output)
    return CallToolResult(
        content=[TextContent(type="text", text=text)],
        structured_content={"status": "success", "output": result.output, **about},
    )


def _failed(message: str, structured: dict[str, Any] | None = None) -> CallToolResult:
    content: Any = [TextContent(type="text", text=message)]
    return CallToolResult(content=content, structured_content=structured, is_error=True)


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _note(text: str) -> None:
    print(text, file=sys.stderr)
