"""The results of a trace as short texts, for the lines of its workflow in `trace show` and in the editor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .model import Step

MAX_LABEL = 42
SYMBOLS = {"running": "⟳", "success": "✓", "failure": "✗", "skipped": "⊘"}


class Result(NamedTuple):
    """What happened to one step of the file: all its executions, in the order of their starts, and for a loop
    the number of its rounds."""

    path: str
    steps: tuple[Step, ...]
    rounds: int

    @property
    def last(self) -> Step:
        return self.steps[-1]


def results(steps: Iterable[Step], workflow: str | None = None) -> dict[str, Result]:
    """The results by JSON pointer, of the steps in the run's own file or in the sub-workflow file `workflow`.

    Traces of the reference have no pointers: its steps have no place in the file and are left out.
    """
    found: dict[str, list[Step]] = {}
    rounds: dict[int, int] = {}
    for step in steps:
        if step.parent is not None and step.iterations:
            rounds[step.parent] = max(rounds.get(step.parent, 0), step.iterations[-1] + 1)
        if step.path is not None and step.workflow == workflow:
            found.setdefault(step.path, []).append(step)
    return {
        path: Result(path, tuple(group), sum(rounds.get(step.seq, 0) for step in group))
        for path, group in found.items()
    }


def label(result: Result) -> str:
    """A result in at most MAX_LABEL characters: `✓ 1.2s`, `✗ exit 1 · 340ms`, `✓ ×3 · 4.1s`."""
    last = result.last
    times = result.rounds if last.type == "loop" else sum(step.status != "skipped" for step in result.steps)
    parts = [f"×{times}"] if times > 1 or (last.type == "loop" and last.status != "running") else []
    match last.status:
        case "running":
            parts.append("running")
        case "skipped" if times == 0 or last.type == "loop":
            parts = [f"skipped ({last.reason or ('onError' if last.error else 'when')})"]
        case "failure":
            parts.append(_reason(last))
            parts.append(duration_text(_total(result)))
        case _:
            parts.append(duration_text(_total(result)))
    if last.status != "running" and (retries := sum(step.retries for step in result.steps)):
        parts.append("1 retry" if retries == 1 else f"{retries} retries")
    text = f"{SYMBOLS[last.status]} {' · '.join(parts)}"
    return text if len(text) <= MAX_LABEL else text[: MAX_LABEL - 1] + "…"


def duration_text(milliseconds: int) -> str:
    """`340ms`, `1.2s`, `2m 05s`, `3h 07m`."""
    if milliseconds < 1_000:
        return f"{milliseconds}ms"
    if milliseconds < 59_950:
        return f"{milliseconds / 1_000:.1f}s"
    seconds = round(milliseconds / 1_000)
    if seconds < 3_600:
        return f"{seconds // 60}m {seconds % 60:02}s"
    return f"{seconds // 3_600}h {seconds % 3_600 // 60:02}m"


def _total(result: Result) -> int:
    return sum(step.duration for step in result.steps)


def _reason(step: Step) -> str:
    if step.exit_code is not None:
        return f"exit {step.exit_code}"
    error = step.error or ""
    if error == "cancelled":
        return "cancelled"
    return "timeout" if "timed out" in error or "timeout" in error else "failed"
