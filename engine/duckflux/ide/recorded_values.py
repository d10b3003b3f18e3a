"""Describes what expressions, steps and inputs were in a recorded run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, Protocol

import msgspec

from .. import cel
from ..cel.syntax.nodes import Binary, Call, Expr, Ident, Index, Literal, Macro, Select, Unary
from ..cel.types import RecordType, of_value
from ..language.model.flow_nodes import FlowNode
from ..language.model.workflow import Call as CallStep
from ..language.model.workflow import Loop, Step, escape_pointer
from ..language.semantics.reaching_definitions import name_of
from ..language.semantics.semantic_model import SemanticModel
from ..language.syntax import Document
from ..value_changes import value_changes
from .cursor import Cursor, query_context_at
from .expression_at import ExpressionAt
from .markdown import code_span, fenced

_MAX_PARTS = 12
_MAX_VALUE = 1_000
_MAX_PART = 56
_SHORT = 50


class Point(NamedTuple):
    """A place in a run to look at: a step or a participant, by its JSON pointer in the text, or the end (`""`).

    `offset` is where it begins in the text, and `name` is its name if it has one. `is_after_iteration` is for
    the end of an iteration of a loop, instead of the moment before the step.
    """

    pointer: str = ""
    offset: int = 0
    name: str | None = None
    is_after_iteration: bool = False


class RecordedState(NamedTuple):
    """The variables of a run at a point.

    `origin` says in Markdown which run and iteration it is, `link` how to see all of it. `result` is what
    the step at the point gave in the end, with its `input`; None at the end of the run. `before` is the same
    point in the run that this one is compared with.
    """

    origin: str
    variables: Mapping[str, Any]
    result: Mapping[str, Any] | None = None
    link: str = ""
    before: RecordedState | None = None


class RecordedRun(Protocol):
    """The last run of a workflow."""

    def state(self, point: Point) -> RecordedState | None:
        """Return the state at a point, None if the run has not come there."""

    def outputs(self, name: str) -> Sequence[Any]:
        """Return what a step has given, the newest last, also in the runs before."""

    def inputs(self) -> Mapping[str, Any]:
        """Return the inputs of the workflow, without those that are not recorded as they were."""


def recorded_values(found: ExpressionAt, run: RecordedRun) -> str | None:
    """Return the value of the name at an offset in an expression, and of the parts around it, as Markdown."""
    point = point_of(found.cursor, found.context.flow_node)
    state = run.state(point) if point is not None else None
    return values_in(found.expression.ast, found.offset, state) if state is not None else None


def values_in(ast: cel.Ast, offset: int, state: RecordedState) -> str:
    """Return the value of the name at an offset of an expression, and of the parts around it, as Markdown."""
    here = part_at(ast.root, offset)
    found_here = evaluated(ast, here, state.variables)
    paragraphs = [_value_text(found_here, state)]
    if state.before is not None:
        paragraphs.append(_compared(evaluated(ast, here, state.before.variables), found_here, state.before))
    table = _table(ast, state)
    if table:
        paragraphs.append(fenced(table, "text"))
    return "\n\n".join(paragraphs)


def value_line(ast: cel.Ast, state: RecordedState) -> str:
    """Return `= ` and the value of a whole expression with its type, in a line, or why it has none."""
    if ast.errors:
        return f"no value: {ast.errors[0].message}"
    found = evaluated(ast, ast.root, state.variables)
    return _line(found) if found.error is not None else f"= {_line(found)} ({type_text(found.value)})"


def recorded_result(point: Point, run: RecordedRun) -> str | None:
    """Return what a step gave, as Markdown."""
    state = run.state(point)
    if state is None or state.result is None:
        return None
    shown = {name: value for name, value in state.result.items() if name in ("input", "output", "error")}
    status = code_span(str(state.result.get("status", "")))
    parts = [f"{state.origin}: {status}", *(f"{name}\n{_block(value)}" for name, value in shown.items())]
    if state.before is not None:
        before, now = (cel.to_json(side.result) for side in (state.before, state))
        parts.append(_changes_text(before, now, state.before.origin))
    return "\n\n".join([*parts, *([state.link] if state.link else [])])


def recorded_input(name: str, run: RecordedRun) -> str | None:
    """Return the value that a workflow input had, as Markdown."""
    state = run.state(Point())
    inputs = state.variables["workflow"]["inputs"] if state is not None else {}
    if state is None or name not in inputs:
        return None
    found = Evaluated(inputs[name])
    if state.before is None:
        return _value_text(found, state)
    earlier = state.before.variables["workflow"]["inputs"]
    was = Evaluated(earlier[name]) if name in earlier else Evaluated(error="it was not given")
    return f"{_value_text(found, state)}\n\n{_compared(was, found, state.before)}"


def point_of(cursor: Cursor, flow_node: FlowNode | None) -> Point | None:
    """Return the point at which the expression at the cursor is evaluated, None if it is not in a run."""
    if flow_node is not None:
        is_until = isinstance(flow_node.step, Loop) and cursor.keys[-1] == "until"
        return point_of_step(cursor.document, flow_node.step)._replace(is_after_iteration=is_until)
    match cursor.keys:
        case ("participants", str(name), *_):
            return _point_of_participant(name)
        case ("output", *_):
            return Point()
        case _:
            return None


def point_of_name(cursor: Cursor, model: SemanticModel) -> Point | None:
    """Return the point that a step's or participant's name at the cursor stands for, None for another word."""
    match cursor.keys:
        case ("participants", str(name)) if cursor.role == "key":
            return _point_of_participant(name)
        case ("participants", str(name), "as"):
            return _point_of_participant(name)
        case _:
            pass
    around = query_context_at(cursor, model).flow_node
    names = {id(node.step.node): node.step for item in model.items.steps for node in item.flow_nodes}
    step = names.get(id(cursor.node)) or (around.step if around is not None else None)
    if step is None:
        return None
    is_call = isinstance(step, CallStep) and any(cursor.node is node for node in (step.node, step.name))
    is_name = is_call or (cursor.keys[-1] == "as" and isinstance(step, CallStep | Loop))
    return point_of_step(cursor.document, step) if is_name else None


def point_of_step(document: Document, step: Step) -> Point:
    """Return the point before a step of a document."""
    return Point(step.pointer, document.offsets(step.node)[0], step_name(step))


def step_name(step: Step) -> str | None:
    """Return the name of a step or of a loop, None if it has none."""
    if isinstance(step, Loop):
        return step.name
    return name_of(step) if isinstance(step, CallStep) else None


def _point_of_participant(name: str) -> Point:
    return Point(f"/participants/{escape_pointer(name)}", 0, name)


class Evaluated(msgspec.Struct, frozen=True):
    """A value, or why there is none."""

    value: Any = None
    error: str | None = None


def evaluated(ast: cel.Ast, node: Expr, variables: Mapping[str, Any]) -> Evaluated:
    """Return the value of a part of an expression with these variables."""
    text = ast.text[node.start : node.end]
    try:
        return Evaluated(cel.compile(text)(variables))
    except cel.CelError as error:
        return Evaluated(error=str(error))
    except RecursionError:
        return Evaluated(error="nested too deeply")


def part_at(root: Expr, offset: int) -> Expr:
    """Return the smallest part at an offset that has a value of its own and is not a literal, else the root."""
    best = root
    for node in _outside_of_macros(root):
        touches = node.start <= offset <= node.end and not isinstance(node, Literal)
        if touches and node.end - node.start <= best.end - best.start:
            best = node
    return best


def _outside_of_macros(node: Expr) -> Iterator[Expr]:
    """Yield the nodes that can be evaluated on their own: not those that see a macro's variables."""
    yield node
    children = node.children if not isinstance(node, Macro) else (node.target,) if node.target else ()
    for child in children:
        yield from _outside_of_macros(child)


