"""Fixes reads of steps and loops that have no name, by giving them one with `as`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from ...language.analysis import Analysis, Diagnostic
from ...language.free_names import free_name
from ...language.model.workflow import Call, Loop, Participant, Step, step_names, walk
from ...language.syntax import Mapping, Node
from ...language.syntax.edits import add_fields
from .fix import Fix

_OF_LOOP = re.compile(r"\.(?:index|iteration|first|last)\b")
_OF_STEP = re.compile(r"\.(?:output|status|error|duration|retries|startedAt|finishedAt|cwd)\b")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def add_name(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Name a step so that its output can be read."""
    for participant in _anonymous(analysis, walk(analysis.workflow.flow)):
        if _covers(analysis, participant.node, diagnostic):
            name = free_name(f"{participant.type}_step", step_names(analysis.workflow))
            edit = add_fields(analysis.document, participant.node, {"as": name})
            yield Fix(f"Name it: `as: {name}`", (edit,), safe=False)


def name_by_read(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Give the name that is read to the loop around it, or to the only step without a name before it."""
    text, (start, end) = analysis.document.text, (diagnostic.start, diagnostic.end)
    name = text[start:end]
    if diagnostic.suggestion is not None or not _NAME.fullmatch(name):
        return
    if _OF_LOOP.match(text, end):
        steps = walk(analysis.workflow.flow)
        around = [s for s in steps if isinstance(s, Loop) and _covers(analysis, s.node, diagnostic)]
        if around and isinstance(body := around[-1].body, Mapping) and "as" not in body and not body.alias:
            edit = add_fields(analysis.document, body, {"as": name})
            yield Fix(f"Name the loop: `as: {name}`", (edit,), safe=False)
    elif _OF_STEP.match(text, end):
        steps = walk(analysis.workflow.flow)
        before = (step for step in steps if analysis.document.offsets(step.node)[1] <= start)
        unnamed = list(islice(_anonymous(analysis, before), 2))
        if len(unnamed) == 1:
            edit = add_fields(analysis.document, unnamed[0].node, {"as": name})
            yield Fix(f"Name the {unnamed[0].type} step: `as: {name}`", (edit,), safe=False)


def _anonymous(analysis: Analysis, steps: Iterator[Step]) -> Iterator[Participant]:
    for step in steps:
        inline = step.inline if isinstance(step, Call) else None
        if inline is not None and inline.name is None and not inline.node.alias and not inline.node.merges:
            yield inline


def _covers(analysis: Analysis, node: Node, diagnostic: Diagnostic) -> bool:
    start, end = analysis.document.offsets(node)
    return start <= diagnostic.start and diagnostic.end <= end
