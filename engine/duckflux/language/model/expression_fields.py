"""The texts of a workflow that are CEL, or may be: see docs/language.md#2-cel-or-literal-fields."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Literal, TypeAlias

import msgspec

from ... import cel
from .. import schema
from ..schema import Schema, resolve
from ..syntax import Mapping, Node, Scalar, Sequence
from .flow_nodes import FlowNode
from .workflow import Call, If, Loop, Output, Set, Step, Wait

ExpressionKind: TypeAlias = Literal["condition", "value", "text", "body"]


class ExpressionField(msgspec.Struct, frozen=True):
    """A scalar that is, or may be, an expression.

    `field` is the name of the field of the step, participant or section it belongs to; `flow_node` is the
    step's, None outside of the flow.
    """

    node: Scalar
    kind: ExpressionKind
    field: str
    flow_node: FlowNode | None = None


def is_expression(ast: cel.Ast, names: Container[str], steps: Container[str], kind: ExpressionKind) -> bool:
    """Return whether a parsed text is CEL.

    `names` are all known variables, `steps` those among them that are steps. A `condition` or `value` always
    is CEL. A `text` (url, header value, cwd) or `body` is if it parses and every free name in it is a
    variable; a `text` must also contain a variable or a string, and be more than a step's name.
    """
    if kind in ("condition", "value"):
        return True
    if ast.errors:
        return False
    free = cel.free_names(ast)
    if not all(name in names for name in free):
        return False
    if kind == "body":
        return True
    if isinstance(ast.root, cel.nodes.Ident) and ast.root.name in steps:
        return False
    return bool(free) or any(
        isinstance(node, cel.nodes.Literal) and isinstance(node.value, str)
        for node in cel.nodes.walk(ast.root)
    )


def fields_of_step(flow_node: FlowNode) -> Iterator[ExpressionField]:
    """Yield the expression fields of a step, without those of the steps inside it."""
    for field, node, kind in _of_step(flow_node.step):
        yield ExpressionField(node, kind, field, flow_node)


def fields_in(node: Mapping, definition: str) -> Iterator[ExpressionField]:
    """Yield the expression fields of a map whose shape a definition of the schema describes."""
    for field, text, kind in _fields(node, schema.definition(definition)):
        yield ExpressionField(text, kind, field)


def fields_of_output(output: Output) -> Iterator[ExpressionField]:
    """Yield the expression fields of the workflow's `output`."""
    expressions = output.expression or output.map
    if expressions is not None:
        yield from (ExpressionField(node, "value", "output") for node in _scalars(expressions))


def _of_step(step: Step) -> Iterator[tuple[str, Scalar, ExpressionKind]]:
    match step:
        case Call(inline=inline) if inline is not None:
            yield from _fields(inline.node, schema.definition("inline"))
        case Call(overrides=Mapping() as overrides):
            yield from _fields(overrides, schema.definition("overrides"))
        case Loop(body=Mapping() as body) | Wait(body=body):
            name = "loop" if isinstance(step, Loop) else "wait"
            yield from _fields(body, resolve(schema.definition(name)["properties"][name]))
        case If(condition=Scalar() as condition):
            yield "condition", condition, "condition"
        case Set(entries=entries):
            for pair in entries:
                if isinstance(pair.value, Scalar):
                    yield pair.key.text, pair.value, "value"
        case _:
            return


def _fields(node: Mapping, rule: Schema) -> Iterator[tuple[str, Scalar, ExpressionKind]]:
    for key, value in node:
        part = schema.field(rule, key.text)
        if part is not None:
            yield from ((key.text, scalar, kind) for scalar, kind in _texts(value, part))


def _texts(node: Node, rule: Schema) -> Iterator[tuple[Scalar, ExpressionKind]]:
    """Yield the texts in a field that its schema marks as CEL, without those of steps inside a construct."""
    rule = resolve(rule)
    if kind := rule.get("x-cel"):
        yield from ((scalar, kind) for scalar in (_scalars(node) if rule.get("x-nested") else _scalar(node)))
    elif isinstance(node, Mapping):
        objects = [rule, *(resolve(branch) for branch in rule.get("anyOf", ()))]
        for key, value in node:
            part = next((p for o in objects if (p := schema.field(o, key.text)) is not None), None)
            if part is not None:
                yield from _texts(value, part)
    elif isinstance(node, Scalar):
        branches = (resolve(branch) for branch in rule.get("anyOf", ()))
        for branch in branches:
            if "x-cel" in branch:
                yield from _texts(node, branch)


def _scalar(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar) and isinstance(node.value, str):
        yield node


def _scalars(node: Node) -> Iterator[Scalar]:
    """Yield all texts in a value."""
    match node:
        case Mapping():
            for pair in node:
                yield from _scalars(pair.value)
        case Sequence():
            for item in node.items:
                yield from _scalars(item)
        case _:
            yield from _scalar(node)
