"""Symbols: where the names of a workflow are defined and where they are referenced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from ... import cel
from ...cel.syntax.identifiers import identifiers, name_range
from ...cel.syntax.nodes import Expr, Ident, Index, Select
from ...cel.syntax.nodes import Literal as Constant
from ..model.expression_fields import ExpressionField
from ..model.flow_nodes import FlowNode
from ..model.workflow import FALLBACK_FIELDS, ON_ERROR_STRATEGIES, Call, Loop, Participant, Set, Wait
from ..syntax import Mapping, Scalar, Span
from ..syntax.scalar_ranges import content_range
from .items import Item
from .query_context import QueryContext, QueryResults, still_valid
from .semantic_model import SemanticModel

Kind: TypeAlias = Literal["step", "input", "key", "loop", "event", "variable", "given", "file", "anchor"]
"""What a name names: a participant or named inline step, an input of the workflow, a key of the context, a loop's
variable, an event, a variable that a command is given by its `input`, an input that another workflow is given,
that workflow's file, or an anchor of YAML."""

# What a shell reads: $NAME, ${NAME}, ${NAME:-default}.
_SHELL = re.compile(r"(?<!\\)\$(?:\{([A-Za-z_]\w*)|([A-Za-z_]\w*))")


class Symbol(NamedTuple):
    """The entity that a name stands for.

    `owner` tells symbols of one name apart: the loop of a `loop`, the participant whose command has the
    variable, the path of the workflow that gets an input, the number of an anchor. It is None for all others.
    """

    kind: Kind
    name: str
    owner: object = None


class Occurrence(msgspec.Struct, frozen=True):
    """A name in the text; `span` is the name alone, without quotes. `defines` marks a definition."""

    symbol: Symbol
    span: Span
    defines: bool = False


class ItemOccurrences(msgspec.Struct, frozen=True):
    """The occurrences in an item, and the query results that they depend on."""

    occurrences: tuple[Occurrence, ...]
    answers: QueryResults


Occurrences: TypeAlias = dict[Item, ItemOccurrences]


def occurrences(model: SemanticModel, known: Occurrences | None = None, since: object = None) -> Occurrences:
    """Return the occurrences in each item of a workflow.

    `known` are those of an earlier text, whose model had the revision `since`; they save work.
    """
    return {item: _item_occurrences(item, model, (known or {}).get(item), since) for item in model.items}


def _item_occurrences(
    item: Item, model: SemanticModel, known: ItemOccurrences | None, since: object
) -> ItemOccurrences:
    if known is not None and still_valid(known.answers, model, since):
        return known
    context = QueryContext(model, item)
    return ItemOccurrences(tuple(_in_item(item, context)), context.answers)


def _in_item(item: Item, context: QueryContext) -> Iterator[Occurrence]:
    if item.role == "participant" and item.key is not None:
        yield Occurrence(Symbol("step", item.key.text), _whole(item.key), defines=True)
    if item.key is not None and item.key.text == "inputs" and isinstance(item.node, Mapping):
        for name, _ in item.node:
            yield Occurrence(Symbol("input", name.text), _whole(name), defines=True)
    if item.role != "step" and isinstance(item.node, Mapping):
        yield from _in_fields(item.node, item.node)
    for flow_node in item.flow_nodes:
        yield from _in_step(flow_node, context)
    for expression_field in item.expression_fields:
        context.flow_node = expression_field.flow_node
        ast = context.tree(expression_field) if not expression_field.node.alias else None
        if ast is not None:
            yield from _in_expression(ast, expression_field, context)


def _in_step(flow_node: FlowNode, context: QueryContext) -> Iterator[Occurrence]:
    match flow_node.step:
        case Call(inline=Participant() as inline):
            if inline.name is not None and inline.key is not None:
                yield Occurrence(Symbol("step", inline.name), _whole(inline.key), defines=True)
            yield from _in_fields(inline.node, inline.node)
        case Call(name=Scalar() as name, overrides=overrides):
            yield Occurrence(Symbol("step", name.text), _whole(name))
            participant = context.query(SemanticModel.participant, name.text)
            if overrides is not None:
                yield from _in_fields(overrides, participant.node if participant else overrides)
        case Loop(body=body, key=key, node=node, name=name):
            yield Occurrence(Symbol("loop", "loop", node), _whole(key), defines=True)
            alias = body.get("as") if body is not None else None
            if isinstance(alias, Scalar) and alias.text:
                yield Occurrence(Symbol("loop", name), _whole(alias), defines=True)
        case Set(entries=entries):
            for entry in entries:
                yield Occurrence(Symbol("key", entry.key.text), _whole(entry.key), defines=True)
        case Wait(body=body):
            yield from _in_fields(body, body)
        case _:
            return


