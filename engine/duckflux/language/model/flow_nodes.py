"""Where in the flow a step stands."""

from __future__ import annotations

from collections.abc import Iterator

from .workflow import Step, inner_steps


class FlowNode:
    """A step at its place: the `index`-th one of the list `slot` of the construct at `parent`, which is None in
    the flow itself. Compared by identity."""

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
    """The places of a step of the flow and of all steps inside it, in the order of the text."""
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
