"""A time of nothing is no time to work in, or to wait for (section 1)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ... import registry
from ...model.workflow import Call, Participant, Wait
from ...semantics.items import Section
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Mapping, Problem, Scalar

SUBJECTS = (Participant, Call, Wait, Section)
_ZERO = re.compile(r"0+(ms|s|m|h|d)")
_STEP = {"timeout": "with a `timeout` of zero every attempt fails"}
_POLL = {"poll": "with a `poll` of zero the condition is checked without a pause, which keeps a CPU busy"}
_SLEEP = {"timeout": "with a `timeout` of zero this does not wait"}


def check(subject: Participant | Call | Wait | Section, context: QueryContext) -> Iterator[Problem]:
    match subject:
        case Wait(body=body):
            # A wait for something may be given no time: then it takes what is there already.
            yield from _zeros(body, _POLL if "event" in body or "until" in body else _SLEEP)
        case Participant(node=node) | Call(overrides=Mapping() as node):
            yield from _zeros(node, _STEP)
        case Section(node=Mapping() as node) if node is context.query(SemanticModel.defaults):
            yield from _zeros(node, _STEP)
        case _:
            return


def _zeros(holder: Mapping, meanings: dict[str, str]) -> Iterator[Problem]:
    for field, meaning in meanings.items():
        node = holder.get(field)
        if isinstance(node, Scalar) and _ZERO.fullmatch(node.text):
            yield Problem(registry.ZERO_DURATION, meaning, node)
