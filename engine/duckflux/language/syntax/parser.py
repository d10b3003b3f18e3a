"""Build the nodes of one block of YAML from libyaml's events.

After a syntax error the text is repaired (see `recover`) and parsed again, so that one error does not hide the
rest of the block.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

import msgspec
from yaml import YAMLError
from yaml.cyaml import CParser  # type: ignore[attr-defined]
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from yaml.reader import Reader

from .. import registry
from ..budget import check_budget
from .nodes import Block, Mapping, Node, Pair, Problem, Scalar, Sequence, Span
from .recovery import RecoveredText, recover
from .scalars import CORE_TAGS, WHITE_SPACE, is_out_of_range, resolve, resolve_tagged
from .syntax_errors import explain, unknown_directives

MAX_DEPTH = 200
TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
MAX_NODES = 1_000_000
# A value takes up to 1 KB of memory.
MAX_WRITTEN = 500_000
TOO_MANY = f"more than {MAX_WRITTEN:,} values: divide the file"
_MARK = "\ufeff"
_MAX_RECOVERIES = 24
# Characters of a number in a message.
_MAX_SHOWN = 40

_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)+", re.ASCII)
# `{{ x }}`, which other tools put around an expression.
_TEMPLATE = re.compile(r"\{\{\s*([^{},:\n]+?)\s*\}\}")
_TAG = re.compile(r"(?:&\S*\s+)?(!\S*)", re.ASCII)
# PyYAML's own; compiling such ranges once more would cost every start 5 ms.
_CONTROL = Reader.NON_PRINTABLE
_TEXT_IN_YAML_1_2 = ("\x85", "\u2028", "\u2029")
_PRIVATE_USE = range(0xE000, 0xF900)


class Parsed(msgspec.Struct, frozen=True):
    """A parsed block.

    `foreign_alias`: an alias names no anchor of this text; `unclosed`: a quote or a bracket is not closed.
    `written` is the number of its values, `size` that with aliases expanded.
    """

    block: Block
    root: Node | None
    problems: tuple[Problem, ...]
    foreign_alias: bool
    unclosed: bool
    written: int = 0
    size: int = 0


def parse_block(text: str) -> Parsed:
    """Return the tree of one text and its problems; never raises on invalid text."""
    block = Block(text)
    problems, clean = _without_control_characters(block, text)
    recovered = RecoveredText(clean)
    unclosed = False
    for _ in range(_MAX_RECOVERIES):
        check_budget()
        builder = _Builder(block, recovered)
        try:
            root = builder.build()
        except YAMLError as error:
            problem = explain(error, recovered.text)
            if problem.ignored:
                problems.extend(_ignored_directives(block, recovered))
                continue
            if problem.too_deep:
                offset = recovered.original(problem.start)
                problems.append(Problem(registry.OVER_LIMIT, TOO_DEEP, Span(block, offset, offset + 1)))
                return Parsed(block, None, tuple(problems), False, unclosed)
            unclosed = unclosed or problem.unclosed
            start, end = recovered.original(problem.start), recovered.original(problem.end)
            _add(problems, problem.message, Span(block, start, end), problem.corrected(recovered.text))
            if not recover(recovered, problem):
                return Parsed(block, None, tuple(problems), False, unclosed)
            continue
        problems.extend(builder.problems)
        counts = builder.written, builder.size
        return Parsed(block, root, tuple(problems), builder.foreign_alias, unclosed, *counts)
    return Parsed(block, None, tuple(problems), False, unclosed)


def _ignored_directives(block: Block, recovered: RecoveredText) -> Iterator[Problem]:
    """Turn the directives that YAML has readers ignore into comments, and yield a warning for each."""
    for directive in unknown_directives(recovered.text):
        start, end = map(recovered.original, directive.span())
        yield Problem(
            registry.UNKNOWN_DIRECTIVE, f"`{directive[0]}` is ignored: remove it", Span(block, start, end)
        )
        recovered.replace(directive.start(), "#")


def _add(problems: list[Problem], message: str, span: Span, suggestion: str | None) -> None:
    """Add a syntax error, unless its line already has one, from which it most likely follows."""
    line = span.block.text.rfind("\n", 0, span.start)
    if any(span.block.text.rfind("\n", 0, other.span.start) == line for other in problems):
        return
    problems.append(Problem(registry.SYNTAX_ERROR, message, span, suggestion=suggestion))


def _without_control_characters(block: Block, text: str) -> tuple[list[Problem], str]:
    first = _CONTROL.search(text)
    if first is None:
        return [], text
    code = ord(first[0])
    message = f"character U+{code:04X} is not allowed in YAML: write it as an escape in double quotes"
    return [Problem(registry.INVALID_CHARACTER, message, Span(block, *first.span()))], _CONTROL.sub(" ", text)


def _invalid_key(key: Node) -> Problem:
    template = _TEMPLATE.match(key.block.text, max(0, key.start - 1))
    if template is None:
        return Problem(registry.INVALID_KEY, "a key must be text, not a list or a map", key)
    message = f"`{{{{` begins a map in YAML: an expression stands here as it is, `{template[1]}`"
    return Problem(registry.INVALID_KEY, message, Span(key.block, *template.span()), suggestion=template[1])


def unique_pairs(pairs: list[Pair], problems: list[Problem]) -> tuple[Pair, ...]:
    """Return the pairs without later ones of an equal key, each of which is reported."""
    seen: dict[str, Pair] = {}
    for pair in pairs:
        first = seen.setdefault(pair.key.text, pair)
        if first is not pair:
            message = f"duplicate key `{pair.key.text}`"
            problems.append(
                Problem(registry.DUPLICATE_KEY, message, pair.key, ((first.key, "first occurrence"),))
            )
    return tuple(seen.values())


class _LimitReachedError(Exception):
    """The text exceeds a limit; the nodes built so far are discarded."""


class _Frame:
    """A collection that is not closed yet."""

    __slots__ = ("anchor", "block_style", "children", "event", "size_before")

    def __init__(self, event: Any, size_before: int) -> None:
        self.event = event
        self.anchor: str | None = event.anchor
        self.block_style: bool = not event.flow_style
        self.children: list[Node] = []
        self.size_before = size_before


class _Builder:
    """Builds nodes from events, without recursion."""

    def __init__(self, block: Block, recovered: RecoveredText) -> None:
        self.block = block
        self.text = recovered.text
        self.problems: list[Problem] = []
        self.foreign_alias = False
        # libyaml removes a byte order mark at the start without counting it.
        text, self._stand_ins = _with_stand_ins(recovered.text)
        self._parser = CParser(f"{_MARK}{text}" if text.startswith(_MARK) else text)
        self._original: Callable[[int], int] = recovered.original if recovered.inserted else _identity
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._frames: list[_Frame] = []
        self.written = 0
        self.size = 0

    def build(self) -> Node | None:
        """Return the root, or None for a text without content. Raise YAMLError."""
        try:
            return self._build()
        except _LimitReachedError:
            return None
        finally:
            self._parser.dispose()

    def _build(self) -> Node | None:
        root: Node | None = None
        documents = 0
        next_event = self._parser.get_event
        while True:
            event = next_event()
            kind = event.__class__
            node: Node
            if kind is ScalarEvent:
                node = self._scalar(event)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self._open(event)
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                node = self._close(event)
            elif kind is AliasEvent:
                node = self._alias(event)
            elif kind is DocumentStartEvent:
                documents += 1
                if documents > 1:
                    self._report(
                        registry.MULTIPLE_DOCUMENTS,
                        "a file contains one workflow: a second document starts here",
                        event,
                    )
                    return root
                continue
            elif kind is StreamEndEvent:
                return root
            else:
                continue
            self._count(1, event)
            self.written += 1
            if self.written > MAX_WRITTEN:
                self._report(registry.OVER_LIMIT, TOO_MANY, event)
                return None
            if self._frames:
                self._frames[-1].children.append(node)
            else:
                root = node

    def _scalar(self, event: Any) -> Scalar:
        text: str = event.value
        if self._stand_ins:
            text = text.translate(self._stand_ins)
        style: str = event.style or ""
        start, end = event.start_mark.index, event.end_mark.index
        if event.anchor or event.tag:
            start = self._after_properties(start, end)
        if style in ("|", ">"):
            end = start + len(self.text[start:end].rstrip(WHITE_SPACE))
        elif style not in ("'", '"'):
            style = ""
        value = self._value(event, text, style)
        node = Scalar(self.block, self._original(start), self._original(end), text, value, style)
        if event.anchor:
            self._anchors[event.anchor] = (node, 1)
        return node

    def _value(self, event: Any, text: str, style: str) -> Any:
        tag: str | None = event.tag
        if tag is None:
            return text if style else self._in_range(event, text, resolve(text))
        if tag == "!":
            return text
        if tag not in CORE_TAGS:
            self._report_tag(event)
            return text
        try:
            return self._in_range(event, text, resolve_tagged(text, tag))
        except ValueError as error:
            self._report(registry.UNSUPPORTED_TAG, str(error), event)
            return text

    def _in_range(self, event: Any, text: str, value: Any) -> Any:
        """Return a value; for a number that has become infinite, its text."""
        if not is_out_of_range(text, value):
            return value
        shown = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
        self._report(registry.OVER_LIMIT, f"the number {shown} is out of range: write it as a string", event)
        return text

    def _open(self, event: Any) -> None:
        if event.tag and event.tag not in CORE_TAGS and event.tag != "!":
            self._report_tag(event)
        if event.anchor:
            self._anchors.pop(event.anchor, None)
        self._frames.append(_Frame(event, self.size))
        if len(self._frames) > MAX_DEPTH:
            self._report(registry.OVER_LIMIT, TOO_DEEP, event)
            raise _LimitReachedError

    def _close(self, event: Any) -> Node:
        frame = self._frames.pop()
        start = frame.event.start_mark.index
        if frame.anchor or frame.event.tag:
            start = self._after_properties(start, len(self.text))
        start = self._original(start)
        children = frame.children
        if not frame.block_style:
            end = self._original(event.end_mark.index)
        else:
            end = max(children[-1].end, start) if children else start
        node: Node
        if isinstance(frame.event, SequenceStartEvent):
            node = Sequence(self.block, start, end, tuple(children))
        else:
            if frame.block_style and children:
                start = children[0].start
            pairs, merges = self._pairs(children)
            node = Mapping(self.block, start, end, pairs, merges)
        if frame.anchor:
            self._anchors[frame.anchor] = (node, self.size - frame.size_before + 1)
        return node

    def _pairs(self, children: list[Node]) -> tuple[tuple[Pair, ...], tuple[Scalar, ...]]:
        pairs: list[Pair] = []
        merges: list[Pair] = []
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, Scalar):
                self.problems.append(_invalid_key(key))
            elif key.text == "<<" and not key.style:
                merges.append(Pair(key, value))
            else:
                pairs.append(Pair(key, value))
        unique = unique_pairs(pairs, self.problems)
        if not merges:
            return unique, ()
        return self._merge(unique, merges), tuple(pair.key for pair in merges)

    def _merge(self, own: tuple[Pair, ...], merges: list[Pair]) -> tuple[Pair, ...]:
        merged = {pair.key.text: pair for pair in own}
        for key, value in merges:
            for source in value.items if isinstance(value, Sequence) else (value,):
                if not isinstance(source, Mapping):
                    self.problems.append(
                        Problem(registry.INVALID_KEY, "`<<` must be a map or a list of maps", key)
                    )
                    continue
                for pair in source.pairs:
                    merged.setdefault(pair.key.text, pair)
        return tuple(merged.values())

    def _alias(self, event: Any) -> Node:
        name: str = event.anchor
        start, end = self._original(event.start_mark.index), self._original(event.end_mark.index)
        target = self._anchors.get(name)
        if target is None:
            self.foreign_alias = True
            inside = any(frame.anchor == name for frame in self._frames)
            message = (
                f"alias `*{name}` is inside its own anchor"
                if inside
                else f"undefined alias `*{name}`: no anchor `&{name}` before it"
            )
            self._report(registry.UNDEFINED_ALIAS, message, event)
            return Scalar(self.block, start, end, "", None, "")
        node, size = target
        self._count(size - 1, event)
        return _at_alias(node, start, end)

    def _count(self, nodes: int, event: Any) -> None:
        self.size += nodes
        if self.size > MAX_NODES:
            self._report(
                registry.OVER_LIMIT, f"more than {MAX_NODES:,} values when aliases are expanded", event
            )
            raise _LimitReachedError

    def _after_properties(self, start: int, end: int) -> int:
        match = _PROPERTIES.match(self.text, start, end)
        return match.end() if match else start

    def _report_tag(self, event: Any) -> None:
        start = event.start_mark.index
        match = _TAG.match(self.text, start)
        span = match.span(1) if match else (start, start + 1)
        message = (
            f"unknown tag `{match[1] if match else '!'}`: only the tags of YAML's core schema are supported"
        )
        self.problems.append(
            Problem(registry.UNSUPPORTED_TAG, message, Span(self.block, *map(self._original, span)))
        )

    def _report(self, code: str, message: str, event: Any) -> None:
        span = Span(self.block, self._original(event.start_mark.index), self._original(event.end_mark.index))
        self.problems.append(Problem(code, message, span))


def _with_stand_ins(text: str) -> tuple[str, dict[int, int]]:
    """Return a text in which libyaml sees no line break that YAML 1.2 does not know, and how to translate back.

    YAML 1.1 ends lines at U+0085, U+2028 and U+2029 too. Characters for private use stand for them, ones that the
    text does not contain as they are or as an escape.
    """
    found = [mark for mark in _TEXT_IN_YAML_1_2 if mark in text]
    if not found:
        return text, {}
    lower = text.lower()
    free = (code for code in _PRIVATE_USE if chr(code) not in text and f"{code:x}" not in lower)
    codes = {ord(mark): next(free) for mark in found}
    return text.translate(codes), {code: mark for mark, code in codes.items()}


def _identity(offset: int) -> int:
    return offset


def _at_alias(node: Node, start: int, end: int) -> Node:
    """Return a copy of the anchored node with the range of an alias."""
    twin = copy(node)
    twin.start, twin.end, twin.alias = start, end, True
    return twin
