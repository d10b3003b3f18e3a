"""The nodes of the YAML tree.

Offsets count code points from the start of the node's block, so that an edit of one block leaves the nodes of all
others unchanged; `Document.offsets` makes them absolute.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol, TypeAlias

import msgspec

ScalarValue: TypeAlias = str | int | float | bool | None


class Block:
    """A separately parsed part of the text. Blocks compare by identity; the document knows their offsets."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Ranged(Protocol):
    """A node, or a part of one, with its range."""

    @property
    def block(self) -> Block: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class Span(NamedTuple):
    """A range of a block's text: code points, `end` exclusive."""

    block: Block
    start: int
    end: int


class Problem(msgspec.Struct, frozen=True):
    """A problem of the text before it becomes a diagnostic. `code` is the code of a rule in the registry."""

    code: str
    message: str
    span: Ranged
    related: tuple[tuple[Ranged, str], ...] = ()
    suggestion: str | None = None


class Node:
    """A YAML value. `alias` is true where the text has an alias; the range is then that of the alias."""

    __slots__ = ("alias", "block", "end", "start")

    def __init__(self, block: Block, start: int, end: int) -> None:
        self.block = block
        self.start = start
        self.end = end
        self.alias = False


class Scalar(Node):
    """A scalar: `text` is its unescaped content, `value` its value in the core schema of YAML 1.2.

    `style` is the first character of its form: "" for plain, `'`, `"`, `|` or `>`.
    """

    __slots__ = ("style", "text", "value")

    def __init__(self, block: Block, start: int, end: int, text: str, value: ScalarValue, style: str) -> None:
        super().__init__(block, start, end)
        self.text = text
        self.value = value
        self.style = style

    def __repr__(self) -> str:
        return f"Scalar({self.value!r})"


class Sequence(Node):
    __slots__ = ("items",)

    def __init__(self, block: Block, start: int, end: int, items: tuple[Node, ...]) -> None:
        super().__init__(block, start, end)
        self.items = items

    def __repr__(self) -> str:
        return f"Sequence({list(self.items)!r})"


class Pair(NamedTuple):
    key: Scalar
    value: Node


class Mapping(Node):
    """A map; `pairs` are in the order of the text, with unique keys.

    Pairs that `<<` merges come last; `merges` has the keys `<<`.
    """

    __slots__ = ("_index", "merges", "pairs")

    def __init__(
        self, block: Block, start: int, end: int, pairs: tuple[Pair, ...], merges: tuple[Scalar, ...] = ()
    ) -> None:
        super().__init__(block, start, end)
        self.pairs = pairs
        self.merges = merges
        self._index = {pair.key.text: pair for pair in pairs}

    def get(self, key: str) -> Node | None:
        pair = self._index.get(key)
        return None if pair is None else pair.value

    def pair(self, key: str) -> Pair | None:
        return self._index.get(key)

    def __contains__(self, key: str) -> bool:
        return key in self._index

    def __iter__(self) -> Iterator[Pair]:
        return iter(self.pairs)

    def __repr__(self) -> str:
        return f"Mapping({ {p.key.text: p.value for p in self.pairs}!r})"


def plain_value(node: Node | None) -> Any:
    """Return the node as plain Python: dict, list, str, int, float, bool or None."""
    match node:
        case Scalar():
            return node.value
        case Sequence():
            return [plain_value(item) for item in node.items]
        case Mapping():
            return {pair.key.text: plain_value(pair.value) for pair in node.pairs}
        case _:
            return None
