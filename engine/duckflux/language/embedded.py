"""Which texts are CEL: some fields always are, others are CEL or literal text (LANGUAGE section 2)."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Literal, NamedTuple, TypeAlias

from .. import cel
from . import schema
from .model import Call, If, Loop, Set, Step, Wait, Workflow
from .schema import Schema, resolve
from .source import Mapping, Node, Scalar, Sequence

Kind: TypeAlias = Literal["condition", "value", "text", "body"]


class Site(NamedTuple):
    """A text that is, or may be, an expression. `step` is the step it belongs to, None at the top level and
    in `participants`."""

    node: Scalar
    kind: Kind
    step: Step | None = None


def is_expression(text: str, names: Container[str], steps: Container[str], kind: Kind) -> bool:
    """Whether a text is CEL. `names` are all known variables, `steps` those of them that are steps.

    A `condition` or `value` always is. A `text` (url, header value, cwd) or `body` is if it parses and every
    free name in it is a variable; a `text` must also hold a variable or a string and be more than a step's name.
    """
    if kind in ("condition", "value"):
        return True
    ast = cel.parse(text)
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


def sites(workflow: Workflow, steps: tuple[Step, ...]) -> Iterator[Site]:
    """Every text of a workflow that may hold an expression, in no certain order. `steps` are all its steps."""
    participant = schema.definition("participant")
    for declared in workflow.participants.values():
        yield from (Site(*found) for found in _texts(declared.node, participant))
    if workflow.defaults is not None:
        yield from (Site(*found) for found in _texts(workflow.defaults, schema.definition("defaults")))
    if workflow.output is not None:
        expressions = workflow.output.expression or workflow.output.map
        if expressions is not None:
            yield from (Site(node, "value") for node in _scalars(expressions))
    for step in steps:
        yield from (Site(node, kind, step) for node, kind in _of_step(step))


def _of_step(step: Step) -> Iterator[tuple[Scalar, Kind]]:
    match step:
        case Call(inline=inline) if inline is not None:
            yield from _texts(inline.node, schema.definition("inline"))
        case Call(overrides=Mapping() as overrides):
            yield from _texts(overrides, schema.definition("overrides"))
        case Loop(body=Mapping() as body) | Wait(body=body):
            name = "loop" if isinstance(step, Loop) else "wait"
            yield from _texts(body, schema.definition(name)["properties"][name])
        case If(condition=Scalar() as condition):
            yield condition, "condition"
        case Set(entries=entries):
            yield from ((pair.value, "value") for pair in entries if isinstance(pair.value, Scalar))
        case _:
            return


def _texts(node: Node, rule: Schema) -> Iterator[tuple[Scalar, Kind]]:
    """The texts below a node that its schema marks as CEL; the steps inside a construct are not below it."""
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
    """All texts in a value."""
    match node:
        case Mapping():
            for pair in node:
                yield from _scalars(pair.value)
        case Sequence():
            for item in node.items:
                yield from _scalars(item)
        case _:
            yield from _scalar(node)
