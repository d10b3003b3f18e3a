"""Exports a table of the steps in Markdown, for summaries of CI services."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...terminal_text import printable_line
from ..model import Step, Trace
from ..view.error_lines import error_lines
from ..view.labels import SYMBOLS, duration_text
from ..view.tree import build_tree, walk

# GitHub shows summaries of at most 1 MiB.
_MAX_ROWS = 500
_MAX_ERRORS = 10
_MAX_LINES = 20
_MAX_LINE = 500
_SPECIAL = re.compile(r"[\\`*_{}\[\]()#+!|~@$:-]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def export(trace: Trace, state: str) -> bytes:
    """Return the trace as Markdown."""
    return "\n".join(_lines(trace, state)).encode("utf-8", "replace") + b"\n"


def _lines(trace: Trace, state: str) -> Iterator[str]:
    execution = trace.execution
    symbol = SYMBOLS.get(state, SYMBOLS["failure"])
    yield f"### {symbol} {_escaped(execution.title)}: {state} in {duration_text(execution.duration)}"
    nodes = [*walk(build_tree(trace))]
    if nodes:
        yield from ("", "| Step | Status | Duration |", "|---|---|---:|")
    for depth, node in nodes[:_MAX_ROWS]:
        step = node.step
        ending = f"{_status(step)} | {duration_text(step.duration)}" if step else " |"
        yield f"| {'&nbsp;' * 4 * depth}{_escaped(step.name if step else node.title)} | {ending} |"
    if len(nodes) > _MAX_ROWS:
        yield f"\n{len(nodes) - _MAX_ROWS} more rows are in the trace."
    failed = [
        step for step in trace.steps if step.status == "failure" and step.error and not step.was_cancelled
    ]
    inner = [step for step in failed if not any(other.parent == step.seq for other in failed)]
    for step in inner[:_MAX_ERRORS]:
        yield f"\n**{_escaped(step.name)}** failed:\n"
        yield from _fenced(step)


def _status(step: Step) -> str:
    if step.was_cancelled:
        return f"{SYMBOLS['skipped']} cancelled"
    what = f"exit {step.exit_code}" if step.exit_code else "reused" if step.reused else step.status
    return f"{SYMBOLS[step.status]} {what}"


def _fenced(step: Step) -> Iterator[str]:
    """Yield an error and the last lines that the step wrote on stderr, in a fence that neither can close."""
    lines = error_lines(step.error or "", _MAX_LINES)
    if step.stderr and step.stderr.strip() not in (step.error or ""):
        lines += step.stderr.splitlines()[-_MAX_LINES:]
    lines = [printable_line(line)[:_MAX_LINE] for line in lines]
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (fence + "text", *lines, fence)


def _escaped(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    plain = "".join(_ENTITIES.get(char, char) for char in printable_line(" ".join(text.split())))
    return _SPECIAL.sub(r"\\\g<0>", plain)
