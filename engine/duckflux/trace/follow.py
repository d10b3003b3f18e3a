"""Reads what is new in a trace while its run goes on, as often as a reader asks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from .folder import State, read_with_state, state_of
from .journal import journal_path, read_journal_from
from .model import Execution, Step, Trace
from .output_log import Piece, read_pieces_from
from .view.timeline import Timeline


class Known(msgspec.Struct, frozen=True):
    """The part of a trace that a reader has: offsets in its journal and log, the highest `seq`, and `open`.

    `open` are the steps up to `last` that have not ended, or of which nothing was written yet.
    """

    journal: Annotated[int, msgspec.Meta(ge=0)] = 0
    log: Annotated[int, msgspec.Meta(ge=0)] = 0
    last: int = 0
    open: tuple[int, ...] = ()


class News(NamedTuple):
    """The part of a trace that a reader lacks. `end`, in milliseconds since 1970, is None while the run lasts."""

    execution: Execution
    state: State
    steps: tuple[Step, ...]
    printed: list[Piece]
    end: int | None
    known: Known


def read_news(path: Path, known: Known) -> News:
    """Return what is new in a trace. Raises TraceError."""
    part = read_journal_from(journal_path(path), known.journal)
    state: State
    end: int | None
    if part is not None and state_of(path, part.execution) == "running":
        execution, steps, offset = part
        state, end = "running", None
    else:
        trace, state = read_with_state(path)
        execution, offset = trace.execution, known.journal
        end = None if state == "running" else Timeline(trace).whole.end
        steps = tuple(step for step in trace.steps if step.seq > known.last or step.seq in known.open)
    # The log after the journal: once the journal is gone, the log is whole.
    pieces = [*read_pieces_from(path, known.log)]
    log = pieces[-1][1] if pieces else known.log
    printed = [piece for piece, _ in pieces]
    return News(execution, state, steps, printed, end, _known_after(known, steps, offset, log))


def whole_news(trace: Trace, state: State, printed: Iterable[Piece]) -> News:
    """Return a trace as news for a reader that knows nothing of it."""
    end = None if state == "running" else Timeline(trace).whole.end
    known = _known_after(Known(), trace.steps, 0, 0)
    return News(trace.execution, state, trace.steps, [*printed], end, known)


def _known_after(known: Known, steps: tuple[Step, ...], journal: int, log: int) -> Known:
    last = max([known.last, *(step.seq for step in steps)])
    ended = {step.seq for step in steps if step.status != "running"}
    left = {*known.open, *range(known.last + 1, last + 1)} - ended
    return Known(journal, log, last, tuple(sorted(left)))
