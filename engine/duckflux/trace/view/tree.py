"""A trace as a tree: each step inside the construct or step that ran it, the rounds of a loop apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..model import Step, Trace


class TraceNode(NamedTuple):
    """A step, or a round of a loop, where `step` is None."""

    title: str
    step: Step | None
    children: list[TraceNode]


def build_tree(trace: Trace) -> list[TraceNode]:
    """The outermost steps, in the order of their starts. The reference tells no parents: there all are that."""
    outermost: list[TraceNode] = []
    nodes: dict[int, TraceNode] = {}
    rounds: dict[tuple[int, int], TraceNode] = {}
    for step in trace.steps:
        # Parents start first, so that only an earlier step can be one, whatever a file says.
        parent = nodes.get(step.parent) if step.parent is not None else None
        siblings = outermost if parent is None else _inside(parent, step, rounds)
        node = nodes[step.seq] = TraceNode(f"{step.name} ({step.type})", step, [])
        siblings.append(node)
    return outermost


def walk(nodes: list[TraceNode]) -> Iterator[tuple[int, TraceNode]]:
    """(depth, node) of all nodes, each before those inside it."""
    left = [(0, node) for node in reversed(nodes)]
    while left:
        depth, node = left.pop()
        yield depth, node
        left += [(depth + 1, child) for child in reversed(node.children)]


def path_to(trace: Trace, step: Step) -> list[Step]:
    """The step and those it ran inside, outermost first."""
    by_seq = {found.seq: found for found in trace.steps}
    found = [step]
    # A file may lie about parents, but not make this endless: they start before their children.
    while (parent := by_seq.get(found[-1].parent or 0)) and parent.seq < found[-1].seq:
        found.append(parent)
    return found[::-1]


def _inside(parent: TraceNode, step: Step, rounds: dict[tuple[int, int], TraceNode]) -> list[TraceNode]:
    """The list that a step belongs into."""
    if parent.step is None or parent.step.type != "loop" or not step.iterations:
        return parent.children
    index = step.iterations[-1]
    found = rounds.get((parent.step.seq, index))
    if found is None:
        found = rounds[parent.step.seq, index] = TraceNode(f"iteration {index + 1}", None, [])
        parent.children.append(found)
    return found.children