def _in_fields(node: Mapping, participant: Mapping) -> Iterator[Occurrence]:
    """Yield the names in the fields of a participant, an override of it, a wait, or `defaults`."""
    for field in FALLBACK_FIELDS:
        target = node.get(field)
        if isinstance(target, Scalar) and target.text and target.text not in ON_ERROR_STRATEGIES:
            yield Occurrence(Symbol("step", target.text), _whole(target))
    event = node.get("event")
    if isinstance(event, Scalar) and event.text:
        yield Occurrence(Symbol("event", event.text), _whole(event), defines="type" in participant)
    path, given = participant.get("path"), node.get("input")
    if isinstance(path, Scalar) and path.text:
        if "path" in node:
            yield Occurrence(Symbol("file", path.text), _whole(path))
        for key, _ in given if isinstance(given, Mapping) else ():
            yield Occurrence(Symbol("given", key.text, path.text), _whole(key))
    elif isinstance(given, Mapping):
        yield from _variables(node, given, participant)


def _variables(node: Mapping, given: Mapping, participant: Mapping) -> Iterator[Occurrence]:
    """Yield the variables that an `input` gives to a command, and where the command reads them."""
    for key, _ in given:
        yield Occurrence(Symbol("variable", key.text, participant), _whole(key), defines=True)
    command = node.get("run")
    if not isinstance(command, Scalar) or command.alias:
        return
    names = {key.text for key, _ in given}
    for match in _SHELL.finditer(command.text):
        group = 1 if match[1] else 2
        if match[group] in names:
            symbol = Symbol("variable", match[group], participant)
            yield Occurrence(symbol, content_range(command, *match.span(group)))


def _in_expression(
    ast: cel.Ast, expression_field: ExpressionField, context: QueryContext
) -> Iterator[Occurrence]:
    scalar, flow_node = expression_field.node, expression_field.flow_node
    for ident, macro in identifiers(ast):
        if macro is not None:
            continue
        span = content_range(scalar, *name_range(ident))
        if context.query(SemanticModel.is_step, ident.name):
            yield Occurrence(Symbol("step", ident.name), span)
        elif ident.name == "loop":
            yield Occurrence(Symbol("loop", "loop", _innermost_loop(flow_node)), span)
        elif ident.name not in _BUILT_IN:
            yield Occurrence(Symbol("loop", ident.name), span)
    for node in cel.nodes.walk(ast.root):
        if (member := member_of(node)) is not None:
            symbol, start, end = member
            yield Occurrence(symbol, content_range(scalar, start, end))


_BUILT_IN = ("workflow", "execution", "env", "now", "input", "output", "event")
_MAPS: dict[tuple[str, str], Kind] = {("workflow", "inputs"): "input", ("execution", "context"): "key"}


def member_of(node: Expr) -> tuple[Symbol, int, int] | None:
    """Return the symbol of `workflow.inputs.x` or `execution.context.k`, and the range of its name.

    The name may also stand in brackets.
    """
    if not isinstance(node, Select | Index):
        return None
    owner = node.operand
    if not isinstance(owner, Select) or not isinstance(owner.operand, Ident):
        return None
    kind = _MAPS.get((owner.operand.name, owner.field))
    if kind is None:
        return None
    if isinstance(node, Select):
        return (Symbol(kind, node.field), node.field_start, node.field_end) if node.field else None
    return _quoted(kind, node.index)


def _quoted(kind: Kind, index: Expr) -> tuple[Symbol, int, int] | None:
    if not isinstance(index, Constant) or not isinstance(index.value, str):
        return None
    if index.end - index.start != len(index.value) + 2:
        return None
    return Symbol(kind, index.value), index.start + 1, index.end - 1


def _innermost_loop(flow_node: FlowNode | None) -> object:
    around = flow_node.path if flow_node is not None else ()
    return next((outer.step.node for outer in reversed(around) if isinstance(outer.step, Loop)), None)


def _whole(scalar: Scalar) -> Span:
    """Return the span of a scalar's content, without its quotes."""
    return content_range(scalar, 0, len(scalar.text))
