"""Keeps the outputs that runs from the editor take for steps instead of running them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from duckflux.language.analysis import Analysis
from duckflux.language.model.workflow import Call, step_names, walk
from duckflux.language.semantics.reaching_definitions import name_of
from duckflux.trace.view.annotate import ResultLine
from duckflux.value_changes import value_text
from lsprotocol import types

from ..session import command_names

_MAX_TITLE = 40


class Pins:
    """The pinned outputs of each workflow, by its URI and the names of the steps, as long as the server runs."""

    def __init__(self) -> None:
        self._outputs: dict[str, dict[str, Any]] = {}

    def of(self, uri: str) -> Mapping[str, Any]:
        """Return the pinned outputs of a workflow by the names of the steps."""
        return self._outputs.get(uri, {})

    def mocks(self, uri: str, analysis: Analysis) -> Mapping[str, Any]:
        """Return those of steps that the workflow still has."""
        names = step_names(analysis.workflow)
        return {name: output for name, output in self.of(uri).items() if name in names}

    def pin(self, uri: str, name: str, output: Any) -> None:
        """Have later runs take this output for a step."""
        self._outputs.setdefault(uri, {})[name] = output

    def unpin(self, uri: str, name: str) -> bool:
        """Have later runs run a step again. Return False if its output was not pinned."""
        outputs = self._outputs.get(uri, {})
        is_pinned = name in outputs
        outputs.pop(name, None)
        return is_pinned


def can_be_pinned(output: Any) -> bool:
    """Return whether an output can stand in a file of mocks: there, maps with these keys have a meaning."""
    return not (isinstance(output, Mapping) and ("$each" in output or "$error" in output))


def name_at(analysis: Analysis, line: ResultLine | None) -> str | None:
    """Return the name of the step at a line of results, None if it has none or runs no participant."""
    if line is None:
        return None
    steps = (step for step in walk(analysis.workflow.flow) if step.pointer == line.path)
    return next((name_of(step) for step in steps if isinstance(step, Call)), None)


def pin_command(uri: str, name: str) -> types.Command:
    """Return the command that pins the last output of a step."""
    title = f"Pin the output of `{name}`: later runs take it"
    return types.Command(title, command_names.PIN, arguments=[{"uri": uri, "name": name}])


def unpin_command(uri: str, name: str, output: Any) -> types.Command:
    """Return the command that unpins a step; its title is the mark that shows what is pinned."""
    title = f"◆ Pinned, does not run: {value_text(output, _MAX_TITLE)}: unpin"
    return types.Command(title, command_names.UNPIN, arguments=[{"uri": uri, "name": name}])
