"""A workflow written in another style of YAML: the same values, other characters."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeAlias

from duckflux.language.syntax import Mapping, Node, Scalar, Sequence

Write: TypeAlias = Callable[[Scalar, str], str]
"""How a text is written, given how far its lines are indented."""


def double(node: Scalar, _: str) -> str:
    return json.dumps(node.text, ensure_ascii=False)


def escaped(node: Scalar, _: str) -> str:
    """Every character beyond ASCII, and every tab, as an escape."""
    written = (c if c.isascii() else f"\\U{ord(c):08x}" for c in json.dumps(node.text, ensure_ascii=False))
    return "".join(written)


def single(node: Scalar, indent: str) -> str:
    return double(node, indent) if "\n" in node.text else "'" + node.text.replace("'", "''") + "'"


def wrapped(node: Scalar, indent: str) -> str:
    """Between double quotes, a new line at every space."""
    return (
        double(node, indent).replace(" ", f"\n{indent} \t") if "  " not in node.text else double(node, indent)
    )


def literal(node: Scalar, indent: str) -> str:
    """A block scalar, where the text can be one."""
    text = node.text
    if not text.strip() or text != text.strip() or (not text.isprintable() and "\n" not in text):
        return double(node, indent)
    return "|-\n" + "\n".join(f"{indent}  {line}" if line else "" for line in text.split("\n"))


def in_flow(node: Node, write: Write) -> str:
    """All on one line, as far as texts are."""
    match node:
        case Mapping():
            pairs = (f"{json.dumps(key.text)}: {in_flow(value, write)}" for key, value in node)
            return "{" + ", ".join(pairs) + "}"
        case Sequence():
            return "[" + ", ".join(in_flow(item, write) for item in node.items) + "]"
    return _scalar(node, write, "    ")


def in_block(node: Node, write: Write, indent: str = "") -> str:
    """A line for each key and item."""
    match node:
        case Mapping() if node.pairs:
            return "".join(
                f"\n{indent}{key.text if key.text.isidentifier() else json.dumps(key.text)}: "
                f"{in_block(value, write, indent + '  ')}"
                for key, value in node
            )
        case Sequence() if node.items:
            return "".join(f"\n{indent}- {in_block(item, write, indent + '  ')}" for item in node.items)
        case Scalar():
            return _scalar(node, write, indent)
    return "{}" if isinstance(node, Mapping) else "[]"


def _scalar(node: Node, write: Write, indent: str) -> str:
    assert isinstance(node, Scalar)
    return write(node, indent) if isinstance(node.value, str) else node.text
