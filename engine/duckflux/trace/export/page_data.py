"""Makes the data of a trace's page: all of it, or what has changed since the page was made."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from ..follow import News
from ..model import CANCELLED, Execution, Step
from ..output_log import Piece
from ..usage import usage_of
from ..view.timeline import TimeSpan, parse_timestamp, span_within

# All values share the size that a browser loads quickly; the trace file has them in full.
_VALUES_LIMIT = 24_000_000
_PRINTED_LIMIT, _PIECE_SIZE = 8_000_000, 24
_MAX_VALUE, _MIN_VALUE = 64_000, 400
_VALUES = ("inputs", "input", "output", "error", "stderr")


def page_data(news: News) -> dict[str, Any]:
    """Return what a page takes to show what is new. Times are milliseconds from the beginning of the run.

    `printed` has for each step, by its seq, the pieces of what it has printed: time, stream and text. `known` is
    what to ask for further news with, None if the run has ended.
    """
    execution = news.execution
    values = max(_count_values(execution) + sum(map(_count_values, news.steps)), news.known.last)
    limit = min(_MAX_VALUE, max(_MIN_VALUE, _VALUES_LIMIT // max(values, 1)))
    begin = parse_timestamp(execution.started_at) or 0
    whole = TimeSpan(begin, round(time.time() * 1000) if news.end is None else news.end)
    return {
        "state": shown_state(execution, news.state),
        "begin": begin,
        "length": max(whole.end - begin, 0),
        "execution": _record(execution, limit),
        "steps": [_step(step, whole, limit) for step in news.steps],
        "printed": _printed(news.printed, begin),
        "known": msgspec.to_builtins(news.known) if news.state == "running" else None,
    }


def shown_state(execution: Execution, state: str) -> str:
    """Return the state of a run as people are told it."""
    return CANCELLED if execution.was_cancelled else state


def _printed(pieces: Sequence[Piece], begin: int) -> dict[int, list[tuple[int, str, str]]]:
    """Return the last pieces of each step."""
    found: dict[int, list[tuple[int, str, str]]] = {}
    size = 0
    for piece in reversed(pieces):
        size += len(piece.text) + _PIECE_SIZE
        if size > _PRINTED_LIMIT:
            break
        at = (parse_timestamp(piece.at) or begin) - begin
        text = f"{piece.notice}\n{piece.text}" if piece.notice else piece.text
        found.setdefault(piece.seq, []).append((at, piece.stream, text))
    return {seq: pieces[::-1] for seq, pieces in found.items()}


def _step(step: Step, whole: TimeSpan, limit: int) -> dict[str, Any]:
    """Return a step's fields, with its begin and, if it has ended, its end."""
    span = span_within(whole, step)
    fields = _record(step, limit) | {
        "begin": span.begin - whole.begin,
        "status": CANCELLED if step.was_cancelled else step.status,
    }
    if step.status != "running":
        fields["end"] = span.end - whole.begin
    usage = usage_of(step)
    if usage is not None:
        fields["usage"] = {
            "input": usage.input_tokens,
            "output": usage.output_tokens,
            "total": usage.total_tokens,
            "cost": usage.cost,
        }
    return fields


def _record(record: Execution | Step, limit: int) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(record)
    for name in _VALUES:
        if fields.get(name) is not None:
            fields[name] = _shortened(fields[name], limit)
    return fields


def _shortened(value: Any, limit: int) -> str:
    """Return a value as text of at most `limit` characters."""
    text = value if isinstance(value, str) else msgspec.json.format(msgspec.json.encode(value)).decode()
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\n… {len(text) - limit:,} more characters: see the trace file"


def _count_values(record: Execution | Step) -> int:
    """Return how many values a record has."""
    return sum(getattr(record, name, None) not in (None, msgspec.UNSET) for name in _VALUES)
