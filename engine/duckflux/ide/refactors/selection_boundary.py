"""Steps that are to be taken out, and the rest of their workflow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from ...language.model.expression_fields import ExpressionField
from ...language.model.flow_nodes import FlowNode
from ...language.model.items import Item, fallback_targets
from ...language.model.workflow import Call, Loop, Wait
from ...language.semantics.query_context import Expression, QueryContext
from ...language.semantics.reaching_definitions import ProgramPoint
from ...language.semantics.semantic_model import SemanticModel
from ...language.syntax import Scalar
from .expression_uses import Use, uses

Top: TypeAlias = tuple[Item, FlowNode]
Read: TypeAlias = tuple[Item, ExpressionField, Use]

# No more places of one name than these are looked at by `History`.
_MANY = 64


class RefusedError(Exception):
    """Why the meaning would not be kept, as a sentence."""


class Boundary:
    """Between neighbouring steps of one list, which are inside, and all others, outside."""

    def __init__(self, context: SemanticModel, tops: tuple[Top, ...]) -> None:
        self.context = context
        self.tops = tops
        self._chosen = {place for _, place in tops}
        everywhere = set(fallback_targets(context.defaults()))
        self.inner = self._closure(self._named(inside=True) | everywhere)
        others = context.workflow.participants.keys() - self.inner
        self._outer = self._closure(self._named(inside=False) | everywhere | others)

    @property
    def moved(self) -> tuple[str, ...]:
        """The participants that only steps inside run."""
        return tuple(name for name in self.context.workflow.participants if name in self.inner - self._outer)

    @property
    def start(self) -> ProgramPoint:
        """The place before the step of the flow that they are, or are in: what is there is there for sure."""
        unit = self.tops[0][0]
        return ProgramPoint(unit, unit.flow_nodes[0], guarded=False)

    @property
    def in_flow(self) -> bool:
        """Whether the steps are of the flow itself, so that they run once and for sure."""
        return self.tops[0][1].parent is None

    def is_in(self, kind: type) -> bool:
        """Whether a construct of a kind is around the steps."""
        return any(isinstance(outer.step, kind) for outer in self.tops[0][1].path[:-1])

    def is_behind(self, unit: Item) -> bool:
        """Whether a part of the workflow is reached only after the steps, which are of the flow itself."""
        steps = self.context.units.steps
        if unit.role == "step":
            return steps.index(unit) > steps.index(self.tops[-1][0])
        return unit.key is not None and unit.key.text == "output"

    def reads_inside(self) -> Iterator[Read]:
        """Every read in the steps, in the participants that they may run, and in `defaults`."""

        def is_wanted(unit: Item, site: ExpressionField) -> bool:
            if unit.key is None:
                return self._is_inside(site.place)
            return unit.key.text in self.inner if unit.role == "participant" else unit.key.text == "defaults"

        return self._reads(is_wanted)

    def reads_outside(self) -> Iterator[Read]:
        """Every read in what is left when the steps are gone."""
        gone = set(self.moved)

        def is_wanted(unit: Item, site: ExpressionField) -> bool:
            if unit.role == "participant" and unit.key is not None and unit.key.text in gone:
                return False
            return not self._is_inside(site.place)

        return self._reads(is_wanted)

    def homes(self, name: str) -> tuple[bool, bool]:
        """Whether a step, or a key of the context, gets its value inside, and whether outside."""
        spots = self.context.history.spots(name)
        if len(spots) >= _MANY:
            raise RefusedError(f"`{name}` stands at too many places")
        inside = [self._is_inside(spot.place) for spot in spots]
        return any(inside), not all(inside)

    def loops(self) -> set[str]:
        """The names of the loops inside."""
        loops = [place.step.name for place in self._places() if isinstance(place.step, Loop)]
        return {"loop", *loops} if loops else set()

    def waits(self) -> bool:
        """Whether an event is waited for inside."""
        return any(isinstance(p.step, Wait) and "event" in p.step.body for p in self._places())

    def is_loop_inside(self, unit: Item, site: ExpressionField, name: str) -> bool:
        """Whether the loop that a text inside means is inside too."""
        places = [site.place]
        if site.place is None and unit.key is not None:
            spots = self.context.history.spots(unit.key.text)
            places = [spot.place for spot in spots if self._is_inside(spot.place)]
        found = {self._is_nearest_inside(place, name) for place in places if place is not None}
        if len(found) != 1:
            raise RefusedError(f"`{name}` means different loops")
        return found.pop()

    def _is_nearest_inside(self, place: FlowNode, name: str) -> bool:
        for outer in reversed(place.path):
            if isinstance(outer.step, Loop) and name in ("loop", outer.step.name):
                return self._is_inside(outer)
        raise RefusedError(f"`{name}` is read after its loop has ended")

    def _is_inside(self, place: FlowNode | None) -> bool:
        return place is not None and any(outer in self._chosen for outer in place.path)

    def _places(self) -> Iterator[FlowNode]:
        for unit in dict.fromkeys(unit for unit, _ in self.tops):
            yield from (place for place in unit.flow_nodes if self._is_inside(place))

    def _reads(self, is_wanted: Callable[[Item, ExpressionField], bool]) -> Iterator[Read]:
        for unit in self.context.units:
            look = QueryContext(self.context, unit)
            for site in unit.sites:
                if not is_wanted(unit, site):
                    continue
                look.place = site.place
                read = look.read(site)
                if not isinstance(read, Expression):
                    continue
                if read.ast.errors:
                    raise RefusedError("there is an expression that is not valid")
                yield from ((unit, site, use) for use in uses(read.ast, site.node))

    def _named(self, inside: bool) -> set[str]:
        return {
            name
            for unit in self.context.units.steps
            for place in unit.flow_nodes
            if self._is_inside(place) is inside
            for name in _names(place)
        }

    def _closure(self, names: set[str]) -> set[str]:
        """The participants of some names, and those that take over when they fail."""
        found: set[str] = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            participant = self.context.participant(name)
            if participant is not None and name not in found:
                found.add(name)
                pending.extend(fallback_targets(participant.node))
        return found


def _names(place: FlowNode) -> set[str]:
    """The participants that a step names itself."""
    match place.step:
        case Call(inline=None, name=Scalar() as name, overrides=overrides):
            return {name.text, *fallback_targets(overrides)}
        case Call(inline=inline) if inline is not None:
            return set(fallback_targets(inline.node))
        case Wait(body=body):
            return set(fallback_targets(body))
        case _:
            return set()
