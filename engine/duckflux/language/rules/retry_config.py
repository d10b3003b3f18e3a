"""`onError: retry` needs a `retry` that says how often (section 4)."""

from __future__ import annotations

from collections.abc import Iterator

from .. import codes
from ..context import Context
from ..source import Mapping, Node, Problem, Scalar


def check(context: Context) -> Iterator[Problem]:
    defaults = context.workflow.defaults
    if defaults is not None and "retry" in defaults:
        return
    if defaults is not None and _is_retry(defaults.get("onError")):
        yield _problem(defaults.get("onError"))
    for participant in context.participants:
        if _is_retry(participant.node.get("onError")) and "retry" not in participant.node:
            yield _problem(participant.node.get("onError"))
    for call in context.calls:
        if call.overrides is None or not _is_retry(call.overrides.get("onError")):
            continue
        participant_node = _participant_node(context, call.name)
        if "retry" not in call.overrides and (participant_node is None or "retry" not in participant_node):
            yield _problem(call.overrides.get("onError"))


def _participant_node(context: Context, name: Scalar | None) -> Mapping | None:
    participant = context.workflow.participants.get(name.text) if name is not None else None
    return participant.node if participant else None


def _is_retry(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.value == "retry"


def _problem(node: Node | None) -> Problem:
    assert node is not None  # noqa: S101
    message = "retry needs to know how often: add `retry:` with `max: 3` beside it"
    return Problem(codes.RETRY_WITHOUT_CONFIG, message, node)
