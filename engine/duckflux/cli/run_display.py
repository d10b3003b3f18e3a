"""Shows a run on stderr: a live tree on a terminal, plain lines in a pipe."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import TextIO

import msgspec

from ..runtime.events import (
    ConditionChecked,
    Event,
    ExecutionStarted,
    OutputChunk,
    StepFinished,
    StepStarted,
)
from ..runtime.events.stream import BackgroundListener
from ..terminal_text import printable_line
from ..trace.view.event_lines import SYMBOLS, Answer, EventLines, answer_command, ending_text, prefixed
from ..trace.view.labels import WAITING_SYMBOL, duration_text
from .diagnostics_output import wants_color

_COLORS = {"running": "36", "success": "32", "failure": "31", "skipped": "33"}
_LIVE_INTERVAL = 0.1


def display_for(out: TextIO, verbose: bool, answer: Answer | None = answer_command) -> BackgroundListener:
    """Return a listener that shows a run on `out`, to be closed after the run.

    With `verbose` it also shows the output of steps. While the run waits for an event, it shows the command that
    sends it, which `answer` returns.
    """
    if hasattr(out, "reconfigure"):
        out.reconfigure(errors="replace")
    lines = EventLines(out, verbose, answer)
    view = Tree(out, answer) if wants_color(out) else lines
    interval = _LIVE_INTERVAL if isinstance(view, Tree) else 0.05
    return BackgroundListener(
        "display",
        view.consume,
        lambda _: None,
        wants_output=verbose,
        wants_digests=False,
        interval=interval,
    )


class DisplayRow:
    """A row of the tree: one step of the file, with all its executions, whose durations add up."""

    def __init__(self, name: str, depth: int, type_: str = "") -> None:
        self.name = printable_line(name)
        self.depth = depth
        self._type = type_
        self._duration = 0
        self._retries = 0
        self.children: dict[str, DisplayRow] = {}
        self.status = "running"
        self.runs = 0
        self.ending = ""
        self.since = 0.0
        self.awaited = ""
        self.values = ""
        self.answer = ""

    def begin(self) -> None:
        """Start another execution."""
        self.status = "running"
        self.runs += 1
        self.since = time.monotonic()

    def end(self, event: StepFinished) -> None:
        """End the current execution."""
        self.status = event.status
        self.answer = ""
        self._duration += event.duration
        self._retries += event.retries
        self.ending = ending_text(
            msgspec.structs.replace(event, duration=self._duration, retries=self._retries)
        )

    @property
    def times(self) -> int:
        """The number of executions; of a loop, that of iterations, each of which begins with its first step."""
        first = next(iter(self.children.values()), None)
        return first.runs if first is not None and self._type == "loop" else self.runs

    def text(self, width: int) -> str:
        """Return the row as colored text of at most `width` characters."""
        times = f" ×{self.times}" if self.times > 1 else ""
        ending = self.ending
        if self.status == "running":
            ending = duration_text(self._duration + int((time.monotonic() - self.since) * 1000))
        indent, rest = "  " * self.depth, f" {self.name}{times}{self._waiting} {ending}"
        room = max(1, width - len(indent) - 2)
        is_waiting = self.status == "running" and self._type == "wait"
        symbol = WAITING_SYMBOL if is_waiting else SYMBOLS[self.status]
        return f"{indent}\x1b[{_COLORS[self.status]}m{symbol}\x1b[0m{rest[:room]}"

    @property
    def _waiting(self) -> str:
        """Return what the step waits for, with a separator before it."""
        if self.status != "running":
            return ""
        if self.awaited:
            return f" for {self.awaited}"
        return f", now {self.values}" if self.values else ""

    def lines(self, width: int) -> Iterator[str]:
        """Yield the row and, while it waits for an event, the line to type that sends it."""
        yield self.text(width) + "\n"
        if self.answer:
            indent = "  " * (self.depth + 1)
            room = max(1, width - len(indent))
            yield f"{indent}\x1b[2m{f'$ {self.answer}'[:room]}\x1b[0m\n"


class Tree:
    """Draws the steps of the file as a tree and redraws it in place.

    A step has one row, however often it runs.
    """

    def __init__(self, out: TextIO, answer: Answer | None = None) -> None:
        self._out = out
        self._answer = answer
        self._id = ""
        self._root = DisplayRow("", -1)
        self._rows: dict[int, DisplayRow] = {}
        # Their fallbacks, which begin after them, are shown below them.
        self._failed: dict[int, DisplayRow] = {}
        self._drawn = 0

    def consume(self, batch: list[Event]) -> None:
        """Apply a batch of events and redraw the tree."""
        printed = "".join(text for event in batch for text in self._update(event))
        size = _size_of(self._out)
        lines = [line for row in _below(self._root) for line in row.lines(size.columns - 1)]
        # A tree taller than the screen cannot be redrawn: its end, where steps run, is shown.
        shown = lines[-(size.lines - 1) :] if self._rows else lines
        if not shown and not printed:
            return
        erase = f"\x1b[{self._drawn}A\r\x1b[J" if self._drawn else ""
        self._out.write(erase + printed + "".join(shown))
        self._out.flush()
        self._drawn = len(shown)

    def _row_of(self, seq: int | None) -> DisplayRow:
        return self._rows.get(seq or 0) or self._failed.get(seq or 0) or self._root

    def _update(self, event: Event) -> Iterator[str]:
        match event:
            case ExecutionStarted():
                self._id = event.id
            case ConditionChecked() if event.seq in self._rows:
                self._rows[event.seq].values = printable_line(event.values)
            case StepStarted():
                parent = self._row_of(event.parent)
                row = parent.children.setdefault(
                    event.path, DisplayRow(event.name, parent.depth + 1, event.type)
                )
                if event.attempt == 1:
                    row.begin()
                row.awaited = printable_line(event.awaits)
                row.answer = ""
                if event.awaits and self._answer is not None:
                    row.answer = self._answer(self._id, event.awaits)
                self._rows[event.seq] = row
            case StepFinished() if event.seq in self._rows:
                row = self._rows.pop(event.seq)
                row.end(event)
                if event.status != "success":
                    self._failed[event.seq] = row
            case OutputChunk() if event.seq in self._rows:
                yield prefixed(self._rows[event.seq].name, event.text, colors=True)


def _size_of(terminal: TextIO) -> os.terminal_size:
    try:
        size = os.get_terminal_size(terminal.fileno())
    except OSError:
        size = os.terminal_size((0, 0))
    # Some pseudo-terminals report a size of zero.
    return size if size.columns and size.lines else os.terminal_size((80, 24))


def _below(row: DisplayRow) -> Iterator[DisplayRow]:
    for child in row.children.values():
        yield child
        yield from _below(child)
