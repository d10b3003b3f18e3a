"""Divides a workflow into the selected steps and the rest, for the extraction of the steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from ...language.model.expression_fields import ExpressionField
from ...language.model.flow_nodes import FlowNode
from ...language.model.workflow import Call, Loop, Wait
from ...language.semantics.items import Item, fallback_targets
from ...language.semantics.query_context import Expression, QueryContext
from ...language.semantics.reaching_definitions import ProgramPoint
from ...language.semantics.semantic_model import SemanticModel
from ...language.syntax import Scalar
from .expression_uses import Use, uses

Top: TypeAlias = tuple[Item, FlowNode]
Read: TypeAlias = tuple[Item, ExpressionField, Use]

# The reaching definitions of a name stop at this number.
_MAX_DEFINITIONS = 64


class RefusedError(Exception):
    """The refactoring would change the meaning; the message says why."""


class Boundary:
    """The boundary between neighbouring steps of one list, which are inside, and all others, outside."""

    def __init__(self, model: SemanticModel, tops: tuple[Top, ...]) -> None:
        self.model = model
        self.tops = tops
        self._chosen = {flow_node for _, flow_node in tops}
        everywhere = set(fallback_targets(model.defaults()))
        self.inner = self._closure(self._named(inside=True) | everywhere)
        others = model.workflow.participants.keys() - self.inner
        self._outer = self._closure(self._named(inside=False) | everywhere | others)

    @property
    def moved(self) -> tuple[str, ...]:
        """The participants that only steps inside run."""
        return tuple(name for name in self.model.workflow.participants if name in self.inner - self._outer)

    @property
    def start(self) -> ProgramPoint:
        """The program point before the step of the flow that the steps are, or are in."""
        item = self.tops[0][0]
        return ProgramPoint(item, item.flow_nodes[0], guarded=False)

    @property
    def in_flow(self) -> bool:
        """Return whether the steps belong to the flow itself, so that they always run, and once."""
        return self.tops[0][1].parent is None

    def is_in(self, kind: type) -> bool:
        """Return whether a construct of some kind is around the steps."""
        return any(isinstance(outer.step, kind) for outer in self.tops[0][1].path[:-1])

    def is_behind(self, item: Item) -> bool:
        """Return whether an item is reached only after the steps, which belong to the flow itself."""
        steps = self.model.items.steps
        if item.role == "step":
            return steps.index(item) > steps.index(self.tops[-1][0])
        return item.key is not None and item.key.text == "output"

    def reads_inside(self) -> Iterator[Read]:
        """Return the reads in the steps, in the participants that they may run, and in `defaults`."""

        def is_wanted(item: Item, expression_field: ExpressionField) -> bool:
            if item.key is None:
                return self._is_inside(expression_field.flow_node)
            return item.key.text in self.inner if item.role == "participant" else item.key.text == "defaults"

        return self._reads(is_wanted)

    def reads_outside(self) -> Iterator[Read]:
        """Return the reads in what remains without the steps."""
        gone = set(self.moved)

        def is_wanted(item: Item, expression_field: ExpressionField) -> bool:
            if item.role == "participant" and item.key is not None and item.key.text in gone:
                return False
            return not self._is_inside(expression_field.flow_node)

        return self._reads(is_wanted)

    def definition_sides(self, name: str) -> tuple[bool, bool]:
        """Return whether a step, or a key of the context, gets its value inside, and whether outside."""
        points = self.model.reaching_definitions.points(name)
        if len(points) >= _MAX_DEFINITIONS:
            raise RefusedError(f"`{name}` is set in too many places")
        inside = [self._is_inside(point.flow_node) for point in points]
        return any(inside), not all(inside)

    def loops(self) -> set[str]:
        """Return the names of the loops inside."""
        loops = [flow_node.step.name for flow_node in self._inner_nodes() if isinstance(flow_node.step, Loop)]
        return {"loop", *loops} if loops else set()

    def waits(self) -> bool:
        """Return whether an event is waited for inside."""
        return any(isinstance(p.step, Wait) and "event" in p.step.body for p in self._inner_nodes())

    def is_loop_inside(self, item: Item, expression_field: ExpressionField, name: str) -> bool:
        """Return whether the loop that an expression inside reads is inside too."""
        nodes = [expression_field.flow_node]
        if expression_field.flow_node is None and item.key is not None:
            points = self.model.reaching_definitions.points(item.key.text)
            nodes = [point.flow_node for point in points if self._is_inside(point.flow_node)]
        found = {self._is_nearest_inside(flow_node, name) for flow_node in nodes if flow_node is not None}
        if len(found) != 1:
            raise RefusedError(f"`{name}` means different loops")
        return found.pop()

    def _is_nearest_inside(self, flow_node: FlowNode, name: str) -> bool:
        for outer in reversed(flow_node.path):
            if isinstance(outer.step, Loop) and name in ("loop", outer.step.name):
                return self._is_inside(outer)
        raise RefusedError(f"`{name}` is read after its loop has ended")

    def _is_inside(self, flow_node: FlowNode | None) -> bool:
        return flow_node is not None and any(outer in self._chosen for outer in flow_node.path)

    def _inner_nodes(self) -> Iterator[FlowNode]:
        for item in dict.fromkeys(item for item, _ in self.tops):
            yield from (flow_node for flow_node in item.flow_nodes if self._is_inside(flow_node))

    def _reads(self, is_wanted: Callable[[Item, ExpressionField], bool]) -> Iterator[Read]:
        for item in self.model.items:
            context = QueryContext(self.model, item)
            for expression_field in item.expression_fields:
                if not is_wanted(item, expression_field):
                    continue
                context.flow_node = expression_field.flow_node
                read = context.read(expression_field)
                if not isinstance(read, Expression):
                    continue
                if read.ast.errors:
                    raise RefusedError("an expression is not valid")
                yield from ((item, expression_field, use) for use in uses(read.ast, expression_field.node))

    def _named(self, inside: bool) -> set[str]:
        return {
            name
            for item in self.model.items.steps
            for flow_node in item.flow_nodes
            if self._is_inside(flow_node) is inside
            for name in _names(flow_node)
        }

    def _closure(self, names: set[str]) -> set[str]:
        """Return the participants of these names, with their fallbacks."""
        found: set[str] = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            participant = self.model.participant(name)
            if participant is not None and name not in found:
                found.add(name)
                pending.extend(fallback_targets(participant.node))
        return found


def _names(flow_node: FlowNode) -> set[str]:
    """Return the participants that a step names itself."""
    match flow_node.step:
        case Call(inline=None, name=Scalar() as name, overrides=overrides):
            return {name.text, *fallback_targets(overrides)}
        case Call(inline=inline) if inline is not None:
            return set(fallback_targets(inline.node))
        case Wait(body=body):
            return set(fallback_targets(body))
        case _:
            return set()
