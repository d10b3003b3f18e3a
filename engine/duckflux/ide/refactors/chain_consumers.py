"""Which steps take the value that flows from step to step, at a place where it would be another one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...language.model.expression_fields import ExpressionField
from ...language.model.flow_nodes import FlowNode
from ...language.model.workflow import (
    ON_ERROR_STRATEGIES,
    ON_TIMEOUT_STRATEGIES,
    Call,
    If,
    Loop,
    Parallel,
    Set,
    Wait,
)
from ...language.semantics.command_inputs import given_names
from ...language.semantics.expression_reads import mentions_of
from ...language.semantics.items import Item
from ...language.semantics.reaching_definitions import name_of
from ...language.semantics.semantic_model import SemanticModel
from ...language.semantics.shell_syntax import expansions, named_otherwise
from ...language.semantics.workflow_interface import WorkflowInterface
from ...language.syntax import Mapping, Node, Scalar
from .selection_boundary import Top

_WITH_BODY = ("POST", "PUT", "PATCH")


class ChainConsumer(NamedTuple):
    """Who takes a value, in words. `reads` says that it is an expression, which calls it `output`; `printed` that
    it may get the value as it was printed."""

    what: str
    reads: bool = False
    printed: bool = False


class Way(NamedTuple):
    """What becomes of a value that flows into steps: which of them take it (none, if it makes no difference to
    any), and whether it may come out again."""

    takers: tuple[ChainConsumer, ...] = ()
    passes: bool = True


class Flowing:
    """The ways of one workflow."""

    def __init__(self, model: SemanticModel) -> None:
        self._model = model

    def through(self, tops: Iterable[Top]) -> Way:
        """The way through steps of one list."""
        takers: tuple[ChainConsumer, ...] = ()
        for item, flow_node in tops:
            way = self._at(item, flow_node)
            takers += way.takers
            if not way.passes:
                return Way(takers, False)
        return Way(takers)

    def after(self, item: Item, flow_node: FlowNode) -> Way:
        """The way from behind a step to the end of the workflow."""
        parent = flow_node.parent
        if parent is None:
            steps = self._model.items.steps
            way = self.through((each, each.flow_nodes[0]) for each in steps[steps.index(item) + 1 :])
            taken = way.passes and not self._model.is_result_unread()
            reads = self._model.workflow.output is not None
            result = ChainConsumer("the workflow's `output`", reads)
            return Way((*way.takers, result) if taken else way.takers, way.passes)
        if isinstance(parent.step, Parallel):
            return Way((ChainConsumer("`parallel`", printed=True),), False)
        way = self.through((item, each) for each in item.lists[parent, flow_node.slot][flow_node.index + 1 :])
        if not way.passes:
            return way
        takers = way.takers
        if isinstance(parent.step, Loop):
            takers += self._named(item, parent) + self._inside(item, parent, "steps").takers
        behind = self.after(item, parent)
        return Way(takers + behind.takers, behind.passes)

    def _inside(self, item: Item, flow_node: FlowNode, slot: str) -> Way:
        return self.through((item, each) for each in item.lists.get((flow_node, slot), ()))

    def _at(self, item: Item, flow_node: FlowNode) -> Way:
        own = self._named(item, flow_node)
        match flow_node.step:
            case Call() as call:
                return self._call(call, own)
            case Set():
                return Way(own)
            case Wait(body=body):
                target = body.get("onTimeout")
                fallback = target.text if isinstance(target, Scalar) else "fail"
                own += self._fallbacks(fallback, ON_TIMEOUT_STRATEGIES)
                return Way(own, "event" not in body or fallback == "skip")
            case Parallel():
                branches = item.lists.get((flow_node, "parallel"), ())
                ways = [(branch, self._at(item, branch)) for branch in branches]
                takers = [taker for _, way in ways for taker in way.takers]
                takers += [ChainConsumer(_label(branch), printed=True) for branch, way in ways if way.passes]
                return Way((*own, *takers), False)
            case If():
                then, otherwise = (self._inside(item, flow_node, slot) for slot in ("then", "else"))
                return Way(own + then.takers + otherwise.takers, then.passes or otherwise.passes)
            case Loop() as loop:
                way = self._inside(item, flow_node, "steps")
                some = loop.max is None or isinstance(loop.max.value, int)
                return Way(own + way.takers, way.passes or not some)

    def _named(self, item: Item, flow_node: FlowNode) -> tuple[ChainConsumer, ...]:
        """The step, if one of its own texts reads the value."""
        return _readers(
            (
                expression_field
                for expression_field in item.expression_fields
                if expression_field.flow_node is flow_node
            ),
            _label(flow_node),
        )

    def _call(self, call: Call, own: tuple[ChainConsumer, ...]) -> Way:
        name = name_of(call) or ""
        declared = self._model.participant(name) if call.inline is None else None
        participant = call.inline or declared
        strategy = self._model.strategy(call)
        takers = own + self._fallbacks(strategy, ON_ERROR_STRATEGIES)
        if participant is None:
            return Way((*takers, ChainConsumer(f"`{name}`", printed=True)), False)
        holders = [participant.node, *([call.overrides] if call.overrides is not None else [])]
        label = f"`{name or participant.type}`"
        if declared is not None:
            takers += _readers(self._model.variables.declared[name].expression_fields, label)
        if not self._same_without(participant.type, holders, strategy):
            takers += (ChainConsumer(label, printed=True),)
        may_skip = call.when is not None or strategy == "skip" or any("onTimeout" in h for h in holders)
        return Way(tuple(dict.fromkeys(takers)), may_skip)

    def _fallbacks(self, target: str, strategies: tuple[str, ...]) -> tuple[ChainConsumer, ...]:
        """Those of the participants that take over which take the value too."""
        found: list[ChainConsumer] = []
        seen: set[str] = set()
        while target not in strategies and target not in seen:
            seen.add(target)
            participant = self._model.participant(target)
            item = self._model.variables.declared.get(target)
            following = self._model.reaching_definitions.strategy_of(target)
            if item is not None:
                found += _readers(item.expression_fields, f"`{target}`")
            if participant is None or not self._same_without(participant.type, [participant.node], following):
                found.append(ChainConsumer(f"`{target}`", printed=True))
            target, strategies = following, ON_ERROR_STRATEGIES
        return tuple(found)

    def _same_without(self, type_: str, holders: list[Mapping], strategy: str) -> bool:
        """Whether a participant does the same without what flows in, none of its expressions reading it."""
        keys = given_names(holders)
        if keys is None or (keys and strategy not in ("fail", "retry")):
            # What does not merge with a map is an error, which ends the run or is handled.
            return False
        match type_:
            case "http":
                method = _field(holders, "method")
                sends = isinstance(method, Scalar) and method.text in _WITH_BODY
                return not sends or _field(holders, "body") is not None
            case "emit":
                return True
            case "exec":
                return bool(keys) and _says_all(_field(holders, "run"), set(keys))
            case "workflow":
                path = _field(holders, "path")
                called = self._model.interface(path.text) if isinstance(path, Scalar) else None
                return (
                    isinstance(called, WorkflowInterface)
                    and bool(keys)
                    and set(keys).issuperset(called.inputs)
                )
            case _:
                return False


def merges_map(model: SemanticModel, tops: Iterable[Top]) -> bool:
    """Whether steps can only go on if what flows into them is a map or nothing."""
    for item, flow_node in tops:
        step = flow_node.step
        if isinstance(step, Set):
            continue
        if isinstance(step, Loop) and isinstance(step.max and step.max.value, int):
            return merges_map(model, ((item, inner) for inner in item.lists.get((flow_node, "steps"), ())))
        if not isinstance(step, Call) or step.when is not None or model.strategy(step) != "fail":
            return False
        participant = step.inline or model.participant(name_of(step) or "")
        return bool(given_names((participant.node if participant else None, step.overrides)))
    return False


def _says_all(command: Node | None, keys: set[str]) -> bool:
    """Whether a command names no variable but those it is given, and those that look like the system's."""
    if not isinstance(command, Scalar):
        return False
    names = {found.name for found in expansions(command.text)} - keys
    return all(name.isupper() or named_otherwise(command.text, name) for name in names)


def _readers(texts: Iterable[ExpressionField], label: str) -> tuple[ChainConsumer, ...]:
    """Who takes the value by an expression: as `output`, or as `input`, which is what flows in."""
    names = frozenset[str]().union(*(mentions_of(expression_field.node.text) for expression_field in texts))
    return tuple(
        ChainConsumer(label, reads=name == "output") for name in ("output", "input") if name in names
    )


def _field(holders: list[Mapping], name: str) -> Node | None:
    values: Iterator[Node | None] = (holder.get(name) for holder in reversed(holders))
    return next((value for value in values if value is not None), None)


def _label(flow_node: FlowNode) -> str:
    step = flow_node.step
    if isinstance(step, Call):
        return f"`{name_of(step) or (step.inline.type if step.inline else 'step')}`"
    return f"`{step.key.text}`"
