"""Which nodes are around a place."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from .document import Document
from .nodes import Mapping, Node, Pair, Scalar, Sequence


class Entry(NamedTuple):
    """A field and the map it is in."""

    holder: Mapping
    pair: Pair


class Ancestors(NamedTuple):
    """The fields around a place, from the top, and the innermost value around it: None on a key."""

    links: tuple[Entry, ...]
    node: Node | None

    @property
    def scalar(self) -> Scalar | None:
        return self.node if isinstance(self.node, Scalar) else None

    @property
    def last(self) -> Entry | None:
        return self.links[-1] if self.links else None


def ancestors_at(document: Document, offset: int) -> Ancestors:
    """The way from the top of the file to an offset."""
    links: list[Entry] = []
    node: Node | None = document.root
    while isinstance(node, Mapping | Sequence) and not node.alias:
        if isinstance(node, Sequence):
            at = index_before(document, node.items, offset)
            inner = node.items[at] if at >= 0 and _covers(document, node.items[at], offset) else None
        else:
            pair = _pair_at(document, node, offset)
            inner = pair and pair.value
            if pair is not None:
                links.append(Entry(node, pair))
                if _covers(document, pair.key, offset):
                    return Ancestors(tuple(links), None)
        if inner is None:
            break
        node = inner
    return Ancestors(tuple(links), node)


def index_before(document: Document, nodes: tuple[Node, ...] | list[Scalar], offset: int) -> int:
    """Return the index of the last of some nodes that starts at or before an offset, -1 if there is none.

    The nodes are in the order of the text.
    """
    return bisect_right(nodes, offset, key=lambda node: document.offsets(node)[0]) - 1


def _pair_at(document: Document, node: Mapping, offset: int) -> Pair | None:
    """The pair at an offset. Those that `<<` merged stand elsewhere."""
    own = [pair for pair in node if _is_within(node, pair)] if node.merges else node.pairs
    at = index_before(document, [pair.key for pair in own], offset)
    if at < 0:
        return None
    pair = own[at]
    inside = _covers(document, pair.key, offset) or _covers(document, pair.value, offset)
    return pair if inside else None


def _covers(document: Document, node: Node, offset: int) -> bool:
    start, end = document.offsets(node)
    return start <= offset < end or start == offset


def _is_within(node: Mapping, pair: Pair) -> bool:
    return pair.key.block is node.block and node.start <= pair.key.start < node.end