def _table(ast: cel.Ast, state: RecordedState) -> str:
    """Return the parts of an expression with their values, a line each; "" for one without parts."""
    parts = {ast.text[part.start : part.end]: part for part in _parts(ast.root)}
    shown = [*parts][:_MAX_PARTS]
    if len(shown) < 2:
        return ""
    lines = [_cut(" ".join(text.split()), _MAX_PART) for text in shown]
    width = max(map(len, lines))
    values = (_part_text(ast, parts[text], state) for text in shown)
    return "\n".join(f"{line.ljust(width)}  {value}" for line, value in zip(lines, values, strict=True))


def _parts(node: Expr, *, in_path: bool = False) -> Iterator[Expr]:
    """Yield the paths, calls and operations of an expression, inner ones after those around them."""
    if isinstance(node, Select | Ident):
        if not in_path:
            yield node
        if isinstance(node, Select):
            yield from _parts(node.operand, in_path=True)
        return
    if isinstance(node, Index):
        if not in_path:
            yield node
        yield from _parts(node.operand, in_path=True)
        yield from _parts(node.index)
        return
    if isinstance(node, Macro):
        yield node
        if node.target is not None:
            yield from _parts(node.target)
        return
    if isinstance(node, Binary | Call | Unary):
        yield node
    elif isinstance(node, Literal):
        return
    for child in node.children:
        yield from _parts(child)


