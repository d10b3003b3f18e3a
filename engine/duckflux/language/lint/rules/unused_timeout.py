"""A timeout can expire, and an `onTimeout` can run: see docs/language.md#timeouts."""

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
            yield from _check_wait(body)
        case Participant(type="emit", node=node):
            yield from _check_emit(node, node)
        case Call(name=Scalar() as name, overrides=Mapping() as node):
            participant = context.query(SemanticModel.participant, name.text)
            if participant is not None and participant.type == "emit":
                yield from _check_emit(node, participant.node)
        case _:
            return


def _check_wait(body: Mapping) -> Iterator[Problem]:
    pair = body.pair("onTimeout")
    if pair is None:
        return
    has_condition = "event" in body or "until" in body
    if "timeout" not in body and has_condition:
        yield _problem(pair, "`onTimeout` has no effect without `timeout`")
    elif "timeout" in body and not has_condition:
        yield _problem(pair, "`onTimeout` has no effect: this wait ends normally when `timeout` has passed")


def _check_emit(node: Mapping, participant: Mapping) -> Iterator[Problem]:
    """Yield the problems of an `emit`, which waits only with `ack: true`."""
    acks = [map_.get("ack") for map_ in (node, participant) if "ack" in map_]
    if acks and isinstance(acks[0], Scalar) and acks[0].value is True:
        return
    for field in ("timeout", "onTimeout"):
        pair = node.pair(field)
        if pair is not None:
            yield _problem(pair, f"`{field}` has no effect without `ack: true`")


def _problem(pair: Pair, message: str) -> Problem:
    return Problem(registry.UNUSED_TIMEOUT, message, pair.key)
