"""What rules look at: the workflow with everything that more than one rule needs, gathered once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from .model import Call, If, Loop, Parallel, Participant, Step, Workflow
from .source import Mapping


def walk(steps: tuple[Step, ...]) -> Iterator[Step]:
    """All steps, each before the steps inside it, in the order of the text."""
    for step in steps:
        yield step
        for inner in inner_steps(step):
            yield from walk(inner)


def inner_steps(step: Step) -> tuple[tuple[Step, ...], ...]:
    """The step lists inside a construct."""
    match step:
        case Loop():
            return (step.steps,)
        case Parallel():
            return (step.branches,)
        case If():
            return (step.then, step.otherwise)
        case _:
            return ()


class Context:
    """One workflow under analysis. `path` is its file, None for an unsaved text."""

    def __init__(self, workflow: Workflow, path: Path | None) -> None:
        self.workflow = workflow
        self.path = path

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        return tuple(walk(self.workflow.flow))

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        return tuple(step for step in self.steps if isinstance(step, Call))

    @cached_property
    def declared(self) -> tuple[str, ...]:
        """The names under `participants`, also of those that are half-typed."""
        root = self.workflow.document.root
        section = root.get("participants") if isinstance(root, Mapping) else None
        return tuple(key.text for key, _ in section) if isinstance(section, Mapping) else ()

    @cached_property
    def inline(self) -> dict[str, Participant]:
        """The named inline participants; of two with one name the first."""
        found: dict[str, Participant] = {}
        for call in self.calls:
            if call.inline is not None and call.inline.name:
                found.setdefault(call.inline.name, call.inline)
        return found

    @cached_property
    def participants(self) -> tuple[Participant, ...]:
        """All participants, declared and inline."""
        return (*self.workflow.participants.values(), *(c.inline for c in self.calls if c.inline is not None))
