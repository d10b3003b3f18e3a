"""Visit the subjects of a workflow and run the rules for each class of subject."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from ..model.workflow import Call, Output, Participant, Workflow
from ..semantics.items import Item
from ..semantics.query_context import QueryContext
from ..syntax import Problem
from .rules import RULES

Check: TypeAlias = Callable[[Any, QueryContext], Iterator[Problem]]


def check_item(item: Item, context: QueryContext) -> Iterator[Problem]:
    """Yield the problems that the rules report for an item."""
    for subject in _subjects(item, context):
        for check in _CHECKS.get(type(subject), ()):
            yield from check(subject, context)


def check_workflow(workflow: Workflow, context: QueryContext) -> Iterator[Problem]:
    """Yield the problems that the rules report for the workflow as a whole."""
    for check in _CHECKS.get(Workflow, ()):
        yield from check(workflow, context)


def _subjects(item: Item, context: QueryContext) -> Iterator[Any]:
    yield item
    if isinstance(item.subject, Participant | Output):
        yield item.subject
    for flow_node in item.flow_nodes:
        context.flow_node = flow_node
        yield flow_node.step
        if isinstance(flow_node.step, Call) and flow_node.step.inline is not None:
            yield flow_node.step.inline
    for expression_field in item.expression_fields:
        context.flow_node = expression_field.flow_node
        yield context.read(expression_field)


def _checks_by_class() -> dict[type, list[Check]]:
    checks: dict[type, list[Check]] = {}
    for rule in RULES:
        for subject_class in rule.SUBJECTS:
            checks.setdefault(subject_class, []).append(rule.check)
    return checks


_CHECKS = _checks_by_class()
