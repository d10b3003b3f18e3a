"""Reads a diagram as a graph: nodes, the links between them, and which nodes belong together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .model import Diagram, DiagramStep, Fallback, Group

# `end` is a word of Mermaid's own.
BEGIN, END = "begin", "done"


class Node(NamedTuple):
    """A step, or a fallback beside one, with an id that is unique in the graph; `lines` say what it is."""

    id: str
    key: str
    kind: str
    lines: tuple[str, ...]


class Link(NamedTuple):
    """An arrow between two nodes, dashed where it is not a next step."""

    source: str
    target: str
    label: str = ""
    dashed: bool = False


class Cluster(NamedTuple):
    """The steps inside a construct; `members` are nodes and clusters in the order of the text."""

    id: str
    title: str
    members: tuple[Node | Cluster, ...]


class Graph(NamedTuple):
    """A diagram as a graph, from BEGIN to END."""

    title: str
    notes: tuple[str, ...]
    members: tuple[Node | Cluster, ...]
    links: tuple[Link, ...]

    def nodes(self) -> Iterator[Node]:
        """Yield all nodes in the order of the text."""
        yield from _nodes(self.members)


class _Exit(NamedTuple):
    """A node after which a step comes, with the label of the way there."""

    node: str
    label: str = ""


def graph_of(diagram: Diagram) -> Graph:
    """Return the graph of a diagram."""
    builder = _Builder()
    members, exits = builder.sequence(diagram.flow, [_Exit(BEGIN)])
    builder.link(exits, END)
    return Graph(diagram.title, diagram.notes, tuple(members), tuple(builder.links))


def _nodes(members: tuple[Node | Cluster, ...]) -> Iterator[Node]:
    for member in members:
        if isinstance(member, Node):
            yield member
        else:
            yield from _nodes(member.members)


class _Builder:
    """Collects the links, and gives out ids."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self._count = 0

    def sequence(self, group: Group, entries: list[_Exit]) -> tuple[list[Node | Cluster], list[_Exit]]:
        """Return the members of a list of steps, and after which of them comes what follows the list."""
        members: list[Node | Cluster] = []
        for step in group.steps:
            added, entries = self._step(step, entries)
            members += added
        return members, entries

    def link(self, exits: list[_Exit], target: str) -> None:
        """Add a link from each exit to a node."""
        self.links += (Link(exit.node, target, exit.label) for exit in exits)

    def _step(self, step: DiagramStep, entries: list[_Exit]) -> tuple[list[Node | Cluster], list[_Exit]]:
        node = self._node(step.key, step.kind, (step.title, step.detail, *step.notes))
        self.link(entries, node.id)
        if step.kind in ("loop", "parallel", "if"):
            return self._construct(step, node)
        beside = [self._fallback(node, fallback) for fallback in step.fallbacks]
        return [node, *beside], [_Exit(node.id), *(_Exit(other.id) for other in beside)]

    def _construct(self, step: DiagramStep, node: Node) -> tuple[list[Node | Cluster], list[_Exit]]:
        inside: list[Node | Cluster] = []
        exits: list[_Exit] = []
        for group in step.groups:
            members, ends = self.sequence(group, [_Exit(node.id, group.label)])
            inside += members
            exits += ends
        if step.kind == "loop":
            self.links += (Link(end.node, node.id, "next iteration", dashed=True) for end in exits)
        return [node, Cluster(f"in_{node.id}", step.title, tuple(inside))], exits or [_Exit(node.id)]

    def _fallback(self, node: Node, fallback: Fallback) -> Node:
        beside = self._node(fallback.key, "fallback", (fallback.participant, f"instead, {fallback.field}"))
        self.links.append(Link(node.id, beside.id, fallback.field, dashed=True))
        return beside

    def _node(self, key: str, kind: str, lines: tuple[str, ...]) -> Node:
        self._count += 1
        return Node(f"s{self._count}", key, kind, tuple(filter(None, lines)))
