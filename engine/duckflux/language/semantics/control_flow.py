"""Control flow between two steps, told from their positions in the tree of the flow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Literal, TypeAlias

import msgspec

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
    "iteration",
    "parallel",
    "later",
    "itself",
    "never",
    "branch",
    "",
]


class Certainty(IntEnum):
    """The certainty that something has run."""

    NEVER = 0
    MAYBE = 1
    CERTAIN = 2


class Reachability(msgspec.Struct, frozen=True):
    """A certainty and the reason for it; `about` is the other step or field concerned."""

    certainty: Certainty
    reason: Reason = ""
    about: str = ""


class Obstacle(msgspec.Struct, frozen=True):
    """Something on a path that may keep a step from having run.

    `mentions` are the names and members that decide it: whoever evaluates one of them first is taken to know.
    """

    reason: Reason
    flow_node: FlowNode
    slot: str = ""
    mentions: Mentions = NO_MENTIONS
    about: str = ""


Obstacles: TypeAlias = tuple[Obstacle, ...]
"""The obstacles on one path to a step, the outermost first."""


def path_to(target: FlowNode, point: FlowNode, after: bool) -> tuple[Obstacles, int] | Reason:
    """Return the path from an earlier step of the same item to a later point, or the reason why there is none.

    A path is the obstacles that come from the order of the steps, and the depth of `target.path` at which the
    path down to the step begins. `after` means that `point` is the end of a construct.
    """
    common = 0
    for one, other in zip(target.path, point.path, strict=False):
        if one is not other:
            break
        common += 1
    around = target.path[:common]
    if common == len(point.path) and after:
        return (), common
    earlier = _earlier_iteration(around[:-1] if common == len(point.path) else around)
    if common == len(point.path):
        return (earlier, common) if earlier else ("itself" if target is point else "later")
    if common == len(target.path):
        return (earlier, common) if earlier else "itself"
    one, other = target.path[common], point.path[common]
    if isinstance(around[-1].step, Parallel):
        return (Obstacle("parallel", around[-1]),), common
    if one.slot == other.slot and one.index < other.index:
        return (), common
    reason: Reason = "later" if one.slot == other.slot else "branch"
    return (earlier, common) if earlier else reason


def _earlier_iteration(around: Iterable[FlowNode]) -> Obstacles:
    """Return the obstacle of a later step in a loop: it has run only if there was an iteration before."""
    loops = [flow_node for flow_node in around if isinstance(flow_node.step, Loop)]
    names = {"loop"} | {flow_node.step.name for flow_node in loops if isinstance(flow_node.step, Loop)}
    return (Obstacle("iteration", loops[-1], mentions=frozenset(names)),) if loops else ()


def path_into(flow_node: FlowNode, depth: int) -> Iterator[Obstacle]:
    """Yield the constructs that may keep a step from running, from a depth of its path on."""
    for outer, inner in zip(flow_node.path[depth:], flow_node.path[depth + 1 :], strict=False):
        match outer.step:
            case If(condition=condition):
                yield Obstacle(
                    "if", outer, inner.slot, mentions_of(condition.text) if condition else NO_MENTIONS
                )
            case Loop() as loop if _may_not_iterate(loop):
                limit = loop.max
                yield Obstacle("loop", outer, "", mentions_of(limit.text) if limit else NO_MENTIONS)
            case _:
                pass


def _may_not_iterate(loop: Loop) -> bool:
    """Return whether a loop iterates over something that may be empty."""
    limit = loop.max
    return (
        isinstance(limit, Scalar) and isinstance(limit.value, str) and "size(" in limit.text.replace(" ", "")
    )


def merge_paths(paths: Iterable[Obstacles]) -> Reachability:
    """Return the reachability over all paths to a name.

    Paths through both branches of an `if` count as one path without the `if`.
    """
    known = {tuple((o.reason, o.flow_node, o.slot) for o in path): path for path in paths}
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
