"""Fallbacks form no cycle: see docs/language.md#errors."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.workflow import Participant
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Problem

SUBJECTS = (Participant,)


def check(participant: Participant, context: QueryContext) -> Iterator[Problem]:
    target = participant.node.get("onError")
    if target is None or participant.name is None or participant.inline:
        return
    chain = context.query(SemanticModel.fallbacks, participant.name)
    if participant.name in chain:
        cycle = " -> ".join((participant.name, *chain[: chain.index(participant.name) + 1]))
        message = f"fallback cycle ({cycle}): a fallback that has already failed does not run again"
        yield Problem(registry.FALLBACK_CYCLE, message, target)
