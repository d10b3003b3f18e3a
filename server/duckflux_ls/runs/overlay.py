"""The results of one run, on the text as it is now: they move with edits, and an edit inside a step takes its
result away."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from duckflux.language.analysis import Analysis
from duckflux.language.syntax import LineIndex
from duckflux.runtime.events import Event
from duckflux.trace.model import Execution, Step, TraceBuilder
from duckflux.trace.view.annotate import ResultLine, result_lines
from duckflux.trace.view.labels import ResultAggregator, StepResult, duration_text
from lsprotocol import types

from ..documents import Edit, difference
from ..positions import to_range

SOURCE = "duckflux run"
FAILED_RUN = "run-failed"
_MAX_MESSAGE = 600


class Shown(NamedTuple):
    """A result and where its step starts in the text as it is now."""

    result: StepResult
    start: int


class Overlay:
    """What a run gave. `changed` is set when there is news for the editor."""

    def __init__(self, analysis: Analysis, traces: Path) -> None:
        self.changed = asyncio.Event()
        self.failure: str | None = None
        self._text = analysis.document.text
        self._original = result_lines(analysis)
        self._places = self._original
        self._stale = False
        self._is_same_text = True
        self._traces = traces
        self._file: Path | None = None
        self._records = TraceBuilder()
        self._tally = ResultAggregator()

    def take(self, event: Event) -> None:
        """Take in the next event of the run."""
        record = self._records.apply(event)
        if isinstance(record, Step):
            self._tally.add(record)
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
        """Take in a trace file, as far as it is about this text; `same_text`: the run was of it as it is now."""
        self._file = path
        self._records.execution = execution
        self._tally = ResultAggregator(workflow)
        for step in steps:
            self._tally.add(step)
        self._is_same_text = same_text

    def ended(self, code: int, stderr: str) -> None:
        """The process has ended, with the end of what it said."""
        self.failure = stderr or (f"the run ended with exit code {code}" if code else None)

    def edit(self, edit: Edit, text: str) -> None:
        """Follow a change of the text. Undone to what ran, everything is as it was."""
        self._stale = text != self._text
        self._places = list(_moved(self._places, edit)) if self._stale else self._original

    def reopened(self, text: str) -> None:
        """Follow from the text that ran to another one, whatever was in between."""
        self._places = self._original
        self.edit(difference(self._text, text), text)

    @property
    def stale(self) -> bool:
        """Whether the text is another than the one that ran."""
        return self._stale or not self._is_same_text

    @property
    def execution_id(self) -> str | None:
        return self._records.execution.id if self._records.execution else None

    @property
    def trace_path(self) -> Path | None:
        if self._file is not None:
            return self._file
        return self._traces / f"{self.execution_id}.json" if self.execution_id else None

    @property
    def has_ended(self) -> bool:
        """Whether the run is over, or broke off."""
        execution = self._records.execution
        return execution is not None and (execution.status != "running" or self.failure is not None)

    @property
    def state(self) -> Literal["running", "interrupted", "success", "failure"]:
        """What became of the run so far."""
        execution = self._records.execution
        if execution is None or execution.status == "running":
            return "interrupted" if self.has_ended else "running"
        return execution.status

    @property
    def has_failed(self) -> bool:
        """Whether the run is over, but not with success."""
        execution = self._records.execution
        return self.has_ended and execution is not None and execution.status != "success"

    @property
    def ran(self) -> Collection[str]:
        """The JSON pointers of the steps that the run came to."""
        return self._tally.results().keys()

    @property
    def current(self) -> str:
        """What is going on, in a few words."""
        running = self._records.running
        return running[max(running)].name if running else ""

    @property
    def summary(self) -> str:
        """How the run ended, in a few words."""
        execution = self._records.execution
        if execution is None or execution.status == "running":
            return "broke off"
        return f"{execution.status} in {duration_text(execution.duration)}"

    def shown(self) -> list[Shown]:
        """The results that still have a place, in the order of the text."""
        found = self._tally.results()
        return [Shown(found[place.path], place.start) for place in self._places if place.path in found]

    def diagnostics(
        self, lines: LineIndex, encoding: types.PositionEncodingKind | str
    ) -> list[types.Diagnostic]:
        """The step that made the run fail, until the next run or an edit inside it."""
        execution = self._records.execution
        if execution is None or execution.status != "failure":
            return []
        ran = {place.path for place in self._original}
        results = self._tally.results().values()
        step = _culprit(result.failed for result in results if result.failed and result.path in ran)
        place = next((place for place in self._places if step and place.path == step.path), None)
        if step is None or place is None:
            return []
        line = lines.position(place.start)[0]
        end = min(place.end, lines.line_end(line))
        message = f"failed in the last run: {step.error or 'no reason given'}"
        return [
            types.Diagnostic(
                to_range(lines, place.start, end, encoding),
                message if len(message) <= _MAX_MESSAGE else message[: _MAX_MESSAGE - 1] + "…",
                types.DiagnosticSeverity.Error,
                FAILED_RUN,
                source=SOURCE,
            )
        ]


def _moved(before: list[ResultLine], edit: Edit) -> Iterator[ResultLine]:
    """The places after an edit, without the innermost step that it is inside of and those that it cuts."""
    inside = [place for place in before if _is_inside(edit, place)]
    innermost = max(inside, key=lambda place: place.start, default=None)
    delta = len(edit.text) - (edit.end - edit.start)
    for place in before:
        if place is innermost:
            continue
        if _is_inside(edit, place):
            yield place._replace(end=place.end + delta)
        elif edit.start >= place.end:
            yield place
        elif edit.end <= place.start:
            yield place._replace(start=place.start + delta, end=place.end + delta)


def _is_inside(edit: Edit, place: ResultLine) -> bool:
    """New lines right before or after a step are outside of it; typing on at its ends is inside."""
    if edit.start == place.end and edit.text[:1] in ("\n", "\r"):
        return False
    if edit.end == place.start and ("\n" in edit.text or "\r" in edit.text):
        return False
    return place.start <= edit.start and edit.end <= place.end


def _culprit(steps: Iterable[Step]) -> Step | None:
    """Of the failed steps the innermost that failed last; one that was only cancelled comes after all others."""
    failed = list(steps)
    outer = {step.parent for step in failed}
    inner = [step for step in failed if step.seq not in outer]
    own = [step for step in inner if step.error != "cancelled"] or inner
    return max(own, key=lambda step: step.finished_at, default=None)
