"""Where in the tree a place of the text is."""

from __future__ import annotations

from .document import Document
from .nodes import Mapping, Node, Sequence


def field_at(document: Document, offset: int) -> str:
    """The path of the innermost field at an offset, as people write it: `flow[2].loop.until`; "" at the top."""
    path = ""
    node: Node | None = document.root
    while node is not None:
        label, node = _child_at(document, node, offset)
        path += label
    return path.removeprefix(".")


def _child_at(document: Document, node: Node, offset: int) -> tuple[str, Node | None]:
    match node:
        case Mapping():
            for key, value in node:
                if _covers(document, key, value, offset):
                    return f".{key.text}", value
        case Sequence():
            for index, item in enumerate(node.items):
                if _covers(document, item, item, offset):
                    return f"[{index}]", item
        case _:
            pass
    return "", None


def _covers(document: Document, first: Node, last: Node, offset: int) -> bool:
    return document.offsets(first)[0] <= offset <= document.offsets(last)[1]
