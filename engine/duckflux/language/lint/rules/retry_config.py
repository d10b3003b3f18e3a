"""`onError: retry` has a `retry` configuration: see docs/language.md#retries."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.workflow import Call, Participant
from ...semantics.items import Section
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Mapping, Node, Problem, Scalar

SUBJECTS = (Participant, Call, Section)


def check(subject: Participant | Call | Section, context: QueryContext) -> Iterator[Problem]:
    defaults = context.query(SemanticModel.defaults)
    nodes: tuple[Mapping | None, ...]
    match subject:
        case Participant(node=node):
            nodes = (node, defaults)
        case Call(name=Scalar() as name, overrides=Mapping() as node):
            participant = context.query(SemanticModel.participant, name.text)
            nodes = (node, participant.node if participant else None, defaults)
        case Section(node=Mapping() as node) if node is defaults:
            nodes = (node,)
        case _:
            return
    strategy = node.get("onError")
    if _is_retry(strategy) and not any(map_ is not None and "retry" in map_ for map_ in nodes):
        message = "`onError: retry` needs a `retry` configuration: add `retry:` with `max: 3`"
        yield Problem(registry.MISSING_RETRY_CONFIG, message, strategy or node)


def _is_retry(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.value == "retry"
