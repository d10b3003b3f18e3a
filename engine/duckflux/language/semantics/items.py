"""Items: the parts of a workflow that are analysed one by one.

An item is a participant, a top-level step with everything inside it, or another top-level field. While its
nodes are unchanged, it is the same object in the next analysis.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Literal, TypeAlias

import msgspec

from ..model.expression_fields import ExpressionField, fields_in, fields_of_output, fields_of_step
from ..model.flow_nodes import FlowNode, walk_flow
from ..model.workflow import (
    FALLBACK_FIELDS,
    Call,
    If,
    Loop,
    Output,
    Parallel,
    Participant,
    Set,
    Step,
    Wait,
    Workflow,
)
from ..syntax import Mapping, Node, Scalar
from .expression_reads import Mentions, mentions_of

# The fields that decide what a participant's output is.
OUTPUT_FIELDS = ("output", "path", "run")
ItemRole: TypeAlias = Literal["participant", "step", "section"]


class Declarations(msgspec.Struct, frozen=True):
    """The declarations of a top-level step.

    Named inline participants, all inline ones that call a workflow, the names of loops, whether a wait
    provides an event, the entries of `set`s, and the participants that are called with another output.
    """

    inline: tuple[Participant, ...]
    callers: tuple[Participant, ...]
    loops: tuple[str, ...]
    waits: bool
    entries: tuple[ExpressionField, ...]
    output_overridden: frozenset[str]


class Item:
    """One item, and what can be said of it by itself.

    `key` is its key, None for a step. `subject` is its record, None where the text is too broken for one and
    for sections without a record. JSON pointers in the records may be those of an earlier text: use nodes and
    flow nodes only.
    """

    def __init__(
        self, role: ItemRole, node: Node, key: Scalar | None, subject: Participant | Step | Output | None
    ) -> None:
        self.role = role
        self.node = node
        self.key = key
        self.subject = subject

    @cached_property
    def flow_nodes(self) -> tuple[FlowNode, ...]:
        """Return the flow nodes of the step and of all steps inside it, in the order of the text."""
        if self.subject is None or isinstance(self.subject, Participant | Output):
            return ()
        return tuple(walk_flow(self.subject))

    @cached_property
    def names(self) -> frozenset[str]:
        """Return the participants that steps, `onError` and `onTimeout` name here."""
        return frozenset(self._names())

    def _names(self) -> Iterator[str]:
        yield from (call.name.text for call in self.calls if call.name is not None)
        bodies = [flow_node.step.body for flow_node in self.flow_nodes if isinstance(flow_node.step, Wait)]
        inner = [call.overrides if call.inline is None else call.inline.node for call in self.calls]
        for holder in (self.node, *inner, *bodies):
            yield from fallback_targets(holder)

    @cached_property
    def mentions(self) -> Mentions:
        """Return the names and members that the expressions here mention, see `expression_reads.mentions`."""
        return frozenset().union(
            *(mentions_of(expression_field.node.text) for expression_field in self.expression_fields)
        )

    @cached_property
    def lists(self) -> dict[tuple[FlowNode | None, str], tuple[FlowNode, ...]]:
        """Return the flow nodes of each list of steps, by the construct and its field."""
        found: dict[tuple[FlowNode | None, str], list[FlowNode]] = {}
        for flow_node in self.flow_nodes:
            found.setdefault((flow_node.parent, flow_node.slot), []).append(flow_node)
        return {key: tuple(nodes) for key, nodes in found.items()}

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Return the steps that run a participant."""
        return tuple(flow_node.step for flow_node in self.flow_nodes if isinstance(flow_node.step, Call))

    @cached_property
    def declarations(self) -> Declarations:
        """Return what this item declares."""
        steps = [flow_node.step for flow_node in self.flow_nodes]
        loops = [step.name for step in steps if isinstance(step, Loop)]
        inline = [call.inline for call in self.calls if call.inline is not None]
        changed = [
            call
            for call in self.calls
            if call.overrides is not None and any(field in call.overrides for field in OUTPUT_FIELDS)
        ]
        return Declarations(
            inline=tuple(one for one in inline if one.name),
            callers=tuple(one for one in inline if one.type == "workflow"),
            loops=tuple(dict.fromkeys(("loop", *loops))) if loops else (),
            waits=any(isinstance(step, Wait) and "event" in step.body for step in steps),
            entries=tuple(
                expression_field
                for expression_field in self.expression_fields
                if expression_field.flow_node and isinstance(expression_field.flow_node.step, Set)
            ),
            output_overridden=frozenset(call.name.text for call in changed if call.name is not None),
        )

    @cached_property
    def results(self) -> tuple[FlowNode, ...]:
        """Return the flow nodes of the steps that give a name a value."""
        return tuple(
            flow_node for flow_node in self.flow_nodes if not isinstance(flow_node.step, Parallel | If)
        )

    @cached_property
    def expression_fields(self) -> tuple[ExpressionField, ...]:
        """Return every text that is or may be an expression."""
        return tuple(self._expression_fields())

    def _expression_fields(self) -> Iterator[ExpressionField]:
        for flow_node in self.flow_nodes:
            yield from fields_of_step(flow_node)
        if isinstance(self.subject, Participant):
            yield from fields_in(self.subject.node, "participant")
        elif isinstance(self.subject, Output):
            yield from fields_of_output(self.subject)
        elif self.key is not None and self.key.text == "defaults" and isinstance(self.node, Mapping):
            yield from fields_in(self.node, "defaults")


def fallback_targets(holder: Node | None) -> Iterator[str]:
    """Yield the values of `onError` and `onTimeout` of a map."""
    for field in FALLBACK_FIELDS:
        target = holder.get(field) if isinstance(holder, Mapping) else None
        if isinstance(target, Scalar):
            yield target.text


class Section(Item):
    """A top-level field other than `participants` and `flow`."""


class Items:
    """The items of one workflow; only `steps` are in the order of the text. `previous` only saves work."""

    def __init__(self, workflow: Workflow, previous: Items | None = None) -> None:
        self._known = previous.by_node if previous else {}
        self.by_node: dict[Node, Item] = {}
        root = workflow.document.root
        top = {pair.key.text: pair for pair in root} if isinstance(root, Mapping) else {}
        declared = top.get("participants")
        entries = declared.value if declared and isinstance(declared.value, Mapping) else ()
        self.participants = tuple(
            self._item("participant", node, key, workflow.participants.get(key.text)) for key, node in entries
        )
        self.steps = tuple(self._item("step", step.node, None, step) for step in workflow.flow)
        self.sections = tuple(
            self._item("section", node, key, workflow.output if name == "output" else None)
            for name, (key, node) in top.items()
            if name not in ("participants", "flow")
        )

    def __iter__(self) -> Iterator[Item]:
        return iter(self.by_node.values())

    def __len__(self) -> int:
        return len(self.by_node)

    def _item(
        self, role: ItemRole, node: Node, key: Scalar | None, subject: Participant | Step | Output | None
    ) -> Item:
        item = self._known.get(node)
        if item is None or item.role != role or item.key is not key:
            item = (Section if role == "section" else Item)(role, node, key, subject)
        self.by_node[node] = item
        return item
