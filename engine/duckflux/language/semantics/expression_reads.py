"""Reads of an expression: which results and keys it needs, and which of its own parts guard each read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import msgspec

from ... import cel
from ...cel.syntax.nodes import Binary, Conditional, Expr, Ident, Index, Literal, Macro, Select

Mentions = frozenset[str]
NO_MENTIONS: Mentions = frozenset()
CONTEXT, INPUTS = "execution.context.", "workflow.inputs."
_DEEP = {"workflow": 3, "execution": 3, "env": 2}
_ALWAYS_THERE = {"workflow", "execution", "env", "now", "input", "output", "event", "loop"}
_LOOP_FIELDS = {"index", "iteration", "first", "last"}


class Read(msgspec.Struct, frozen=True):
    """A read of `name.field`, or of the context key `name`, where it must exist.

    `guards` are the mentions that decide whether the read is evaluated at all. `certain` is false if the
    expression can do without the value.
    """

    name: str
    field: str
    start: int
    end: int
    guards: Mentions
    certain: bool


@lru_cache(16_384)
def mentions_of(text: str) -> Mentions:
    """Return the mentions of an expression's text."""
    return mentions(cel.parse(text).root)


def mentions(root: Expr) -> Mentions:
    """Return the names and members that an expression mentions.

    A member is `workflow.inputs.x`, `execution.context.k` or `env.X`; anything else is mentioned by its name.
    """
    return frozenset(_mention(path) for path, _ in _paths(root))


def _sure_mentions(root: Expr) -> Mentions:
    """Return the mentions whose evaluation cannot fail: they also guard what stands before them."""
    return frozenset(_mention(path) for path, asked in _paths(root) if asked or _cannot_fail(path))


def _cannot_fail(path: tuple[str, ...]) -> bool:
    return path[0] in _ALWAYS_THERE or len(path) == 1 or path[1] in _LOOP_FIELDS or path[1] == "status"


def _mention(path: tuple[str, ...]) -> str:
    return ".".join(path[: _DEEP.get(path[0], 1)])


def _paths(root: Expr) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield the dotted paths of an expression, and whether each is an argument of `has`."""
    pending = [(root, False)]
    while pending:
        node, asked = pending.pop()
        path = _path(node)
        if path:
            yield path, asked
            continue
        inside = isinstance(node, Macro) and node.function == "has"
        pending.extend((child, inside) for child in reversed(node.children))


def _path(node: Expr) -> tuple[str, ...]:
    """Return the names of a dotted path such as `a.b.c`, empty for anything else."""
    if isinstance(node, Ident):
        return (node.name,)
    names: list[str] = []
    while isinstance(node, Select | Index | Ident):
        match node:
            case Select(operand=operand, field=field):
                names.append(field)
                node = operand
            case Index(operand=operand, index=Literal(value=str() as key)):
                names.append(key)
                node = operand
            case Ident(name=name):
                return (name, *reversed(names))
            case _:
                break
    return ()


def reads(ast: cel.Ast) -> Iterator[Read]:
    """Yield every read of a field of a free name, in no particular order."""
    pending: list[tuple[Expr, Mentions, bool, Mentions]] = [(ast.root, NO_MENTIONS, True, NO_MENTIONS)]
    while pending:
        node, guards, certain, local = pending.pop()
        read = _read(node, guards, certain)
        if read is not None and read.name.partition(".")[0] not in local:
            yield read
            continue
        match node:
            case Binary(operator="&&" | "||"):
                pending.extend(
                    (operand, around, False, local) for operand, around in _guarded_operands(node, guards)
                )
            case Conditional(condition=condition, then=then, otherwise=otherwise):
                inner = guards | mentions(condition)
                pending.append((otherwise, inner, False, local))
                pending.append((then, inner, False, local))
                pending.append((condition, guards, certain, local))
            case Macro(function="has", args=(Select(operand=operand),)):
                pending.append((operand, guards, certain, local))
            case Macro(target=target, variables=variables, args=args):
                if target is not None:
                    pending.append((target, guards, certain, local))
                inner = local | {variable.name for variable in variables}
                # Without elements nothing is evaluated.
                pending.extend((arg, guards, False, inner) for arg in args)
            case _:
                pending.extend((child, guards, certain, local) for child in node.children)


def _guarded_operands(node: Binary, guards: Mentions) -> Iterator[tuple[Expr, Mentions]]:
    """Yield the operands of a chain of `&&` and `||`, each with what was evaluated before it or cannot fail."""
    operands: list[Expr] = []
    first: Expr = node
    while isinstance(first, Binary) and first.operator in ("&&", "||"):
        operands.append(first.right)
        first = first.left
    operands = [first, *reversed(operands)]
    after = [NO_MENTIONS]
    for operand in reversed(operands[1:]):
        after.append(after[-1] | _sure_mentions(operand))
    before = guards
    for operand, sure in zip(operands, reversed(after), strict=True):
        yield operand, before | sure
        before |= mentions(operand)


def _read(node: Expr, guards: Mentions, certain: bool) -> Read | None:
    """Return the read that a node is by itself."""
    if not isinstance(node, Select | Index):
        return None
    match _path(node):
        case ("execution", "context", key):
            return Read(CONTEXT + key, "", node.start, node.end, guards, certain)
        case (name, field) if field and name != "execution":
            return Read(name, field, node.start, node.end, guards, certain)
        case _:
            return None
