"""Keeps the results of one run on the text as it is now.

The results move with edits; an edit inside a step removes its result.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec
from duckflux.language.analysis import Analysis
from duckflux.language.syntax import LineIndex
from duckflux.language.syntax.edits import TextEdit
from duckflux.language.syntax.text_difference import single_edit
from duckflux.runtime.events import Event
from duckflux.runtime.secrets import MASK
from duckflux.trace.model import Execution, Step, TraceBuilder
from duckflux.trace.view.annotate import ResultLine, result_lines
from duckflux.trace.view.event_lines import CONSTRUCTS
from duckflux.trace.view.labels import ResultAggregator, StepResult, duration_text
from duckflux.trace.view.timeline import parse_timestamp
from lsprotocol import types

from ..session.positions import Encoding, to_range

# Steps of these types print nothing themselves.
NOT_PRINTING = CONSTRUCTS | {"wait", "emit"}
SOURCE = "duckflux run"
FAILED_RUN = "run-failed"
_MAX_MESSAGE = 600
_FAILED_EXPRESSION = re.compile(r"\(in `([^`…]+)`\)$")
_REFUSED = re.compile(r"^\S[^\n]*?: error: (?:--[a-z-]+(?: [^:]*)?: )?")
_HINT = re.compile(r"[:;,]? (?:give it |give the step to run again from )?with --[a-z-]+[^\n;]*$")


RunState: TypeAlias = Literal["running", "interrupted", "cancelled", "success", "failure"]


class ShownResult(msgspec.Struct, frozen=True):
    """A result, and where its step starts in the text as it is now.

    `elapsed` is for how many milliseconds the step has been running, None if it does not run.
    """

    result: StepResult
    start: int
    elapsed: int | None = None


class Waiting(NamedTuple):
    """An event that a run waits for, since a time.

    `step` is the JSON pointer of the step, None for one of a sub-workflow.
    """

    event: str
    since: str
    step: str | None


class Overlay:
    """The results of a run. `changed` is set when there are new ones; `analysis` is that of the text that ran."""

    def __init__(self, analysis: Analysis, traces: Path | None) -> None:
        self.analysis = analysis
        self.changed = asyncio.Event()
        self.failure: str | None = None
        self._ended = False
        self._text = analysis.document.text
        self._original = result_lines(analysis)
        self._lines = self._original
        # The same lines, also those of steps that were edited inside.
        self._tracked = self._original
        self._valid: tuple[Analysis, Collection[str]] = (analysis, ())
        self._stale = False
        self._is_same_text = True
        self._traces = traces
        self._file: Path | None = None
        self._builder = TraceBuilder()
        self._counts = ResultAggregator()

    def take(self, event: Event) -> None:
        """Take in the next event of the run."""
        record = self._builder.apply(event)
        if isinstance(record, Step):
            self._counts.add(record)
        self.changed.set()

    def load(
        self,
        path: Path,
        execution: Execution,
        steps: Iterable[Step],
        workflow: str | None,
        *,
        same_text: bool,
    ) -> None:
        """Take in a trace file. `same_text` says whether the run was of the text as it is now."""
        self._file = path
        self._builder.execution = execution
        self._counts = ResultAggregator(workflow)
        for step in steps:
            self._counts.add(step)
        self._is_same_text = same_text

    def recorded_in(self, file: Path | None) -> None:
        """Take note of the trace file of a run that was started elsewhere."""
        self._file = file

    def ended(self, code: int, stderr: str) -> None:
        """Take note that the process has ended, with the end of what it wrote to stderr."""
        self._ended = True
        self.failure = _without_options(stderr) or (f"the run ended with exit code {code}" if code else None)

    def edit(self, edit: TextEdit, text: str) -> None:
        """Follow a change of the text. When it is undone to what ran, all results are back."""
        self._stale = text != self._text
        self._lines = list(_moved(self._lines, edit)) if self._stale else self._original
        self._tracked = list(_moved(self._tracked, edit, keep=True)) if self._stale else self._original

    def reopened(self, text: str) -> None:
        """Follow from the text that ran to another one, whatever was in between."""
        self._lines = self._tracked = self._original
        self.edit(single_edit(self._text, text), text)

    @property
    def stale(self) -> bool:
        """Return whether the text differs from the one that ran."""
        return self._stale or not self._is_same_text

    def recorded_path(self, start: int) -> str | None:
        """Return the JSON pointer that a step of the flow had when it ran, by where it starts in the text now."""
        flow = (line for line in self._tracked if line.path.startswith("/flow/"))
        return next((line.path for line in flow if line.start == start), None)

    @property
    def workflow(self) -> str | None:
        """The sub-workflow file whose results these are, None for the run's own workflow."""
        return self._counts.workflow

    async def compare(self, analysis: Analysis) -> None:
        """Find the results that still hold in the text as it is now, if it is not the one that ran."""
        if self._stale and self._is_same_text and self._valid[0] is not analysis:
            from duckflux.language.semantics.valid_results import valid_results

            found = await asyncio.to_thread(valid_results, self.analysis.workflow, analysis.workflow)
            self._valid = (analysis, frozenset(found.values()))

    def holds(self, path: str) -> bool:
        """Return whether the result of a step, by its JSON pointer in the text that ran, still holds."""
        return not self.stale or path in self._valid[1]

    @property
    def first_stale(self) -> str | None:
        """Return the JSON pointer then of the first step that ran and whose result does not hold any more."""
        results = self._counts.results().values()
        stale = [
            result for result in results if result.path.startswith("/flow/") and not self.holds(result.path)
        ]
        return min(stale, key=lambda result: result.last.started_at).path if stale else None

    @property
    def execution_id(self) -> str | None:
        """The id of the execution, once it has started."""
        return self._builder.execution.id if self._builder.execution else None

    @property
    def started_at(self) -> str | None:
        """The time at which the run began, once it has."""
        return self._builder.execution.started_at if self._builder.execution else None

    @property
    def trace_path(self) -> Path | None:
        """The trace file, once it is known."""
        if self._file is not None:
            return self._file
        return self._traces / f"{self.execution_id}.json" if self._traces and self.execution_id else None

    @property
    def has_ended(self) -> bool:
        """Return whether the run is over, or was interrupted."""
        execution = self._builder.execution
        return self._ended or (execution is not None and execution.status != "running")

    @property
    def state(self) -> RunState:
        """The state of the run."""
        execution = self._builder.execution
        if execution is None and self._ended:
            return "failure"
        if execution is None or execution.status == "running":
            return "interrupted" if self.has_ended else "running"
        return "cancelled" if execution.was_cancelled else execution.status

    @property
    def has_failed(self) -> bool:
        """Return whether the run is over without success."""
        execution = self._builder.execution
        return self.has_ended and execution is not None and execution.status != "success"

    @property
    def ran(self) -> Collection[str]:
        """The JSON pointers of the steps that have run."""
        return self._counts.results().keys()

    @property
    def current(self) -> str:
        """Return the name of the step that runs, or an empty string."""
        running = self._builder.running
        return running[max(running)].name if running else ""

    @property
    def waiting(self) -> list[Waiting]:
        """The events that the run waits for, in the order of the steps' starts."""
        if self.has_ended:
            return []
        return [
            Waiting(step.awaits, step.started_at, step.path if step.workflow is None else None)
            for step in self._builder.running.values()
            if step.awaits is not None
        ]

    @property
    def printing(self) -> list[str]:
        """The JSON pointers of the steps whose output people want to see: those that run, and that failed."""
        results = self._counts.results().values()
        statuses = ("failure",) if self.has_ended else ("failure", "running")
        return [
            result.path
            for result in results
            if result.last.status in statuses and result.last.type not in NOT_PRINTING
        ]

    @property
    def summary(self) -> str:
        """Return how the run ended, in a few words."""
        execution = self._builder.execution
        if execution is None and self.failure is not None:
            return self.failure.partition("\n")[0]
        if execution is None or execution.status == "running":
            return self.state
        preposition = "after" if execution.was_cancelled else "in"
        return f"{self.state} {preposition} {duration_text(execution.duration)}"

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs of the run as far as its trace has them: without secrets, and without what was cut."""
        execution = self._builder.execution
        if execution is None or execution.truncated or not isinstance(execution.inputs, dict):
            return {}
        return {name: value for name, value in execution.inputs.items() if MASK not in str(value)}

    def results(self) -> dict[str, StepResult]:
        """Return the results of all steps, by their JSON pointers in the text that ran."""
        return self._counts.results()

    def result(self, step: str) -> StepResult | None:
        """Return the result of a step, by its JSON pointer, or None."""
        return self._counts.results().get(step)

    def shown(self) -> list[ShownResult]:
        """Return the results that still have a place, in the order of the text."""
        found, now = self._counts.results(), round(time.time() * 1000)
        return [
            ShownResult(
                found[result_line.path], result_line.start, self._elapsed(found[result_line.path], now)
            )
            for result_line in self._lines
            if result_line.path in found
        ]

    def _elapsed(self, result: StepResult, now: int) -> int | None:
        """Return for how long a step has been running at a time in milliseconds since 1970."""
        if self.has_ended or result.last.status != "running":
            return None
        started = parse_timestamp(result.last.started_at)
        return max(0, now - started) if started is not None else None

    def diagnostics(self, lines: LineIndex, encoding: Encoding) -> list[types.Diagnostic]:
        """Return a diagnostic at the step that made the run fail, until the next run or an edit inside it."""
        execution = self._builder.execution
        if execution is None or execution.status != "failure" or execution.was_cancelled:
            return []
        ran = {result_line.path for result_line in self._original}
        results = self._counts.results().values()
        step = _culprit(result.failed for result in results if result.failed and result.path in ran)
        result_line = next(
            (result_line for result_line in self._lines if step and result_line.path == step.path), None
        )
        if step is None or result_line is None:
            return []
        start, end = _place(step.error or "", result_line, lines)
        message = f"failed in the last run: {step.error or 'unknown reason'}"
        return [
            types.Diagnostic(
                to_range(lines, start, end, encoding),
                message if len(message) <= _MAX_MESSAGE else message[: _MAX_MESSAGE - 1] + "…",
                types.DiagnosticSeverity.Error,
                FAILED_RUN,
                source=SOURCE,
            )
        ]


def _place(error: str, result_line: ResultLine, lines: LineIndex) -> tuple[int, int]:
    """Return the range of the expression that failed, such as a condition, else the step's first line."""
    failed = _FAILED_EXPRESSION.search(error)
    if failed is not None:
        start = lines.text.find(failed[1], result_line.start, result_line.end)
        if start >= 0:
            return start, start + len(failed[1])
    line = lines.position(result_line.start)[0]
    return result_line.start, min(result_line.end, lines.line_end(line))


