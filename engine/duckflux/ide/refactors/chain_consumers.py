"""Finds the steps that consume the value which flows from step to step, where it would be another one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

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

_METHODS_WITH_BODY = ("POST", "PUT", "PATCH")


class ChainConsumer(msgspec.Struct, frozen=True):
    """A consumer of a value, as a label for the user.

    `reads` says that an expression reads it as `output`, `printed` that it may get the value as it was
    printed.
    """

    label: str
    reads: bool = False
    printed: bool = False


class FlowResult(msgspec.Struct, frozen=True):
    """The result of following a value into steps.

    `consumers` are those to which it makes a difference; `passes` says whether it may flow out again.
    """

    consumers: tuple[ChainConsumer, ...] = ()
    passes: bool = True


class ChainFlow:
    """Follows values through the steps of one workflow."""

    def __init__(self, model: SemanticModel) -> None:
        self._model = model

    def through(self, tops: Iterable[Top]) -> FlowResult:
        """Return what happens to a value in steps of one list."""
        consumers: tuple[ChainConsumer, ...] = ()
        for item, flow_node in tops:
            flow = self._at(item, flow_node)
            consumers += flow.consumers
            if not flow.passes:
                return FlowResult(consumers, False)
        return FlowResult(consumers)

    def after(self, item: Item, flow_node: FlowNode) -> FlowResult:
        """Return what happens to a value after a step, up to the end of the workflow."""
        parent = flow_node.parent
        if parent is None:
            steps = self._model.items.steps
            flow = self.through((each, each.flow_nodes[0]) for each in steps[steps.index(item) + 1 :])
            taken = flow.passes and not self._model.is_result_unread()
            reads = self._model.workflow.output is not None
            result = ChainConsumer("the workflow's `output`", reads)
            return FlowResult((*flow.consumers, result) if taken else flow.consumers, flow.passes)
        if isinstance(parent.step, Parallel):
            return FlowResult((ChainConsumer("`parallel`", printed=True),), False)
        flow = self.through(
            (item, each) for each in item.lists[parent, flow_node.slot][flow_node.index + 1 :]
        )
        if not flow.passes:
            return flow
        consumers = flow.consumers
        if isinstance(parent.step, Loop):
            consumers += self._readers_at(item, parent) + self._inside(item, parent, "steps").consumers
        after = self.after(item, parent)
        return FlowResult(consumers + after.consumers, after.passes)

    def _inside(self, item: Item, flow_node: FlowNode, slot: str) -> FlowResult:
        return self.through((item, each) for each in item.lists.get((flow_node, slot), ()))

    def _at(self, item: Item, flow_node: FlowNode) -> FlowResult:
        own = self._readers_at(item, flow_node)
        match flow_node.step:
            case Call() as call:
                return self._call(call, own)
            case Set():
                return FlowResult(own)
            case Wait(body=body):
                target = body.get("onTimeout")
                fallback = target.text if isinstance(target, Scalar) else "fail"
                own += self._fallbacks(fallback, ON_TIMEOUT_STRATEGIES)
                return FlowResult(own, "event" not in body or fallback == "skip")
            case Parallel():
                branches = item.lists.get((flow_node, "parallel"), ())
                flows = [(branch, self._at(item, branch)) for branch in branches]
                consumers = [consumer for _, flow in flows for consumer in flow.consumers]
                consumers += [
                    ChainConsumer(_label(branch), printed=True) for branch, flow in flows if flow.passes
                ]
                return FlowResult((*own, *consumers), False)
            case If():
                then, otherwise = (self._inside(item, flow_node, slot) for slot in ("then", "else"))
                return FlowResult(own + then.consumers + otherwise.consumers, then.passes or otherwise.passes)
            case Loop() as loop:
                flow = self._inside(item, flow_node, "steps")
                some = loop.max is None or isinstance(loop.max.value, int)
                return FlowResult(own + flow.consumers, flow.passes or not some)

    def _readers_at(self, item: Item, flow_node: FlowNode) -> tuple[ChainConsumer, ...]:
        """Return the step, if one of its own expressions reads the value."""
        return _readers(
            (
                expression_field
                for expression_field in item.expression_fields
                if expression_field.flow_node is flow_node
            ),
            _label(flow_node),
        )

    def _call(self, call: Call, own: tuple[ChainConsumer, ...]) -> FlowResult:
        name = name_of(call) or ""
        declared = self._model.participant(name) if call.inline is None else None
        participant = call.inline or declared
        strategy = self._model.strategy(call)
        consumers = own + self._fallbacks(strategy, ON_ERROR_STRATEGIES)
        if participant is None:
            return FlowResult((*consumers, ChainConsumer(f"`{name}`", printed=True)), False)
        holders = [participant.node, *([call.overrides] if call.overrides is not None else [])]
        label = f"`{name or participant.type}`"
        if declared is not None:
            consumers += _readers(self._model.variables.declared[name].expression_fields, label)
        if not self._is_independent(participant.type, holders, strategy):
            consumers += (ChainConsumer(label, printed=True),)
        may_skip = call.when is not None or strategy == "skip" or any("onTimeout" in h for h in holders)
        return FlowResult(tuple(dict.fromkeys(consumers)), may_skip)

    def _fallbacks(self, target: str, strategies: tuple[str, ...]) -> tuple[ChainConsumer, ...]:
        """Return the fallbacks that consume the value too."""
        found: list[ChainConsumer] = []
        seen: set[str] = set()
        while target not in strategies and target not in seen:
            seen.add(target)
            participant = self._model.participant(target)
            item = self._model.variables.declared.get(target)
            following = self._model.reaching_definitions.strategy_of(target)
            if item is not None:
                found += _readers(item.expression_fields, f"`{target}`")
            if participant is None or not self._is_independent(
                participant.type, [participant.node], following
            ):
                found.append(ChainConsumer(f"`{target}`", printed=True))
            target, strategies = following, ON_ERROR_STRATEGIES
        return tuple(found)

    def _is_independent(self, type_: str, holders: list[Mapping], strategy: str) -> bool:
        """Return whether a participant does the same without what flows in; none of its expressions reads it."""
        keys = given_names(holders)
        if keys is None or (keys and strategy not in ("fail", "retry")):
            # What does not merge with a map is an error, which ends the run or is handled.
            return False
        match type_:
            case "http":
                method = _field(holders, "method")
                sends = isinstance(method, Scalar) and method.text in _METHODS_WITH_BODY
                return not sends or _field(holders, "body") is not None
            case "emit":
                return True
            case "exec":
                return bool(keys) and _names_only_given(_field(holders, "run"), set(keys))
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
    """Return whether steps can only continue if what flows into them is a map or nothing."""
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


def _names_only_given(command: Node | None, keys: set[str]) -> bool:
    """Return whether a command names only variables that it is given, and those that look like the system's."""
    if not isinstance(command, Scalar):
        return False
    names = {found.name for found in expansions(command.text)} - keys
    return all(name.isupper() or named_otherwise(command.text, name) for name in names)


def _readers(fields: Iterable[ExpressionField], label: str) -> tuple[ChainConsumer, ...]:
    """Return the consumer whose expressions read what flows in, as `output` or as `input`."""
    names = frozenset[str]().union(*(mentions_of(expression_field.node.text) for expression_field in fields))
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
