"""Edits of a text that keep the rest of it, including comments and style."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping as Mapping_
from typing import NamedTuple, TypeAlias

from .document import Document, parse
from .nodes import Mapping, Pair, Scalar, Sequence
from .scalars import WHITE_SPACE, resolve

INDENT = "  "
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
Value: TypeAlias = str | dict[str, str]


class TextEdit(NamedTuple):
    """A replacement of the code points from `start` to `end` by `text`."""

    start: int
    end: int
    text: str


def apply(text: str, edits: Iterable[TextEdit]) -> str:
    """Return the text after edits that do not overlap."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def introduces_errors(document: Document, edits: Iterable[TextEdit]) -> bool:
    """Return whether the YAML of a text has more problems after edits."""
    return len(parse(apply(document.text, edits), document).problems) > len(document.problems)


def as_yaml(text: str, style: str = "") -> str:
    """Return a text as a YAML scalar.

    `style` is the first character of the preferred form; if it cannot express the text, the scalar is plain or
    else quoted.
    """
    if not style and _NAME.fullmatch(text) and resolve(text) == text:
        return text
    single = "'" + text.replace("'", "''") + "'"
    double = '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    forms = {"'": single, '"': double}
    for form in (forms.get(style, text), text, single):
        root = parse(f"- [{form}]\n").root
        inner = root.items[0] if isinstance(root, Sequence) else None
        if isinstance(inner, Sequence) and len(inner.items) == 1:
            item = inner.items[0]
            if isinstance(item, Scalar) and item.value == text and "\n" not in form and "#" not in form[:1]:
                return form
    return double


def is_flow(document: Document, node: Mapping | Sequence) -> bool:
    """Return whether a map or list is written in brackets."""
    return document.source(node)[:1] in ("{", "[")


def add_fields(document: Document, node: Mapping, fields: Mapping_[str, Value]) -> TextEdit:
    """Return the edit that adds fields at the end of a map.

    A value is YAML on one line, or the fields of a nested map.
    """
    start, end = document.offsets(node)
    # The pairs that `<<` merges have their ranges elsewhere.
    own = [pair for pair in node if start <= document.offsets(pair.key)[0] < end]
    if is_flow(document, node):
        text = ", ".join(f"{key}: {in_brackets(value)}" for key, value in fields.items())
        if not own and not node.merges:
            return TextEdit(start, end, f"{{{text}}}")
        offset = document.offsets(own[-1].value)[1] if own else end - 1
        return TextEdit(offset, offset, f", {text}")
    line, _ = document.lines.position(end)
    offset = document.lines.line_end(line)
    first, column = document.position(own[0].key if own else node.merges[0])
    if first == 0 and document.text.startswith("\ufeff"):
        column -= 1
    lines = [added for key, value in fields.items() for added in _on_lines(key, value)]
    return TextEdit(
        offset, offset, "".join(f"{line_break(document)}{' ' * column}{added}" for added in lines)
    )


def is_after_dash(document: Document, offset: int) -> bool:
    """Return whether only a dash precedes an offset on its line."""
    line, column = document.lines.position(offset)
    return document.lines.line_text(line)[:column].strip(WHITE_SPACE) == "-"


def line_break(document: Document) -> str:
    """Return the line break that a text uses."""
    return "\r\n" if "\r\n" in document.text else "\n"


def add_section(document: Document, key: str, name: str, value: Value) -> TextEdit:
    """Return the edit that adds an entry to a top-level map, which is created before `flow` if necessary."""
    edit = add_entry(document, key, _on_lines(name, value))
    if edit is not None:
        return edit
    root = document.root
    assert isinstance(root, Mapping)  # noqa: S101
    pair = root.pair(key)
    entry = {name: in_brackets(value)}
    if pair is None:
        return add_fields(document, root, {key: entry})
    if isinstance(pair.value, Mapping) and pair.value.pairs:
        return add_fields(document, pair.value, entry)
    return _in_place_of(document, pair, f" {in_brackets(entry)}")


def add_entry(document: Document, key: str, lines: list[str]) -> TextEdit | None:
    """Return the edit that adds the lines of an entry, without indentation, to a top-level map.

    The result is None where the map is written in brackets, or would have to be.
    """
    root = document.root
    assert isinstance(root, Mapping)  # noqa: S101
    existing = root.get(key)
    end = line_break(document)
    if is_flow(document, root):
        return None
    if isinstance(existing, Mapping) and existing.pairs:
        if is_flow(document, existing):
            return None
        pad = " " * document.position(existing.pairs[0].key)[1]
        line, _ = document.lines.position(document.offsets(existing)[1])
        offset = document.lines.line_end(line)
        return TextEdit(offset, offset, "".join(f"{end}{pad if added else ''}{added}" for added in lines))
    pair = root.pair(key)
    indented = [f"{INDENT}{added}" if added else added for added in lines]
    if pair is not None:
        return _in_place_of(document, pair, end.join(["", *indented]))
    flow = root.pair("flow") or root.pairs[0]
    offset = document.offsets(flow.key)[0]
    return TextEdit(offset, offset, end.join([f"{key}:", *indented, ""]))


def _in_place_of(document: Document, pair: Pair, text: str) -> TextEdit:
    """Return the edit that sets the value of a field whose value is missing or empty."""
    offset = document.offsets(pair.key)[1]
    return TextEdit(offset, max(offset, document.offsets(pair.value)[1]), f":{text}")


def remove_field(document: Document, node: Mapping, pair: Pair) -> TextEdit | None:
    """Return the edit that removes a field, and its lines if it has them to itself.

    The result is None where nothing else would remain in the map.
    """
    if len(node.pairs) < 2 or node.merges or pair not in node.pairs:
        return None
    text = document.text
    index = node.pairs.index(pair)
    start = document.offsets(pair.key)[0]
    end = max(document.offsets(pair.value)[1], document.offsets(pair.key)[1])
    following = node.pairs[index + 1] if index + 1 < len(node.pairs) else None
    if is_flow(document, node):
        if following is not None:
            return TextEdit(start, document.offsets(following.key)[0], "")
        return TextEdit(document.offsets(node.pairs[index - 1].value)[1], end, "")
    _, column = document.lines.position(start)
    if index == 0 and text[start - column : start].strip(WHITE_SPACE):
        assert following is not None  # noqa: S101
        return TextEdit(start, document.offsets(following.key)[0], "")
    last, _ = document.lines.position(end)
    stop = document.lines.starts[last + 1] if last + 1 < len(document.lines) else len(text)
    return TextEdit(start - column, stop, "")


def in_brackets(value: Value) -> str:
    """Return a value on one line."""
    if isinstance(value, str):
        return value
    return "{" + ", ".join(f"{key}: {part}" for key, part in value.items()) + "}"


def _on_lines(key: str, value: Value) -> list[str]:
    if isinstance(value, str):
        return [f"{key}: {value}"]
    return [f"{key}:", *(f"{INDENT}{inner}: {part}" for inner, part in value.items())]
