"""Events of a run as lines of text: one at the end of each step, its output under its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from ...runtime.events import Event, OutputChunk, StepFinished, StepStarted
from ...runtime.secrets import Secrets
from .labels import duration_text

CONSTRUCTS = frozenset(("loop", "parallel", "if", "set"))
"""The types of steps that only hold other steps, or take no time."""
SYMBOLS = {"running": "▸", "success": "✓", "failure": "✗", "skipped": "⊘"}


class EventLines:
    """Writes a line at the end of each participant's or wait's execution; with `starts` also at its start."""

    def __init__(self, out: TextIO, secrets: Secrets, starts: bool) -> None:
        self._out = out
        self._secrets = secrets
        self._starts = starts
        self._running: dict[int, StepStarted] = {}

    def consume(self, batch: list[Event]) -> None:
        """Write the lines of a batch of events."""
        text = "".join(line for event in batch for line in self._lines(event))
        if text:
            self._out.write(self._secrets.mask(text))
            self._out.flush()

    def _lines(self, event: Event) -> Iterator[str]:
        match event:
            case StepStarted() if event.type not in CONSTRUCTS:
                self._running[event.seq] = event
                if self._starts:
                    attempt = f" (attempt {event.attempt})" if event.attempt > 1 else ""
                    yield f"{SYMBOLS['running']} {event.name}{attempt}\n"
            case StepFinished() if event.seq in self._running:
                name = self._running.pop(event.seq).name
                yield f"{SYMBOLS[event.status]} {name} {ending_text(event)}\n"
            case OutputChunk() if event.seq in self._running:
                yield prefixed(self._running[event.seq].name, event.text)


def ending_text(event: StepFinished) -> str:
    """Return how a step ended: duration, exit code, retries, that it was reused, or why it was skipped."""
    if event.status == "skipped":
        return f"skipped ({event.reason})" if event.reason else "skipped"
    if event.reused:
        return "reused"
    parts = [duration_text(event.duration)]
    if event.status == "failure" and event.exit_code:
        parts.insert(0, f"exit {event.exit_code}")
    elif event.error == "cancelled":
        parts.insert(0, "cancelled")
    if event.retries:
        parts.append(f"{event.retries} {'retry' if event.retries == 1 else 'retries'}")
    return " · ".join(parts)


def prefixed(name: str, text: str) -> str:
    """Return the output of a step with its name before each line."""
    return "".join(f"{name} | {line}\n" for line in text.splitlines())
