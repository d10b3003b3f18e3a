"""Finds the paths of steps in traces of the reference, which does not record them.

Only certain matches count: a result at the wrong step would be misleading.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ...language.model.workflow import FALLBACK_FIELDS, Call, If, Loop, Parallel, Step, Wait, Workflow, walk
from ...language.syntax import Scalar
from ..model import Step as TraceStep
from ..model import Trace
from ..readers import TraceError

_ANONYMOUS = "<anonymous>"
_StepKey = tuple[str, str]


def locate_steps(trace: Trace, workflow: Workflow) -> Trace:
    """Return the trace with the `path` of each step that its name and type identify."""
    if not trace.steps or any(step.path is not None for step in trace.steps):
        return trace
    candidates_by_key: dict[_StepKey, list[Step]] = defaultdict(list)
    fallbacks = set(_fallbacks(workflow))
    for step in walk(workflow.flow):
        name = _key(step, workflow)
        # A participant may also have run as the fallback of another step.
        if name[0] not in fallbacks:
            candidates_by_key[name].append(step)
    recorded_steps: dict[_StepKey, list[TraceStep]] = defaultdict(list)
    for recorded in trace.steps:
        recorded_steps[recorded.name, recorded.type].append(recorded)
    once = {step.pointer for step in _at_most_once(workflow.flow)}
    paths: dict[int, str] = {}
    for name, group in recorded_steps.items():
        candidates = candidates_by_key.get(name, [])
        if len(candidates) == 1:
            paths |= {recorded.seq: candidates[0].pointer for recorded in group}
        elif len(candidates) == len(group) and all(step.pointer in once for step in candidates):
            paths |= {recorded.seq: step.pointer for recorded, step in zip(group, candidates, strict=True)}
    steps = (msgspec.structs.replace(step, path=paths.get(step.seq)) for step in trace.steps)
    return Trace(trace.execution, tuple(steps))


def shown_file(trace: Trace, workflow: Path | None, digest: str) -> str | None:
    """Return the sub-workflow whose steps belong to a file, or None for those of the run's own workflow.

    `digest` is that of the file. Raises TraceError if the run was of another workflow.
    """
    own = trace.execution.workflow_path
    if workflow is None or own is None or own == str(workflow):
        return None
    if any(step.workflow == str(workflow) for step in trace.steps):
        return str(workflow)
    if Path(own).name == workflow.name or trace.execution.workflow_hash == digest:
        return None
    raise TraceError(f"this trace is of {own}, not of {workflow.name}")


def _key(step: Step, workflow: Workflow) -> _StepKey:
    """Return the name and type that the reference gives a step."""
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
    """Yield the names in `onError` and `onTimeout`."""
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
        for field in FALLBACK_FIELDS:
            if isinstance(node := holder.get(field), Scalar):
                yield node.text


def _at_most_once(steps: tuple[Step, ...]) -> list[Step]:
    """Return the steps outside of loops."""
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
