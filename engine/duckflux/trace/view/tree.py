"""Arranges a trace as a tree: each step inside the construct or step that ran it, iterations apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..model import Step, Trace


class TraceNode(NamedTuple):
    """A step, or an iteration of a loop, whose `step` is None."""

    title: str
    step: Step | None
    children: list[TraceNode]


def build_tree(trace: Trace) -> list[TraceNode]:
    """Return the outermost steps, in the order of their starts.

    The reference records no parents: all its steps are outermost.
    """
    outermost: list[TraceNode] = []
    nodes: dict[int, TraceNode] = {}
    iterations: dict[tuple[int, int], TraceNode] = {}
    for step in trace.steps:
        # Parents start first: only an earlier step can be one, even in an invalid file.
        parent = nodes.get(step.parent) if step.parent is not None else None
        siblings = outermost if parent is None else _siblings(parent, step, iterations)
        node = nodes[step.seq] = TraceNode(f"{step.name} ({step.type})", step, [])
        siblings.append(node)
    return outermost


def walk(nodes: list[TraceNode]) -> Iterator[tuple[int, TraceNode]]:
    """Yield (depth, node) for all nodes, each before those inside it."""
    pending = [(0, node) for node in reversed(nodes)]
    while pending:
        depth, node = pending.pop()
        yield depth, node
        pending += [(depth + 1, child) for child in reversed(node.children)]


def path_to(trace: Trace, step: Step) -> list[Step]:
    """Return the steps that a step ran inside, outermost first, and the step itself."""
    by_seq = {found.seq: found for found in trace.steps}
    found = [step]
    # Parents start before their children: an invalid file cannot make this endless.
    while (parent := by_seq.get(found[-1].parent or 0)) and parent.seq < found[-1].seq:
        found.append(parent)
    return found[::-1]


def fallback_origins(trace: Trace) -> dict[int, Step]:
    """Return the failed step of each fallback, by the fallback's `seq`."""
    by_seq = {step.seq: step for step in trace.steps}
    # A step of a flow has a pointer into the flow; only `onError` and `onTimeout` run a participant as such.
    found = ((step, by_seq.get(step.parent or 0)) for step in trace.steps if _is_participant(step))
    return {step.seq: origin for step, origin in found if origin is not None and origin.seq < step.seq}


def _is_participant(step: Step) -> bool:
    return step.path is not None and step.path.startswith("/participants/")


def _siblings(parent: TraceNode, step: Step, iterations: dict[tuple[int, int], TraceNode]) -> list[TraceNode]:
    """Return the list of nodes that a step belongs to."""
    if parent.step is None or parent.step.type != "loop" or not step.iterations:
        return parent.children
    index = step.iterations[-1]
    found = iterations.get((parent.step.seq, index))
    if found is None:
        found = iterations[parent.step.seq, index] = TraceNode(f"iteration {index + 1}", None, [])
        parent.children.append(found)
    return found.children
