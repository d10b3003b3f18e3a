"""Which nodes are around a place."""

from __future__ import annotations

from typing import NamedTuple

from ..source import Document, Mapping, Node, Pair, Scalar, Sequence


class Link(NamedTuple):
    """A field and the map it is in."""

    holder: Mapping
    pair: Pair


class Trail(NamedTuple):
    """The fields around a place, from the top, and the innermost value around it: None on a key."""

    links: tuple[Link, ...]
    node: Node | None

    @property
    def scalar(self) -> Scalar | None:
        return self.node if isinstance(self.node, Scalar) else None

    @property
    def last(self) -> Link | None:
        return self.links[-1] if self.links else None


def trail(document: Document, offset: int) -> Trail:
    """The way from the top of the file to an offset."""
    links: list[Link] = []
    node: Node | None = document.root
    while isinstance(node, Mapping | Sequence) and not node.alias:
        if isinstance(node, Sequence):
            inner = next((item for item in node.items if _covers(document, item, offset)), None)
        else:
            pair = next((pair for pair in node if _in_pair(document, pair, offset)), None)
            inner = pair and pair.value
            if pair is not None:
                links.append(Link(node, pair))
                if _covers(document, pair.key, offset):
                    return Trail(tuple(links), None)
        if inner is None:
            break
        node = inner
    return Trail(tuple(links), node)


def _in_pair(document: Document, pair: Pair, offset: int) -> bool:
    return _covers(document, pair.key, offset) or _covers(document, pair.value, offset)


def _covers(document: Document, node: Node, offset: int) -> bool:
    start, end = document.offsets(node)
    return start <= offset < end or start == offset