def _value_text(found: Evaluated, state: RecordedState) -> str:
    if found.error is not None:
        return f"{state.origin}: no value: {code_span(found.error)}"
    text = _json(found.value)
    type_ = code_span(type_text(found.value))
    if len(text) <= _SHORT:
        return f"{state.origin}: {code_span(text)} ({type_})"
    link = f"\n\n{state.link}" if state.link and len(text) > _MAX_VALUE else ""
    return f"{state.origin} ({type_}):\n{_block(found.value)}{link}"


def _part_text(ast: cel.Ast, part: Expr, state: RecordedState) -> str:
    """Return the value of a part; where it differs from the one before, both."""
    now = _line(evaluated(ast, part, state.variables))
    if state.before is None:
        return now
    before = _line(evaluated(ast, part, state.before.variables))
    return now if before == now else f"{before} → {now}"


def _compared(before: Evaluated, now: Evaluated, state: RecordedState) -> str:
    """Return how a value differs from that in the run before, whose state is given."""
    if before.error is not None:
        return f"{state.origin}: no value: {code_span(before.error)}"
    old = _json(before.value)
    if now.error is None and len(old) > _SHORT:
        return _changes_text(cel.to_json(before.value), cel.to_json(now.value), state.origin)
    is_same = now.error is None and old == _json(now.value)
    return f"{state.origin}: {'the same' if is_same else code_span(_cut(old, _MAX_VALUE))}"


def _changes_text(before: Any, now: Any, origin: str) -> str:
    """Return the parts that differ, a line each."""
    changes = [str(change) for change in islice(value_changes(before, now), _MAX_PARTS + 1)]
    if not changes:
        return f"{origin}: the same"
    more = ["…"] if len(changes) > _MAX_PARTS else []
    return f"{origin}:\n{fenced(chr(10).join([*changes[:_MAX_PARTS], *more]), 'text')}"


def type_text(value: Any) -> str:
    """Return the type of a value in a word or two."""
    type_ = of_value(value)
    return "map" if isinstance(type_, RecordType) else str(type_)


def _line(found: Evaluated) -> str:
    text = _json(found.value) if found.error is None else f"no value: {found.error}"
    return _cut(text, _MAX_PART)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _block(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(cel.to_json(value), indent=2, ensure_ascii=False)
    if len(text) > _MAX_VALUE:
        text = f"{text[:_MAX_VALUE]}\n… {len(text) - _MAX_VALUE:,} more characters"
    return fenced(text.rstrip(), "" if isinstance(value, str) else "json")


def _json(value: Any) -> str:
    return json.dumps(cel.to_json(value), ensure_ascii=False)
