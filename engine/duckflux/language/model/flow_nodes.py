"""The tree of the flow: each step together with its position."""

from __future__ import annotations

from collections.abc import Iterator

from .workflow import Step, inner_steps


class FlowNode:
    """A step at its position: number `index` of the list `slot` of the construct `parent`.

    `parent` is None for a top-level step; `path` are the nodes from the top-level step down to this one.
    Compared by identity.
    """

    __slots__ = ("index", "parent", "path", "slot", "step")

    def __init__(
        self, step: Step, parent: FlowNode | None = None, slot: str = "flow", index: int = 0
    ) -> None:
        self.step = step
        self.parent = parent
        self.slot = slot
        self.index = index
        self.path: tuple[FlowNode, ...] = (*parent.path, self) if parent else (self,)


def walk_flow(step: Step) -> Iterator[FlowNode]:
    """Yield the flow nodes of a top-level step and of all steps inside it, in the order of the text."""
    pending = [FlowNode(step)]
    while pending:
        flow_node = pending.pop()
        yield flow_node
        inner = [
            FlowNode(step, flow_node, slot, index)
            for slot, steps in inner_steps(flow_node.step)
            for index, step in enumerate(steps)
        ]
        pending.extend(reversed(inner))
