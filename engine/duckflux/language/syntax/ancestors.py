"""Find the nodes around an offset."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

import msgspec

from .document import Document
from .nodes import Mapping, Node, Pair, Scalar, Sequence


class Entry(NamedTuple):
    """A field and the map that contains it."""

    holder: Mapping
    pair: Pair


class Ancestors(msgspec.Struct, frozen=True):
    """The fields around an offset, outermost first, and the innermost value around it, None on a key.

    `keys` are the keys and list indices that lead there; those of a field count from its key on.
    """

    links: tuple[Entry, ...]
    node: Node | None
    keys: tuple[str | int, ...]

    @property
    def scalar(self) -> Scalar | None:
        return self.node if isinstance(self.node, Scalar) else None

    @property
    def last(self) -> Entry | None:
        return self.links[-1] if self.links else None


def ancestors_at(document: Document, offset: int) -> Ancestors:
    """Return the fields and the value around an offset."""
    links: list[Entry] = []
    keys: list[str | int] = []
    node: Node | None = document.root
    while isinstance(node, Mapping | Sequence) and not node.alias:
        if isinstance(node, Sequence):
            index = index_before(document, node.items, offset)
            if index < 0 or not _covers(document, node.items[index], offset):
                break
            keys.append(index)
            node = node.items[index]
        else:
            pair = _pair_before(document, node, offset)
            if pair is None:
                break
            is_on_key = _covers(document, pair.key, offset)
            is_on_value = _covers(document, pair.value, offset)
            if is_on_key or is_on_value:
                links.append(Entry(node, pair))
            if is_on_value or offset < document.offsets(pair.value)[0]:
                keys.append(pair.key.text)
            if is_on_key or not is_on_value:
                node = None if is_on_key else node
                break
            node = pair.value
    return Ancestors(tuple(links), node, tuple(keys))


def field_at(document: Document, offset: int) -> str:
    """Return the path of the innermost field at an offset: `flow[2].loop.until`, or "" at the top level."""
    keys = ancestors_at(document, offset).keys
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")


def index_before(document: Document, nodes: tuple[Node, ...] | list[Scalar], offset: int) -> int:
    """Return the index of the last node that starts at or before an offset, -1 if there is none.

    The nodes are in the order of the text.
    """
    return bisect_right(nodes, offset, key=lambda node: document.offsets(node)[0]) - 1


def _pair_before(document: Document, node: Mapping, offset: int) -> Pair | None:
    # The pairs that `<<` merges have their ranges elsewhere.
    own = [pair for pair in node if _is_within(node, pair)] if node.merges else node.pairs
    index = bisect_right(own, offset, key=lambda pair: document.offsets(pair.key)[0]) - 1
    return own[index] if index >= 0 else None


def _covers(document: Document, node: Node, offset: int) -> bool:
    start, end = document.offsets(node)
    return start <= offset < end or start == offset


def _is_within(node: Mapping, pair: Pair) -> bool:
    return pair.key.block is node.block and node.start <= pair.key.start < node.end
