"""Names the frames of a thread: workflow, constructs, iterations, branches, steps and the workflows they call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..language.model.workflow import Call, Loop, Parallel, Step, Workflow, last_key
from ..runtime.engine.debugging import PARTICIPANT
from ..runtime.engine.run_workflow import OUTPUT_POINTER
from .sites import Position, Site, Sites


class Frame(NamedTuple):
    """A frame; `position` is where it stands in its file, None for the workflow as a whole.

    `first` is the pointer of the step that it begins with, from which it can run again.
    """

    name: str
    kind: str
    site: Site | None
    first: str


def frames_in_file(
    sites: Sites, position: Position, callers: Sequence[str], iterations: Sequence[int]
) -> list[Frame]:
    """Return the frames of one workflow file, innermost first.

    `callers` are the pointers of the steps, outermost first, whose fallbacks led here; `iterations` the
    indices of the loops around the outermost of them, or around the position.
    """
    frames: list[Frame] = []
    *_, outermost = (position.path, *reversed(callers))
    for path in (position.path, *reversed(callers)):
        at = position if path == position.path else Position(path)
        frames += _at_step(sites, at)
    frames += _around(sites, outermost, iterations)
    workflow = sites.workflow
    first = workflow.flow[0].pointer if workflow.flow else ""
    frames.append(Frame(workflow.name or workflow.id or "workflow", "workflow", frames[-1].site, first))
    return frames


def _at_step(sites: Sites, position: Position) -> Iterator[Frame]:
    path, field = position
    if field.startswith(f"{PARTICIPANT}."):
        name = field.partition(".")[2]
        participant = sites.workflow.participants.get(name)
        if participant is not None:
            site = sites.at(Position(participant.pointer))
            yield Frame(f"{name} (participant)", "participant", site, path)
        position = Position(path)
    yield Frame(_title(sites, position), "step", sites.at(position), path)


def _title(sites: Sites, position: Position) -> str:
    path, field = position
    if path == OUTPUT_POINTER:
        return field
    step = sites.steps.get(path)
    name = step_title(step, sites.workflow) if step is not None else f"{last_key(path)} (fallback)"
    return f"{name}: {field.rpartition('.')[2]}" if field else name


def step_title(step: Step, workflow: Workflow) -> str:
    """Return how a step is called in frames: its name with its type, or the keyword of a construct."""
    match step:
        case Loop():
            return "loop" if step.name == "loop" else f"loop {step.name}"
        case Call(inline=None):
            name = step.name.text if step.name is not None else ""
            participant = workflow.participants.get(name)
            return f"{name} ({participant.type})" if participant is not None else name
        case Call():
            inline = step.inline
            type_ = inline.type if inline is not None else ""
            return f"{inline.name} ({type_})" if inline is not None and inline.name else type_
        case _:
            return type(step).__name__.lower()


def _around(sites: Sites, path: str, iterations: Sequence[int]) -> Iterator[Frame]:
    rest = list(iterations)
    for step, way in sites.enclosing(path):
        title, site = step_title(step, sites.workflow), sites.at(Position(step.pointer))
        if isinstance(step, Loop):
            number = rest.pop() + 1 if rest else 1
            first = step.steps[0].pointer if step.steps else step.pointer
            yield Frame(f"iteration {number}", "iteration", site, first)
        elif isinstance(step, Parallel):
            index = int(way.split("/")[1])
            branch = step.branches[index].pointer
            yield Frame(f"branch {index + 1}", "branch", sites.at(Position(branch)), branch)
        yield Frame(title, "construct", site, step.pointer)
