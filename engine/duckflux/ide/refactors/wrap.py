"""Wraps the selected steps in an `if`, a `loop` or a `parallel`."""

from __future__ import annotations

from collections.abc import Iterator

from ...language.analysis import Analysis
from ...language.model.workflow import Step, inner_steps
from ...language.syntax import Document
from ...language.syntax.edits import TextEdit, line_break

_HEADS = {
    "if": ("if:", '  condition: "true"', "  then:"),
    "loop": ("loop:", "  max: 3", "  steps:"),
    "parallel": ("parallel:",),
}


def wraps(analysis: Analysis, start: int, end: int) -> Iterator[tuple[str, str, tuple[TextEdit, ...]]]:
    """Yield (title, kind, edits) of each construct, for a selection that touches a step."""
    if start == end:
        return
    lines = lines_of_steps(analysis.document, selected(analysis, start, end))
    if lines is None:
        return
    for construct in _HEADS:
        edit = _wrapped(analysis.document, construct, *lines)
        yield f"Put into a new `{construct}`", "rewrite", (edit,)


def selected(analysis: Analysis, start: int, end: int) -> tuple[Step, ...]:
    """Return the steps of one list, the innermost possible, that contain the whole selection."""
    steps, document = analysis.workflow.flow, analysis.document
    while True:
        touched = tuple(step for step in steps if _touches(document, step, start, end))
        inner = [
            found
            for step in touched
            for _, found in inner_steps(step)
            if found and _within(document, found, start, end)
        ]
        if len(touched) != 1 or len(inner) != 1:
            return touched
        steps = inner[0]


def _touches(document: Document, step: Step, start: int, end: int) -> bool:
    first, last = document.offsets(step.node)
    return first < max(end, start + 1) and start <= last


def _within(document: Document, steps: tuple[Step, ...], start: int, end: int) -> bool:
    first, last = document.offsets(steps[0].node)[0], document.offsets(steps[-1].node)[1]
    line = document.lines.starts[document.lines.position(first)[0]]
    if document.text[line:first].strip(" -"):
        line = first
    return line <= start and end <= document.lines.line_end(document.lines.position(last)[0])


def lines_of_steps(document: Document, steps: tuple[Step, ...]) -> tuple[int, int, int] | None:
    """Return (first line, last line, column of the dashes) of steps, or None if others share their lines."""
    if not steps or steps[0].node.alias:
        return None
    lines = document.lines
    first, column = document.position(steps[0].node)
    before = lines.line_text(first)[:column]
    if before.rstrip() != before[: before.find("-")] + "-":
        return None
    last, _ = lines.position(document.offsets(steps[-1].node)[1])
    return first, last, before.index("-")


def _wrapped(document: Document, construct: str, first: int, last: int, column: int) -> TextEdit:
    lines, pad = document.lines, " " * column
    head = _HEADS[construct]
    shift = " " * (4 if len(head) == 1 else 6)
    body = [lines.line_text(line) for line in range(first, last + 1)]
    new = [f"{pad}- {head[0]}", *(f"{pad}  {one}" for one in head[1:])]
    new += [f"{shift}{line}" if line.strip() else line for line in body]
    return TextEdit(lines.starts[first], lines.line_end(last), line_break(document).join(new))
