"""Edits of a text that keep all the rest of it, comments and style too."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping as Mapping_
from itertools import accumulate
from typing import NamedTuple, TypeAlias

from .document import Document, parse
from .nodes import Mapping, Pair, Scalar, Sequence
from .scalars import resolve

INDENT = "  "
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
Value: TypeAlias = str | dict[str, str]


class TextEdit(NamedTuple):
    """The code points from `start` to `end` become `text`."""

    start: int
    end: int
    text: str


def apply(text: str, edits: Iterable[TextEdit]) -> str:
    """The text after edits that do not overlap."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def introduces_errors(document: Document, edits: Iterable[TextEdit]) -> bool:
    """Whether the YAML of a text has more mistakes after edits."""
    return len(parse(apply(document.text, edits), document).problems) > len(document.problems)


def between(old: str, new: str) -> tuple[TextEdit, ...]:
    """The edits that make one text another, each as narrow as lines that stay allow."""
    from difflib import SequenceMatcher

    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    old_starts, new_starts = ([0, *accumulate(map(len, lines))] for lines in (before, after))
    edits = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        gone, come = old[old_starts[i1] : old_starts[i2]], new[new_starts[j1] : new_starts[j2]]
        head = _common_start(gone, come)
        tail = _common_start(gone[head:][::-1], come[head:][::-1])
        edits.append(TextEdit(old_starts[i1] + head, old_starts[i2] - tail, come[head : len(come) - tail]))
    return tuple(edits)


def as_yaml(text: str, style: str = "") -> str:
    """A text as a YAML scalar: in the given style (the first character of its form) where that can hold it, else
    plain, else in quotes."""
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
    """Whether a map or list is written in brackets."""
    return document.source(node)[:1] in ("{", "[")


def add_fields(document: Document, node: Mapping, fields: Mapping_[str, Value]) -> TextEdit:
    """Add fields at the end of a map. A value is YAML on one line, or the fields of a map of such."""
    start, end = document.offsets(node)
    # What `<<` merges stands somewhere else.
    own = [pair for pair in node if start <= document.offsets(pair.key)[0] < end]
    if is_flow(document, node):
        text = ", ".join(f"{key}: {in_brackets(value)}" for key, value in fields.items())
        if not own and not node.merges:
            return TextEdit(start, end, f"{{{text}}}")
        at = document.offsets(own[-1].value)[1] if own else end - 1
        return TextEdit(at, at, f", {text}")
    line, _ = document.lines.position(end)
    at = document.lines.line_end(line)
    first, column = document.position(own[0].key if own else node.merges[0])
    if first == 0 and document.text.startswith("\ufeff"):
        column -= 1
    lines = [one for key, value in fields.items() for one in _on_lines(key, value)]
    return TextEdit(at, at, "".join(f"{line_break(document)}{' ' * column}{one}" for one in lines))


def is_after_dash(document: Document, offset: int) -> bool:
    """Whether nothing but one dash is before an offset on its line."""
    line, column = document.lines.position(offset)
    return document.lines.line_text(line)[:column].strip() == "-"


def line_break(document: Document) -> str:
    """How the lines of a text end."""
    return "\r\n" if "\r\n" in document.text else "\n"


def add_section(document: Document, key: str, name: str, value: Value) -> TextEdit:
    """Add an entry to a map at the top of the file; where there is none yet, that map before `flow`."""
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
    """The same for the lines of an entry, without indentation. None where the map is, or has to be, in
    brackets."""
    root = document.root
    assert isinstance(root, Mapping)  # noqa: S101
    held = root.get(key)
    end = line_break(document)
    if is_flow(document, root):
        return None
    if isinstance(held, Mapping) and held.pairs:
        if is_flow(document, held):
            return None
        pad = " " * document.position(held.pairs[0].key)[1]
        line, _ = document.lines.position(document.offsets(held)[1])
        at = document.lines.line_end(line)
        return TextEdit(at, at, "".join(f"{end}{pad if one else ''}{one}" for one in lines))
    pair = root.pair(key)
    indented = [f"{INDENT}{one}" if one else one for one in lines]
    if pair is not None:
        return _in_place_of(document, pair, end.join(["", *indented]))
    flow = root.pair("flow") or root.pairs[0]
    at = document.offsets(flow.key)[0]
    return TextEdit(at, at, end.join([f"{key}:", *indented, ""]))


def _in_place_of(document: Document, pair: Pair, text: str) -> TextEdit:
    """Another value of a field, which has none, or an empty one."""
    at = document.offsets(pair.key)[1]
    return TextEdit(at, max(at, document.offsets(pair.value)[1]), f":{text}")


def remove_field(document: Document, node: Mapping, pair: Pair) -> TextEdit | None:
    """Take a field away, with its lines where it has them alone; None where nothing would be left."""
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
    if index == 0 and text[start - column : start].strip():
        assert following is not None  # noqa: S101
        return TextEdit(start, document.offsets(following.key)[0], "")
    last, _ = document.lines.position(end)
    stop = document.lines.starts[last + 1] if last + 1 < len(document.lines) else len(text)
    return TextEdit(start - column, stop, "")


def _common_start(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def in_brackets(value: Value) -> str:
    """A value on one line."""
    if isinstance(value, str):
        return value
    return "{" + ", ".join(f"{key}: {part}" for key, part in value.items()) + "}"


def _on_lines(key: str, value: Value) -> list[str]:
    if isinstance(value, str):
        return [f"{key}: {value}"]
    return [f"{key}:", *(f"{INDENT}{inner}: {part}" for inner, part in value.items())]
