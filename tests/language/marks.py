"""Texts with a marked part: `flow: «[»a`."""

from __future__ import annotations

from duckflux.language.syntax import Document, Mapping, Node, Scalar, Sequence, plain_value


def marked(text: str) -> tuple[str, tuple[int, int]]:
    """The text without its marks, and the range between them."""
    before, inside, after = text.replace("»", "«").split("«")
    return before + inside + after, (len(before), len(before) + len(inside))


def show(text: str, start: int, end: int) -> str:
    """The text with marks around a range: the inverse of `marked`."""
    return f"{text[:start]}«{text[start:end]}»{text[end:]}"


def at(document: Document, *path: str | int) -> Node:
    """The node at a path."""
    node = document.root
    for part in path:
        node = node.get(part) if isinstance(node, Mapping) else node.items[part]
    return node


def ranges(document: Document) -> list[object]:
    """Every node and key of a tree in order, with its place and content: two trees with equal ones are equal."""
    found: list[object] = []
    stack = [document.root]
    while stack:
        node = stack.pop()
        if node is None:
            continue
        content = repr(node.value) if isinstance(node, Scalar) else type(node).__name__
        found.append((document.offsets(node), content, getattr(node, "style", None), node.alias))
        if isinstance(node, Sequence):
            stack.extend(reversed(node.items))
        elif isinstance(node, Mapping):
            stack.extend(part for pair in reversed(node.pairs) for part in (pair.value, pair.key))
    return found


def problems(document: Document) -> list[object]:
    """What is wrong, with places."""
    return sorted((*document.offsets(p.span), p.code, p.message) for p in document.problems)


def everything(document: Document) -> tuple[object, ...]:
    """All that a document says."""
    return repr(plain_value(document.root)), ranges(document), problems(document)
