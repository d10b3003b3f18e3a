"""What the parts of a workflow tell each other: the questions that may be asked about the whole.

Each question is a method whose answer is a plain value that can be compared: `Look` notes what a part asked, and
as long as the answers stay the same, so does what the rules say of the part.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from ..cel.types import Type
from . import codes, scope
from .history import History, Spot
from .model import Loop, Output, Participant, Wait, Workflow
from .order import Chance, Verdict
from .reads import Names
from .source import Mapping, Scalar
from .unit import Unit, Units


class Context:
    """One workflow under analysis. `path` is its file, None for an unsaved text; `previous` only saves work."""

    def __init__(
        self, workflow: Workflow, units: Units, path: Path | None, previous: Context | None = None
    ) -> None:
        self.workflow = workflow
        self.units = units
        self.path = path
        self.history: History = History(workflow, units, previous.history if previous else None)

    def declared_names(self) -> tuple[str, ...]:
        """The names under `participants`, also of those that are half-typed."""
        return tuple(self._declared)

    def participant(self, name: str) -> Participant | None:
        """The participant declared under a name, if it is whole."""
        return self.workflow.participants.get(name)

    def is_declared(self, name: str) -> bool:
        """Whether there is an entry under `participants`, whole or half-typed."""
        return name in self._declared

    def inline(self, name: str) -> Participant | None:
        """The named inline participant; of two with one name the first."""
        return self._inline.get(name)

    def defaults(self) -> Mapping | None:
        return self.workflow.defaults

    def first_key(self, name: str) -> Scalar | None:
        """Where a participant's name is defined first."""
        unit = self._declared.get(name)
        if unit is not None:
            return unit.key
        inline = self._inline.get(name)
        return inline.key if inline else None

    def is_whole(self) -> bool:
        """Whether the text has no syntax error, behind which steps may hide."""
        return not any(
            problem.code in (codes.SYNTAX, codes.LIMIT) for problem in self.workflow.document.problems
        )

    def has_run(self, name: str, field: str, unit: Unit, spot: Spot, guards: Names) -> Verdict:
        """Whether `name.field` is there where a text of a part is evaluated, after a look at `guards`."""
        if unit.role == "step" or isinstance(unit.subject, Output):
            return self.history.verdict(name, field, spot, guards)
        spots = (
            self.history.spots(unit.key.text) if unit.role == "participant" and unit.key is not None else ()
        )
        verdicts = [self.history.verdict(name, field, each, guards) for each in spots]
        uncertain = [verdict for verdict in verdicts if verdict.chance is not Chance.CERTAIN]
        if not uncertain:
            return Verdict(Chance.CERTAIN)
        if all(verdict.chance is Chance.NEVER for verdict in verdicts):
            return uncertain[0]
        return uncertain[0]._replace(chance=Chance.MAYBE)

    def variable_names(self) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys((*scope.BUILT_IN, "workflow", *self._loops, *self._inline, *self._declared))
        )

    def is_step(self, name: str) -> bool:
        return name in self._declared or name in self._inline

    def variable(self, name: str) -> Type | None:
        """The type of a variable; None where there is none of that name."""
        if name in self._declared or name in self._inline:
            return scope.STEP
        if name in self._loops:
            return self._loops[name]
        return self._workflow_type if name == "workflow" else scope.BUILT_IN.get(name)

    @cached_property
    def _workflow_type(self) -> Type:
        return scope.workflow_type(self.workflow.inputs)

    @cached_property
    def _declared(self) -> dict[str, Unit]:
        return {unit.key.text: unit for unit in self.units.participants if unit.key is not None}

    @cached_property
    def _inline(self) -> dict[str, Participant]:
        found: dict[str, Participant] = {}
        for unit in self.units.steps:
            for call in unit.calls:
                if call.inline is not None and call.inline.name:
                    found.setdefault(call.inline.name, call.inline)
        return found

    @cached_property
    def _loops(self) -> dict[str, Type]:
        """`loop` and its other names, and `event`, where the flow has what gives them."""
        found: dict[str, Type] = {}
        for unit in self.units.steps:
            for place in unit.places:
                if isinstance(place.step, Loop):
                    found["loop"] = found[place.step.name] = scope.LOOP
                elif isinstance(place.step, Wait) and "event" in place.step.body:
                    found["event"] = scope.EVENT
        return found