def _without_options(stderr: str) -> str:
    """Return what a run says that was refused as an editor says it: without the file and options of a command."""
    lines = (_REFUSED.sub("", line) for line in stderr.splitlines())
    return "\n".join(_HINT.sub("", line) for line in lines).strip()


def _moved(before: list[ResultLine], edit: TextEdit, *, keep: bool = False) -> Iterator[ResultLine]:
    """Return the lines after an edit, without those that it cuts.

    The innermost step that it is inside of is left out too, unless it is to `keep`.
    """
    inside = [result_line for result_line in before if _is_inside(edit, result_line)]
    innermost = max(inside, key=lambda result_line: result_line.start, default=None)
    delta = len(edit.text) - (edit.end - edit.start)
    for result_line in before:
        if result_line is innermost and not keep:
            continue
        if _is_inside(edit, result_line):
            yield result_line._replace(end=result_line.end + delta)
        elif edit.start >= result_line.end:
            yield result_line
        elif edit.end <= result_line.start:
            yield result_line._replace(start=result_line.start + delta, end=result_line.end + delta)


def _is_inside(edit: TextEdit, result_line: ResultLine) -> bool:
    """Return whether an edit is inside a step: also typing at its ends, but no new lines before or after it."""
    if edit.start == result_line.end and edit.text[:1] in ("\n", "\r"):
        return False
    if edit.end == result_line.start and ("\n" in edit.text or "\r" in edit.text):
        return False
    return result_line.start <= edit.start and edit.end <= result_line.end


def _culprit(steps: Iterable[Step]) -> Step | None:
    """Return the innermost of the failed steps that failed last, one that was only cancelled if no other did."""
    failed = list(steps)
    outer = {step.parent for step in failed}
    inner = [step for step in failed if step.seq not in outer]
    own = [step for step in inner if not step.was_cancelled] or inner
    return max(own, key=lambda step: step.finished_at, default=None)
