"""Finds where expressions read a field of an output that no recorded run had.

That may be a mistake, or a field that is seldom there: it is worth a hint, and nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ..cel.syntax.nodes import Expr, Ident, Macro, Select
from ..language.analysis import Analysis
from ..language.budget import check_budget
from ..language.semantics.query_context import Expression, QueryContext
from ..language.syntax.scalar_ranges import content_range
from .recorded_values import RecordedRun


class UnobservedRead(msgspec.Struct, frozen=True):
    """A field that is read and was never there, by its range in the text.

    `executions` is how often it could have been there.
    """

    start: int
    end: int
    field: str
    step: str
    executions: int


def unobserved_reads(analysis: Analysis, run: RecordedRun) -> Iterator[UnobservedRead]:
    """Yield the reads of fields that no recorded output of their step had."""
    if analysis.state is None:
        return
    model = analysis.state.model
    for item in model.items:
        check_budget()
        context = QueryContext(model, item)
        for field in item.expression_fields:
            context.flow_node = field.flow_node
            read = context.read(field)
            if not isinstance(read, Expression):
                continue
            for select in _selects(read.ast.root):
                found = _unobserved(select, run)
                if found is not None:
                    inside = content_range(field.node, select.field_start, select.field_end)
                    start, end = analysis.document.offsets(inside)
                    yield UnobservedRead(start, end, select.field, *found)


def _selects(root: Expr) -> Iterator[Select]:
    """Yield the members that are read, without those that `has` or `?` ask for."""
    if isinstance(root, Macro) and root.function == "has":
        # What is around the last member is read.
        for argument in root.args:
            for child in argument.children:
                yield from _selects(child)
        return
    if isinstance(root, Select) and root.field and not root.optional:
        yield root
    for child in root.children:
        yield from _selects(child)


def _unobserved(select: Select, run: RecordedRun) -> tuple[str, int] | None:
    """Return the step whose outputs never had the member, and how many outputs could have had it."""
    path = _path(select)
    if len(path) < 3 or path[1] != "output":
        return None
    holders = [one for output in run.outputs(path[0]) if isinstance(one := _at(output, path[2:-1]), Mapping)]
    if not holders or any(path[-1] in holder for holder in holders):
        return None
    return path[0], len(holders)


def _path(node: Expr) -> tuple[str, ...]:
    """Return the names of `a.b.c`, an empty tuple for another kind of expression."""
    if isinstance(node, Ident):
        return (node.name,)
    if not isinstance(node, Select):
        return ()
    before = _path(node.operand)
    return (*before, node.field) if before else ()


def _at(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value
