"""Formats results as short labels, for the lines of a workflow in `trace show` and in the editor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..model import CANCELLED, INTERRUPTED, Step, is_timeout
from ..usage import Usage, added, usage_of

MAX_LABEL = 42
_MAX_PART = 29
SYMBOLS = {"running": "⟳", "success": "✓", "failure": "✗", "skipped": "⊘"}
_CANCELLED_SYMBOL = "⊘"
WAITING_SYMBOL = "⏸"
_MEANS = {
    "editor": "answered in the editor",
    "cli": "answered in a terminal",
    "web": "answered on the web page",
    "hub": "came through the hub",
}


class StepResult(NamedTuple):
    """The executions of one step of the file: `last` is the last one, `failed` the last that failed.

    `executions` counts all, `runs` those that were not skipped; `duration` (milliseconds), `retries` and
    `usage` are sums over all; `iterations` counts those of a loop.
    """

    path: str
    last: Step
    failed: Step | None = None
    executions: int = 0
    runs: int = 0
    duration: int = 0
    retries: int = 0
    iterations: int = 0
    usage: Usage | None = None


class ResultAggregator:
    """Adds up the results of a run, step by step; its size depends on the file, not on the length of the run.

    It counts the steps of the run's own file, or of the sub-workflow file `workflow`. Steps without a path,
    as in traces of the reference, are left out.
    """

    def __init__(self, workflow: str | None = None) -> None:
        self.workflow = workflow
        self._results: dict[str, StepResult] = {}
        self._running: set[int] = set()

    def add(self, step: Step) -> None:
        """Add a step that has begun, begins again, or has finished."""
        if step.path is None or step.workflow != self.workflow:
            return
        known = step.seq in self._running
        so_far = self._results.get(step.path) or StepResult(step.path, step)
        self._results[step.path] = so_far._replace(
            last=step if step.seq >= so_far.last.seq else so_far.last,
            failed=step if step.status == "failure" else so_far.failed,
            executions=so_far.executions + (not known),
            runs=so_far.runs + (not known) - (step.status == "skipped"),
            duration=so_far.duration + step.duration,
            retries=so_far.retries + step.retries,
            usage=added(so_far.usage, usage_of(step)),
        )
        (self._running.add if step.status == "running" else self._running.discard)(step.seq)

    def results(self) -> dict[str, StepResult]:
        """Return the results so far, by JSON pointer."""
        return {path: self._with_iterations(result) for path, result in self._results.items()}

    def _with_iterations(self, result: StepResult) -> StepResult:
        # Each iteration begins with the loop's first step.
        first = self._results.get(f"{result.path}/loop/steps/0")
        return (
            result._replace(iterations=first.executions) if first and result.last.type == "loop" else result
        )


def results(steps: Iterable[Step], workflow: str | None = None) -> dict[str, StepResult]:
    """Return the results of a whole trace, by JSON pointer: see ResultAggregator."""
    aggregator = ResultAggregator(workflow)
    for step in steps:
        aggregator.add(step)
    return aggregator.results()


def label(result: StepResult, elapsed: int | None = None) -> str:
    """Return a result in at most MAX_LABEL characters: `✓ 1.2s`, `✗ exit 1 · 340ms`, `✓ ×3 · 4.1s`, `⟳ 12s`.

    Of a wait that goes on, it is `⏸ waits for approved · 3m`.

    `elapsed` is for how many milliseconds a running step has been running, None if that is not known.
    """
    last = result.last
    times = result.iterations if last.type == "loop" else result.runs
    # A trace of the reference does not tell the iterations of a loop.
    is_known = last.type == "loop" and last.status != "running" and (times > 0 or last.path is not None)
    parts = [f"×{times}"] if times > 1 or is_known else []
    match last.status:
        case "running":
            parts += [_shortened(part) for part in waiting_parts(last)]
            parts.append("running" if elapsed is None else elapsed_text(elapsed))
        case "skipped" if times == 0 or last.type == "loop":
            parts = [f"skipped ({last.reason or ('onError' if last.error else 'when')})"]
        case "failure":
            parts.append(_reason(last))
            # The duration of an interrupted step is unknown.
            if last.error != INTERRUPTED:
                parts.append(duration_text(result.duration))
        case _:
            parts.append(duration_text(result.duration))
    if last.status != "running" and result.retries:
        parts.append("1 retry" if result.retries == 1 else f"{result.retries} retries")
    if result.usage is not None and last.status != "running":
        parts.append(str(result.usage))
    if last.reused:
        parts.append("reused")
    if last.queued:
        parts.append(f"waited {duration_text(last.queued)} for its turn")
    if last.answered_by is not None:
        parts.append(_MEANS[last.answered_by])
    symbol = _CANCELLED_SYMBOL if last.was_cancelled else _symbol(last)
    text = f"{symbol} {' · '.join(parts)}"
    return text if len(text) <= MAX_LABEL else text[: MAX_LABEL - 1] + "…"


def duration_text(milliseconds: int) -> str:
    """Return a duration in milliseconds as text: `340ms`, `1.2s`, `2m 05s`, `3h 07m`."""
    if milliseconds < 1_000:
        return f"{milliseconds}ms"
    if milliseconds < 59_950:
        return f"{milliseconds / 1_000:.1f}s"
    seconds = round(milliseconds / 1_000)
    if seconds < 3_600:
        return f"{seconds // 60}m {seconds % 60:02}s"
    return f"{seconds // 3_600}h {seconds % 3_600 // 60:02}m"


def elapsed_text(milliseconds: int) -> str:
    """Return a duration that still grows as text, in whole seconds: `0s`, `12s`, `2m 05s`."""
    return f"{milliseconds // 1_000}s" if milliseconds < 60_000 else duration_text(milliseconds)


def waiting_parts(step: Step) -> list[str]:
    """Return what a wait that goes on waits for: an event, or a condition with the values that it reads."""
    if step.awaits is not None:
        return [f"waits for {step.awaits}"]
    return [f"waits, now {step.last_values}"] if step.last_values else []


def _shortened(part: str) -> str:
    """Return a part that leaves room for the time beside it."""
    return part if len(part) <= _MAX_PART else part[: _MAX_PART - 1] + "…"


def _symbol(step: Step) -> str:
    is_waiting = step.status == "running" and step.type == "wait"
    return WAITING_SYMBOL if is_waiting else SYMBOLS[step.status]


def _reason(step: Step) -> str:
    if step.exit_code is not None:
        return f"exit {step.exit_code}"
    error = step.error or ""
    if error in (CANCELLED, INTERRUPTED):
        return error
    return "timeout" if is_timeout(error) else "failed"
