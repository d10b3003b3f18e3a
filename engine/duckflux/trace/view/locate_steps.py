"""Finds the places of a trace's steps in its workflow where the trace does not tell them: the reference's don't.

Only what is certain is placed: a result on the wrong step would be a lie.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from ...language.model.workflow import Call, If, Loop, Parallel, Step, Wait, Workflow, walk
from ...language.syntax import Scalar
from ..model import Step as Record
from ..model import Trace

_ANONYMOUS = "<anonymous>"
_Name = tuple[str, str]


def locate_steps(trace: Trace, workflow: Workflow) -> Trace:
    """The trace with the `path` of each step that can be known by its name and type."""
    if not trace.steps or any(step.path is not None for step in trace.steps):
        return trace
    sites: dict[_Name, list[Step]] = defaultdict(list)
    fallbacks = set(_fallbacks(workflow))
    for step in walk(workflow.flow):
        name = _name(step, workflow)
        # What ran may have run as another step's fallback, too.
        if name[0] not in fallbacks:
            sites[name].append(step)
    records: dict[_Name, list[Record]] = defaultdict(list)
    for record in trace.steps:
        records[record.name, record.type].append(record)
    once = {step.pointer for step in _at_most_once(workflow.flow)}
    paths: dict[int, str] = {}
    for name, group in records.items():
        candidates = sites.get(name, [])
        if len(candidates) == 1:
            paths |= {record.seq: candidates[0].pointer for record in group}
        elif len(candidates) == len(group) and all(step.pointer in once for step in candidates):
            paths |= {record.seq: step.pointer for record, step in zip(group, candidates, strict=True)}
    steps = (msgspec.structs.replace(step, path=paths.get(step.seq)) for step in trace.steps)
    return Trace(trace.execution, tuple(steps))


def _name(step: Step, workflow: Workflow) -> _Name:
    """The name and type that the reference gives a step."""
    match step:
        case Call(inline=None):
            name = step.name.text if step.name else ""
            participant = workflow.participants.get(name)
            return name, participant.type if participant else ""
        case Call():
            inline = step.inline
            return (inline.name or _ANONYMOUS, inline.type) if inline else ("", "")
        case Loop():
            return step.name, "loop"
        case _:
            word = type(step).__name__.lower()
            return word, word


def _fallbacks(workflow: Workflow) -> Iterator[str]:
    """The names in `onError` and `onTimeout`."""
    holders = [workflow.defaults, *(participant.node for participant in workflow.participants.values())]
    for step in walk(workflow.flow):
        match step:
            case Call():
                holders.append(step.inline.node if step.inline else step.overrides)
            case Wait():
                holders.append(step.body)
            case _:
                pass
    for holder in filter(None, holders):
        for field in ("onError", "onTimeout"):
            if isinstance(node := holder.get(field), Scalar):
                yield node.text


def _at_most_once(steps: tuple[Step, ...]) -> list[Step]:
    """The steps outside of loops."""
    found: list[Step] = []
    for step in steps:
        found.append(step)
        match step:
            case Parallel():
                found += _at_most_once(step.branches)
            case If():
                found += _at_most_once(step.then) + _at_most_once(step.otherwise)
            case _:
                pass
    return found
