"""Exports one self-contained web page that needs no network and runs nothing from the trace."""

from __future__ import annotations

import hashlib
import html
import re
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from ..model import CANCELLED, Execution, Step, Trace
from ..output_log import PrintedLine
from ..view.timeline import Timeline, parse_timestamp

_PAGE = Path(__file__).parent / "page"
_SCRIPTS = ("model.js", "output.js", "details.js", "host.js", "view.js")
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
# All values share the size that a browser loads quickly; the trace file has them in full.
_VALUES_LIMIT = 24_000_000
_PRINTED_LIMIT, _LINE_SIZE = 8_000_000, 24
_MAX_VALUE, _MIN_VALUE = 64_000, 400
_VALUES = ("inputs", "input", "output", "error", "stderr")


def export(trace: Trace, state: str, *, is_newest: bool = True, printed: Sequence[PrintedLine] = ()) -> bytes:
    """Return the trace as an HTML document, with what its steps have printed.

    It says so if there is a newer run.
    """
    state = CANCELLED if trace.execution.was_cancelled else state
    script = "\n".join((_PAGE / name).read_text("utf-8") for name in _SCRIPTS)
    style = (_PAGE / "page.css").read_text("utf-8")
    parts = {
        "title": html.escape(f"{trace.execution.title}: {state}"),
        "policy": f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "base-uri 'none'; form-action 'none'",
        "style": style,
        "script": script,
        "data": _data(trace, state, is_newest, printed).decode().replace("<", "\\u003c"),
    }
    template = (_PAGE / "page.html").read_text("utf-8")
    # In one pass, so that a placeholder in the data stays as it is.
    return _PLACEHOLDER.sub(lambda match: parts[match[1]], template).encode()


def _digest(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _data(trace: Trace, state: str, is_newest: bool, printed: Sequence[PrintedLine]) -> bytes:
    timeline = Timeline(trace)
    values = _count_values(trace.execution) + sum(map(_count_values, trace.steps))
    limit = min(_MAX_VALUE, max(_MIN_VALUE, _VALUES_LIMIT // max(values, 1)))
    whole = timeline.whole
    lines = _printed(printed, whole.begin)
    return msgspec.json.encode(
        {
            "title": trace.execution.title,
            "state": state,
            "isNewest": is_newest,
            "begin": whole.begin,
            "length": whole.end - whole.begin,
            "execution": _record(trace.execution, limit),
            "steps": [_step(step, timeline, limit) | lines.get(step.seq, {}) for step in trace.steps],
        }
    )


def _printed(printed: Sequence[PrintedLine], begin: int) -> dict[int, dict[str, Any]]:
    """Return the field with the last lines of each step, by seq, with their times from the begin of the run."""
    found: dict[int, list[tuple[int, str, str]]] = {}
    size = 0
    for line in reversed(printed):
        size += len(line.text) + _LINE_SIZE
        if size > _PRINTED_LIMIT:
            break
        time = (parse_timestamp(line.at) or begin) - begin
        found.setdefault(line.seq, []).append((time, line.stream, line.text))
    return {seq: {"printed": lines[::-1]} for seq, lines in found.items()}


def _step(step: Step, timeline: Timeline, limit: int) -> dict[str, Any]:
    """Return a step's fields, with its begin and end in milliseconds from the begin of the run."""
    span, begin = timeline.span_of(step), timeline.whole.begin
    return _record(step, limit) | {
        "begin": span.begin - begin,
        "end": span.end - begin,
        "status": CANCELLED if step.was_cancelled else step.status,
    }


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
