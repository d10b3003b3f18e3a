"""Has a step run when another place of the flow is reached? Told from where the two stand in the tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Literal, NamedTuple, TypeAlias

from ..model.flow_nodes import FlowNode
from ..model.workflow import If, Loop, Parallel
from ..syntax import Scalar
from .expression_reads import NO_MENTIONS, Mentions, mentions_of

Reason: TypeAlias = Literal[
    "when",
    "if",
    "skip",
    "fallback",
    "failed",
    "loop",
    "round",
    "parallel",
    "later",
    "itself",
    "never",
    "branch",
    "",
]


class Certainty(IntEnum):
    """Whether something has run."""

    NEVER = 0
    MAYBE = 1
    CERTAIN = 2


class Reachability(NamedTuple):
    """A chance, and what stands in the way of certainty; `about` is the other step or field concerned."""

    certainty: Certainty
    reason: Reason = ""
    about: str = ""


class Obstacle(NamedTuple):
    """Something on the way that may keep a step from having run. `mentions` decide it: who looks at one of them
    first (see `reads.mentions`) is taken to know."""

    reason: Reason
    flow_node: FlowNode
    slot: str = ""
    mentions: Mentions = NO_MENTIONS
    about: str = ""


Obstacles: TypeAlias = tuple[Obstacle, ...]
"""The obstacles on one way to a step, the outermost first."""


def path_to(target: FlowNode, point: FlowNode, after: bool) -> tuple[Obstacles, int] | Reason:
    """The way from one place to an earlier one of the same part: obstacles that come of the order, and the depth
    of the path of `target` where the way down to it begins. `after` says that `point` is the end of a construct.
    A reason, if `target` can't have run."""
    common = 0
    for one, other in zip(target.path, point.path, strict=False):
        if one is not other:
            break
        common += 1
    around = target.path[:common]
    if common == len(point.path) and after:
        return (), common
    rounds = _rounds(around[:-1] if common == len(point.path) else around)
    if common == len(point.path):
        return (rounds, common) if rounds else ("itself" if target is point else "later")
    if common == len(target.path):
        return (rounds, common) if rounds else "itself"
    one, other = target.path[common], point.path[common]
    if isinstance(around[-1].step, Parallel):
        return (Obstacle("parallel", around[-1]),), common
    if one.slot == other.slot and one.index < other.index:
        return (), common
    reason: Reason = "later" if one.slot == other.slot else "branch"
    return (rounds, common) if rounds else reason


def _rounds(around: Iterable[FlowNode]) -> Obstacles:
    """A later step of a loop has run in the round before, if there was one."""
    loops = [flow_node for flow_node in around if isinstance(flow_node.step, Loop)]
    names = {"loop"} | {flow_node.step.name for flow_node in loops if isinstance(flow_node.step, Loop)}
    return (Obstacle("round", loops[-1], mentions=frozenset(names)),) if loops else ()


def path_into(flow_node: FlowNode, depth: int) -> Iterator[Obstacle]:
    """What constructs may keep a step from running, from a depth of its path on."""
    for outer, inner in zip(flow_node.path[depth:], flow_node.path[depth + 1 :], strict=False):
        match outer.step:
            case If(condition=condition):
                yield Obstacle(
                    "if", outer, inner.slot, mentions_of(condition.text) if condition else NO_MENTIONS
                )
            case Loop() as loop if _may_have_no_round(loop):
                limit = loop.max
                yield Obstacle("loop", outer, "", mentions_of(limit.text) if limit else NO_MENTIONS)
            case _:
                pass


def _may_have_no_round(loop: Loop) -> bool:
    """Whether the number of rounds is that of things there may be none of."""
    limit = loop.max
    return (
        isinstance(limit, Scalar) and isinstance(limit.value, str) and "size(" in limit.text.replace(" ", "")
    )


def merge_paths(ways: Iterable[Obstacles]) -> Reachability:
    """The verdict over all ways to a name. Ways through both branches of an `if` make one."""
    known = {tuple((o.reason, o.flow_node, o.slot) for o in way): way for way in ways}
    if not known:
        return Reachability(Certainty.NEVER, "never")
    shapes = set(known)
    pending = list(shapes)
    while pending:
        shape = pending.pop()
        if not shape or shape[-1][0] != "if":
            continue
        (_, flow_node, slot), outer = shape[-1], shape[:-1]
        other = (*outer, ("if", flow_node, "else" if slot == "then" else "then"))
        if other in shapes and outer not in shapes:
            shapes.add(outer)
            pending.append(outer)
    if () in shapes:
        return Reachability(Certainty.CERTAIN)
    nearest = min(known.values(), key=len)[0]
    return Reachability(Certainty.MAYBE, nearest.reason, nearest.about)
