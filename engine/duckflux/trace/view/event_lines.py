"""Events of a run as lines of text: one at the end of each step, its output under its name."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from typing import TextIO, TypeAlias

from ...runtime.events import Event, ExecutionStarted, OutputChunk, StepFinished, StepStarted
from ...terminal_text import printable_line, printable_output
from .labels import WAITING_SYMBOL, duration_text

CONSTRUCTS = frozenset(("loop", "parallel", "if", "set"))
"""The types of steps that only hold other steps, or take no time."""
SHORT_ID = 8
SYMBOLS = {"running": "▸", "success": "✓", "failure": "✗", "skipped": "⊘"}

Answer: TypeAlias = Callable[[str, str], str]
"""Returns the line to type that answers a wait, given the run's id and the event's name."""


class EventLines:
    """Writes a line at the end of each participant's or wait's execution; with `starts` also at its start.

    A wait for an event that does not come at once has a line when it begins, with the command that answers it,
    which `answer` returns.
    """

    def __init__(self, out: TextIO, starts: bool, answer: Answer | None = None) -> None:
        self._out = out
        self._answer = answer
        self._id = ""
        self._starts = starts
        self._running: dict[int, StepStarted] = {}
        self._ended: set[int] = set()

    def consume(self, batch: list[Event]) -> None:
        """Write the lines of a batch of events."""
        self._ended = {event.seq for event in batch if isinstance(event, StepFinished)}
        text = "".join(line for event in batch for line in self._lines(event))
        if text:
            self._out.write(text)
            self._out.flush()

    def _lines(self, event: Event) -> Iterator[str]:
        match event:
            case ExecutionStarted():
                self._id = event.id
            case StepStarted() if event.type not in CONSTRUCTS:
                self._running[event.seq] = event
                if event.awaits and event.seq not in self._ended:
                    how = f": {self._answer(self._id, event.awaits)}" if self._answer is not None else ""
                    yield f"{WAITING_SYMBOL} waits for {printable_line(event.awaits)}{how}\n"
                elif self._starts:
                    attempt = f" (attempt {event.attempt})" if event.attempt > 1 else ""
                    yield f"{SYMBOLS['running']} {printable_line(event.name)}{attempt}\n"
            case StepFinished() if event.seq in self._running:
                name = printable_line(self._running.pop(event.seq).name)
                yield f"{SYMBOLS[event.status]} {name} {ending_text(event)}\n"
            case OutputChunk() if event.seq in self._running:
                yield prefixed(self._running[event.seq].name, event.text)


def answer_command(id_: str, event: str) -> str:
    """Return the line to type that answers a wait of a run on this machine."""
    return f"duckflux emit {shlex.quote(printable_line(event))} --run {id_[:SHORT_ID]} --payload JSON"


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


def prefixed(name: str, text: str, *, colors: bool = False) -> str:
    """Return the output of a step with its name before each line.

    Of what controls a terminal only colors are kept, and these only for a terminal that shows them.
    """
    start = printable_line(name)
    return "".join(f"{start} | {printable_output(line, colors=colors)}\n" for line in text.splitlines())
