"""Defines the plan that an importer makes of a pipeline, before it is written as a workflow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

_RESERVED = frozenset(
    (
        "workflow",
        "execution",
        "input",
        "output",
        "env",
        "loop",
        "event",
        "now",
        "true",
        "false",
        "null",
        "in",
        "as",
    )
)


# Returns the text of a file by its path from the root of the repository, None if it is not there.
Files: TypeAlias = Callable[[str], str | None]


class ImportFailedError(Exception):
    """Nothing can be imported; the message is for users, `not_translated` says why where that is known."""

    def __init__(self, message: str, not_translated: Sequence[NotTranslated] = ()) -> None:
        super().__init__(message)
        self.not_translated = tuple(not_translated)


class NotTranslated(NamedTuple):
    """A part of the source without counterpart: where, what, and why or what to do.

    `kind` is for statistics; `file` is empty in the file that is imported, else the path of one that it includes.
    """

    line: int
    what: str
    reason: str
    kind: str
    file: str = ""


class StepPlan(NamedTuple):
    """A command or a sub-workflow. `inputs` are CEL by name; `comments` stand above the step.

    `on_error` is empty, `skip`, `retry` or the name of a fallback. A step that `is_fallback` runs only as one.
    """

    name: str
    run: str = ""
    path: str = ""
    inputs: Mapping[str, str] = {}
    when: str = ""
    cwd: str = ""
    timeout: str = ""
    on_error: str = ""
    retries: int = 0
    comments: tuple[str, ...] = ()
    is_fallback: bool = False


class JobPlan(NamedTuple):
    """Steps that run in order. `variants` are the same steps for each combination of a matrix, by its name."""

    name: str
    steps: tuple[StepPlan, ...]
    when: str = ""
    event: str = ""
    comments: tuple[str, ...] = ()
    variants: tuple[tuple[str, tuple[StepPlan, ...]], ...] = ()

    def has_flow(self) -> bool:
        """Return whether it has steps that run without a failure."""
        return any(not step.is_fallback for step in self.steps)


class InputPlan(NamedTuple):
    """An input of the workflow; `fields` are those of its field schema."""

    name: str
    fields: Mapping[str, object]


class WorkflowPlan(NamedTuple):
    """A pipeline. The jobs of each level may run at the same time, those of the next one after them.

    `fallbacks` are the steps of jobs that only run after a failure.
    """

    name: str
    comments: tuple[str, ...]
    inputs: tuple[InputPlan, ...]
    levels: tuple[tuple[JobPlan, ...], ...]
    not_translated: tuple[NotTranslated, ...]
    fallbacks: tuple[StepPlan, ...] = ()


class Names:
    """Gives out names that expressions can read, each once."""

    def __init__(self) -> None:
        self._taken = set(_RESERVED)

    def unique(self, *words: str) -> str:
        """Return a name made of some words."""
        name = re.sub(r"\W+", "_", "_".join(filter(None, words)), flags=re.ASCII).strip("_").lower() or "step"
        name = f"n{name}" if name[0].isdigit() else name[:48].rstrip("_")
        number, found = 1, name
        while found in self._taken:
            number += 1
            found = f"{name}_{number}"
        self._taken.add(found)
        return found


def levels_of(needs: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return the names in levels, each after all that it needs. Raises ImportFailedError for a circle."""
    left = {name: {need for need in wanted if need in needs} for name, wanted in needs.items()}
    levels: list[list[str]] = []
    while left:
        ready = [name for name, wanted in left.items() if not wanted & left.keys()]
        if not ready:
            raise ImportFailedError(f"the jobs {', '.join(left)} need each other in a circle")
        levels.append(ready)
        for name in ready:
            del left[name]
    return levels


def cel_text(text: str) -> str:
    """Return a text as a CEL string."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"


def cel_env(name: str, otherwise: str = "") -> str:
    """Return an expression for a variable of the environment, which may be absent."""
    return f"(has(env.{name}) ? env.{name} : {cel_text(otherwise)})"
