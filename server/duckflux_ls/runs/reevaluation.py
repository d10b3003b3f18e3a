"""Evaluates `set`, `if` and `output` again while they are written, on what the steps of the last run gave.

The workflow is replayed in a process of its own, some time after the last key: no participant runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from duckflux.language.analysis import Analysis
from duckflux.runtime.events import UNSET, ExecutionFinished, StepFinished, StepStarted
from duckflux.runtime.process.duckflux_process import end_all
from duckflux.trace.model import Step, TraceBuilder
from duckflux.value_changes import value_text

from ..session.documents import OpenDocument
from .manager import Runs, as_file
from .process import RunFiles, RunProcess

# Seconds without a key, and how long a replay may take: it could come to a `wait` that is new.
_PAUSE = 0.4
_MAX_SECONDS = 5.0
_MAX_VALUE = 40


class Reevaluated(msgspec.Struct, frozen=True):
    """A text, and the shortened `values` that its expressions give, by the JSON pointers of their steps."""

    text: str
    values: Mapping[str, str]


class Reevaluations:
    """The new values of each document, by its URI. `on_change` is called when there are others."""

    def __init__(self, runs: Runs, on_change: Callable[[], None]) -> None:
        self._runs = runs
        self._on_change = on_change
        self._found: dict[str, Reevaluated] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def values(self, uri: str, text: str) -> Mapping[str, str]:
        """Return the values that belong to a text of a document."""
        found = self._found.get(uri)
        return found.values if found is not None and found.text == text else {}

    def changed(self, document: OpenDocument) -> None:
        """Evaluate again once nobody types any more."""
        self.forget(document.uri)
        self._tasks[document.uri] = asyncio.create_task(self._evaluate(document))

    def forget(self, uri: str) -> None:
        """Stop what is under way for a document."""
        task = self._tasks.pop(uri, None)
        if task is not None:
            task.cancel()

    async def end(self) -> None:
        """Stop everything, and wait until it has ended."""
        await end_all(self._tasks.values())

    async def _evaluate(self, document: OpenDocument) -> None:
        await asyncio.sleep(_PAUSE)
        uri, overlay = document.uri, self._runs.overlay(document.uri)
        if overlay is None or not overlay.has_ended or overlay.workflow is not None or not overlay.stale:
            return
        analysis = await document.analysis()
        if analysis.errors or overlay.trace_path is None or document.path is None or not self._runs.trusted:
            return
        values = await _replayed(analysis, document.path, overlay.trace_path)
        if values and document.text == analysis.document.text:
            self._found[uri] = Reevaluated(document.text, values)
            self._on_change()


async def _replayed(analysis: Analysis, path: Path, trace: Path) -> dict[str, str]:
    """Return what the expressions give as far as the replay comes."""
    values: dict[str, str] = {}
    with await asyncio.to_thread(as_file, analysis.document.text) as source:
        try:
            process = await _started(path, RunFiles(source), trace)
        except OSError:
            return values
    builder = TraceBuilder()
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(_MAX_SECONDS):
                async for event in process.events():
                    record = builder.apply(event)
                    if isinstance(event, StepStarted | StepFinished) and isinstance(record, Step):
                        values |= _values_of(record)
                    elif isinstance(event, ExecutionFinished) and event.status == "success":
                        values |= {} if event.output is UNSET else {"/output": _text(event.output)}
    finally:
        await process.end()
    return values


async def _started(path: Path, files: RunFiles, trace: Path) -> RunProcess:
    """Start the replay. One that nobody waits for any more is ended again. Raises OSError."""
    options = ("--replay", str(trace), "--no-control")
    starting = asyncio.ensure_future(RunProcess.start(path, files, {}, None, options=options))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await (await starting).end()
        raise


def _values_of(step: Step) -> dict[str, str]:
    """Return what a step of the run's own workflow tells, as the last execution of each step says."""
    if step.path is None or step.workflow is not None:
        return {}
    if step.type == "set" and step.status == "success":
        return {step.path: _text(step.output)}
    before, branch, _ = step.path.rpartition("/if/then/")
    if branch:
        return {before: "true"}
    if step.type == "if" and step.status != "running":
        return {}
    before, branch, _ = step.path.rpartition("/if/else/")
    return {before: "false"} if branch else {step.path: "false"} if step.type == "if" else {}


def _text(value: Any) -> str:
    return value_text(value, _MAX_VALUE)
