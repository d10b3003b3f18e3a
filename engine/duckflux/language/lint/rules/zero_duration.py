"""A duration is not zero: see docs/language.md#timeouts."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.workflow import Call, Participant, Wait
from ...schema.durations import parse_duration
from ...semantics.items import Section
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Mapping, Problem, Scalar

SUBJECTS = (Participant, Call, Wait, Section)
_STEP = {"timeout": "with a `timeout` of zero every attempt fails"}
_POLL = {"poll": "with a `poll` of zero the condition is checked without a pause, which keeps a CPU busy"}
_SLEEP = {"timeout": "with a `timeout` of zero this does not wait"}


def check(subject: Participant | Call | Wait | Section, context: QueryContext) -> Iterator[Problem]:
    match subject:
        case Wait(body=body):
            # With a `timeout` of zero, a wait for an event only takes one that has already arrived.
            yield from _zero_durations(body, _POLL if "event" in body or "until" in body else _SLEEP)
        case Participant(node=node) | Call(overrides=Mapping() as node):
            yield from _zero_durations(node, _STEP)
        case Section(node=Mapping() as node) if node is context.query(SemanticModel.defaults):
            yield from _zero_durations(node, _STEP)
        case _:
            return


def _zero_durations(node: Mapping, messages: dict[str, str]) -> Iterator[Problem]:
    for field, message in messages.items():
        value = node.get(field)
        if isinstance(value, Scalar) and _is_zero(value.text):
            yield Problem(registry.ZERO_DURATION, message, value)


def _is_zero(text: str) -> bool:
    try:
        return parse_duration(text) == 0
    except ValueError:
        return False
