"""`onError` and `onTimeout` name a strategy or a participant: see docs/language.md#errors."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.workflow import ON_ERROR_STRATEGIES, ON_TIMEOUT_STRATEGIES, Call, Participant, Wait
from ...semantics.items import Section
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...suggest import closest, did_you_mean
from ...syntax import Mapping, Node, Problem, Scalar

SUBJECTS = (Participant, Call, Wait, Section)


def check(subject: Participant | Call | Wait | Section, context: QueryContext) -> Iterator[Problem]:
    match subject:
        case Wait(body=body):
            yield from _check_target(body.get("onTimeout"), "onTimeout", ON_TIMEOUT_STRATEGIES, context)
        case Participant(node=node) | Call(overrides=Mapping() as node):
            yield from _check_target(node.get("onError"), "onError", ON_ERROR_STRATEGIES, context)
        case Section(node=Mapping() as node) if node is context.query(SemanticModel.defaults):
            yield from _check_target(node.get("onError"), "onError", ON_ERROR_STRATEGIES, context)
        case _:
            return


def _check_target(
    node: Node | None, field: str, strategies: tuple[str, ...], context: QueryContext
) -> Iterator[Problem]:
    if not isinstance(node, Scalar) or not isinstance(node.value, str) or not node.value:
        return
    if node.text in strategies or context.query(SemanticModel.is_declared, node.text):
        return
    suggestion = closest(node.text, (*strategies, *context.query(SemanticModel.declared_names)))
    words = ", ".join(strategies)
    message = (
        f"`{field}` must be {words} or the name of a participant, not `{node.text}`{did_you_mean(suggestion)}"
    )
    yield Problem(registry.UNKNOWN_FALLBACK, message, node, suggestion=suggestion)
