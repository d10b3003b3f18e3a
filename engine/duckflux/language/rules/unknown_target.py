"""`onError` and `onTimeout` name a strategy or a participant (section 4)."""

from __future__ import annotations

from collections.abc import Iterator

from .. import codes
from ..context import Context
from ..model import ON_ERROR_STRATEGIES, ON_TIMEOUT_STRATEGIES, Wait
from ..source import Mapping, Node, Problem, Scalar
from ..suggest import closest, did_you_mean


def check(context: Context) -> Iterator[Problem]:
    for holder in _holders(context):
        yield from _target(context, holder.get("onError"), "onError", ON_ERROR_STRATEGIES)
    for step in context.steps:
        if isinstance(step, Wait):
            yield from _target(context, step.body.get("onTimeout"), "onTimeout", ON_TIMEOUT_STRATEGIES)


def _holders(context: Context) -> Iterator[Mapping]:
    if context.workflow.defaults is not None:
        yield context.workflow.defaults
    for participant in context.participants:
        yield participant.node
    for call in context.calls:
        if call.overrides is not None:
            yield call.overrides


def _target(
    context: Context, node: Node | None, field: str, strategies: tuple[str, ...]
) -> Iterator[Problem]:
    if not isinstance(node, Scalar) or not isinstance(node.value, str) or not node.value:
        return
    known = context.declared
    if node.text in strategies or node.text in known:
        return
    suggestion = closest(node.text, (*strategies, *known))
    words = ", ".join(strategies)
    message = f"{field} is {words} or a participant's name, not `{node.text}`{did_you_mean(suggestion)}"
    yield Problem(codes.UNKNOWN_TARGET, message, node, suggestion=suggestion)
