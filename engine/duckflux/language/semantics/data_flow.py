"""Data flow: the type of the chain value at every position of the flow.

See docs/language.md#3-values-chain-and-input.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from ...cel.types import DYN, NULL, STRING, EnumType, ListType, MapType, RecordType, Type, list_of
from ..model.flow_nodes import FlowNode
from ..model.workflow import (
    ON_ERROR_STRATEGIES,
    ON_TIMEOUT_STRATEGIES,
    Call,
    If,
    Loop,
    Parallel,
    Participant,
    Set,
    Wait,
)
from ..syntax import Scalar
from .items import OUTPUT_FIELDS, Item, Items
from .reaching_definitions import ReachingDefinitions, name_of
from .variables import Variables


class ChainType(msgspec.Struct, frozen=True):
    """The types that the chain value may have; `absent` means that there may be none.

    A chain type that contains dyn may be anything.
    """

    types: tuple[Type, ...]
    absent: bool

    @property
    def only(self) -> Type:
        """Return the type if there is certainly a value of exactly this type, else dyn."""
        return self.types[0] if len(self.types) == 1 and not self.absent else DYN

    @property
    def is_map(self) -> bool:
        """Return whether a value, if there is one, is certainly a map."""
        return all(map(_is_map, self.types))


NOTHING = ChainType((), True)
UNKNOWN = ChainType((DYN,), True)
Known: TypeAlias = dict[Item, tuple[ChainType, ChainType]]
Lists: TypeAlias = dict[tuple[FlowNode, str], tuple[ChainType, list[ChainType]]]
"""What flows into each step of a list, and out of the last one; first what flows into the construct."""


def union(one: ChainType, other: ChainType) -> ChainType:
    """Return the type of a chain value that has one of two types."""
    if one == other:
        return one
    if DYN in one.types or DYN in other.types:
        return UNKNOWN
    more = tuple(type_ for type_ in other.types if type_ not in one.types)
    return ChainType(one.types + more, one.absent or other.absent)


def mergeable(left: Type, right: Type) -> bool:
    """Return whether values of these types may merge as inputs."""
    if DYN in (left, right) or NULL in (left, right):
        return True
    return (_is_map(left) and _is_map(right)) or (_is_text(left) and _is_text(right))


def _is_map(type_: Type) -> bool:
    return isinstance(type_, MapType | RecordType)


def _is_text(type_: Type) -> bool:
    return type_ == STRING or isinstance(type_, EnumType)


class DataFlow:
    """The chain types of one workflow, computed when they are asked for. `previous` only saves work."""

    def __init__(
        self,
        items: Items,
        variables: Variables,
        reaching_definitions: ReachingDefinitions,
        previous: DataFlow | None = None,
    ) -> None:
        self._items = items
        self._variables = variables
        self._reaching_definitions = reaching_definitions
        self._order = {item: number for number, item in enumerate(items.steps)}
        self._after_step: dict[int, ChainType] = {0: NOTHING}
        self._inner: Lists = {}
        self._through: Known = {}
        same = previous is not None and self._is_reusable(previous)
        self._before: Known = previous._through if previous and same else {}
        self._before_inner: Lists = previous._inner if previous and same else {}

    def before(self, item: Item, flow_node: FlowNode) -> ChainType:
        """Return the chain type before a step."""
        if flow_node.parent is None:
            return self._into(self._order[item])
        return self._list(item, flow_node.parent, flow_node.slot)[flow_node.index]

    def at_end_of(self, item: Item, loop: FlowNode) -> ChainType:
        """Return the chain type after the last step of a loop's iteration."""
        return self._list(item, loop, "steps")[-1]

    def at_end(self) -> ChainType:
        """Return the chain type at the end of the flow."""
        return self._into(len(self._items.steps))

    def _is_reusable(self, previous: DataFlow) -> bool:
        one, other = self._reaching_definitions, previous._reaching_definitions
        same = one.strategies == other.strategies and one.timed == other.timed
        new, old = self._variables, previous._variables
        return same and new.shapes == old.shapes and new.has_unchanged_inline_calls(old)

    def _into(self, number: int) -> ChainType:
        # Several threads may ask: each writes the same.
        known_to = number
        while known_to not in self._after_step:
            known_to -= 1
        for at in range(known_to, number):
            item, incoming = self._items.steps[at], self._after_step[at]
            known = self._before.get(item)
            outgoing = (
                known[1] if known and known[0] == incoming else self._out(item, item.flow_nodes[0], incoming)
            )
            self._through[item] = (incoming, outgoing)
            self._after_step[at + 1] = outgoing
        return self._after_step[number]

    def _list(self, item: Item, parent: FlowNode, slot: str) -> list[ChainType]:
        """Return the chain types before each step of a list, and after the last one."""
        known = self._inner.get((parent, slot))
        if known is None:
            entry = self.before(item, parent)
            known = self._before_inner.get((parent, slot))
            if known is None or known[0] != entry:
                known = entry, self._made_list(item, parent, slot, entry)
            self._inner[parent, slot] = known
        return known[1]

    def _made_list(self, item: Item, parent: FlowNode, slot: str, entry: ChainType) -> list[ChainType]:
        if isinstance(parent.step, Loop):
            # What passes through a iteration can only be what came in before it.
            entry = union(entry, self._run(item, parent, slot, entry)[-1])
        return self._run(item, parent, slot, entry)

    def _run(self, item: Item, parent: FlowNode, slot: str, entry: ChainType) -> list[ChainType]:
        data_flow = [entry]
        for flow_node in item.lists.get((parent, slot), ()):
            parallel = isinstance(parent.step, Parallel)
            outgoing = entry if parallel else self._out(item, flow_node, data_flow[-1])
            data_flow.append(outgoing)
        return data_flow

    def _out(self, item: Item, flow_node: FlowNode, incoming: ChainType) -> ChainType:
        match flow_node.step:
            case Call() as call:
                return self._out_of_call(call, incoming)
            case Parallel(branches=()):
                return UNKNOWN
            case Parallel():
                return ChainType((list_of(DYN),), False)
            case Loop() as loop:
                outgoing = self._run(item, flow_node, "steps", incoming)[-1]
                limit = loop.max
                some = limit is None or isinstance(limit.value, int)
                return outgoing if some else union(incoming, outgoing)
            case If():
                then = self._run(item, flow_node, "then", incoming)[-1]
                return union(then, self._run(item, flow_node, "else", incoming)[-1])
            case Wait(body=body) if "event" in body:
                return UNKNOWN
            case Wait(body=body):
                target = body.get("onTimeout")
                if isinstance(target, Scalar) and target.text not in ON_TIMEOUT_STRATEGIES:
                    return union(incoming, self._result(target.text))
                return incoming
            case Set():
                return incoming

    def _out_of_call(self, call: Call, incoming: ChainType) -> ChainType:
        name = name_of(call)
        strategy = self._reaching_definitions.on_error(call, name or "")
        outgoing = self._call_result(call, name)
        own = call.overrides if call.inline is None else call.inline.node
        timed = name in self._reaching_definitions.timed or (own is not None and "onTimeout" in own)
        may_skip = strategy == "skip" or timed
        if call.when is not None or may_skip:
            outgoing = union(incoming, outgoing)
        tried: set[str] = set()
        while strategy not in ON_ERROR_STRATEGIES and strategy not in tried:
            tried.add(strategy)
            outgoing = union(outgoing, self._result(strategy))
            strategy = self._reaching_definitions.strategy_of(strategy)
        return union(incoming, outgoing) if strategy == "skip" else outgoing

    def _call_result(self, call: Call, name: str | None) -> ChainType:
        if call.overrides is not None and any(field in call.overrides for field in OUTPUT_FIELDS):
            return UNKNOWN
        if call.inline is not None:
            return self._of_participant(call.inline)
        return self._result(name or "")

    def _result(self, name: str) -> ChainType:
        """Return the output type of a declared participant. Another step cannot run an inline one."""
        participant = self._variables.declared_participant(name)
        return self._of_participant(participant) if participant is not None else UNKNOWN

    def _of_participant(self, participant: Participant) -> ChainType:
        if self._variables.prints_text(participant):
            return ChainType((STRING,), False)
        return _of_value(self._variables.output_of(participant))


def _of_value(type_: Type) -> ChainType:
    """Return the chain type after a step's result: empty text and null clear the chain."""
    if type_ == DYN:
        return UNKNOWN
    if type_ == NULL:
        return NOTHING
    return ChainType((type_,), not isinstance(type_, MapType | RecordType | ListType))
