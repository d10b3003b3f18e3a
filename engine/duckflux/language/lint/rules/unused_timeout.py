"""A timeout that can't fire, or an `onTimeout` that nothing leads to (sections 1 and 4)."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.workflow import Call, Participant, Wait
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Mapping, Pair, Problem, Scalar

SUBJECTS = (Wait, Participant, Call)


def check(subject: Wait | Participant | Call, context: QueryContext) -> Iterator[Problem]:
    match subject:
        case Wait(body=body):
            yield from _wait(body)
        case Participant(type="emit", node=node):
            yield from _emit(node, node)
        case Call(name=Scalar() as name, overrides=Mapping() as node):
            participant = context.query(SemanticModel.participant, name.text)
            if participant is not None and participant.type == "emit":
                yield from _emit(node, participant.node)
        case _:
            return


def _wait(body: Mapping) -> Iterator[Problem]:
    pair = body.pair("onTimeout")
    if pair is None:
        return
    waits = "event" in body or "until" in body
    if "timeout" not in body and waits:
        yield _problem(pair, "`onTimeout` has no effect without `timeout`")
    elif "timeout" in body and not waits:
        yield _problem(pair, "`onTimeout` has no effect: this wait ends normally when `timeout` has passed")


def _emit(node: Mapping, participant: Mapping) -> Iterator[Problem]:
    """Only an event that is to be confirmed is waited for."""
    acks = [holder.get("ack") for holder in (node, participant) if "ack" in holder]
    if acks and isinstance(acks[0], Scalar) and acks[0].value is True:
        return
    for field in ("timeout", "onTimeout"):
        pair = node.pair(field)
        if pair is not None:
            yield _problem(pair, f"`{field}` has no effect without `ack: true`")


def _problem(pair: Pair, message: str) -> Problem:
    return Problem(registry.UNUSED_TIMEOUT, message, pair.key)
