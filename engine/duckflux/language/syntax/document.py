"""A parsed file: its text, its tree and the positions of its nodes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from .. import registry
from ..budget import check_budget
from .blocks import BlockRange, split_blocks
from .line_index import LineIndex
from .nodes import Block, Mapping, Node, Pair, Problem, Ranged, Scalar, Sequence, Span
from .parser import MAX_WRITTEN, TOO_MANY, Parsed, parse_block, unique_pairs
from .scalars import WHITE_SPACE

MAX_BYTES = 10 * 1024 * 1024
_TOO_LONG = f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB"


class Document:
    """An immutable document.

    `root` is None for a text without content or one that cannot be parsed; `problems` are those of its YAML.
    """

    __slots__ = ("_bases", "_lines", "_parts", "problems", "root", "text")

    def __init__(
        self, text: str, parts: list[tuple[int, Parsed]], root: Node | None, problems: tuple[Problem, ...]
    ) -> None:
        self.text = text
        self._lines: LineIndex | None = None
        self.root = root
        self.problems = problems
        self._parts = parts
        self._bases = {part.block: base for base, part in parts}

    @property
    def lines(self) -> LineIndex:
        """Return the line index, which is created on first use: not every document needs one."""
        if self._lines is None:
            self._lines = LineIndex(self.text)
        return self._lines

    @property
    def size(self) -> int:
        """Return the number of values, with aliases expanded."""
        return sum(part.size for _, part in self._parts)

    @property
    def is_over_limit(self) -> bool:
        """Return whether the text was not read because it is over a limit."""
        return self.root is None and any(p.code == registry.OVER_LIMIT for p in self.problems)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the text, in hex."""
        import hashlib

        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    def offsets(self, span: Ranged) -> tuple[int, int]:
        """Return (start, end) of a node or span in the whole text, in code points."""
        base = self._bases[span.block]
        return base + span.start, base + span.end

    def position(self, span: Ranged) -> tuple[int, int]:
        """Return the 0-based (line, column) of the start of a node or span."""
        return self.lines.position(self._bases[span.block] + span.start)

    def source(self, span: Ranged) -> str:
        """Return the text of a node or span."""
        return span.block.text[span.start : span.end]

    def first_line(self) -> Span:
        """Return the span of the first line with text, which stands for the file as a whole."""
        _, part = self._parts[0]
        text = part.block.text
        start = len(text) - len(text.lstrip(WHITE_SPACE)) if text.strip(WHITE_SPACE) else 0
        end = text.find("\n", start)
        return Span(part.block, start, len(text.rstrip(WHITE_SPACE)) if end < 0 else end)

    def errors(self) -> Iterator[Problem]:
        """Yield the problems that make the text invalid."""
        return (problem for problem in self.problems if problem.code != registry.UNKNOWN_DIRECTIVE)

    def broken(self) -> set[Block]:
        """Return the blocks with syntax errors, and their heads.

        A field that seems to be missing there may only be hidden by the error.
        """
        blocks = {
            p.span.block for p in self.problems if p.code in (registry.SYNTAX_ERROR, registry.OVER_LIMIT)
        }
        for (_, part), (_, following) in pairwise(self._parts):
            if following.block in blocks and following.block.text[:1] in (" ", "-"):
                blocks.add(part.block)
        return blocks

    def reusable(self) -> dict[str, list[Parsed]]:
        """Return the parsed blocks by their text, each to be used once.

        Blocks of equal text are in reverse order, so that popping them keeps the order of the document.
        """
        blocks: dict[str, list[Parsed]] = {}
        for _, part in reversed(self._parts):
            blocks.setdefault(part.block.text, []).append(part)
        return blocks


def too_large(text: str = "", message: str = _TOO_LONG) -> Document:
    """Return the document of a text that is over a limit. The text may be left out."""
    part = _unparsed(text)
    return Document(text, [(0, part)], None, (Problem(registry.OVER_LIMIT, message, Span(part.block, 0, 0)),))


def unread(text: str) -> Document:
    """Return the document of a text that is not parsed."""
    return Document(text, [(0, _unparsed(text))], None, ())


def _unparsed(text: str) -> Parsed:
    return Parsed(Block(text), None, (), False, False)


def parse(text: str, previous: Document | None = None) -> Document:
    """Return the document of a text.

    `previous` only saves work: its unchanged blocks are reused.
    """
    check_budget()
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return too_large(text)
    start = 1 if text.startswith("\ufeff") else 0
    reusable = previous.reusable() if previous else {}
    ranges = split_blocks(text[start:] if start else text)
    if ranges is None:
        return _whole(text, start, reusable)
    parts = _parts(text, start, ranges, reusable)
    if parts is None:
        return too_large(text, TOO_MANY)
    if any(part.foreign_alias for _, _, part in parts):
        return _whole(text, start, reusable)
    if any(part.unclosed for _, _, part in parts):
        whole = _whole(text, start, reusable)
        if not any(whole.errors()):
            return whole
    return _assemble(text, parts)


def _parts(
    text: str, start: int, ranges: list[BlockRange], reusable: dict[str, list[Parsed]]
) -> list[tuple[BlockRange, int, Parsed]] | None:
    """Return the parsed blocks with their ranges and offsets, None if they have more values than a file may."""
    parts = []
    written = 0
    for block in ranges:
        part = _parsed(text[start + block.start : start + block.end], reusable)
        written += part.written
        if written > MAX_WRITTEN:
            return None
        parts.append((block, start + block.start, part))
    return parts


def _parsed(text: str, reusable: dict[str, list[Parsed]]) -> Parsed:
    unchanged = reusable.get(text)
    return unchanged.pop() if unchanged else parse_block(text)


def _whole(text: str, start: int, reusable: dict[str, list[Parsed]]) -> Document:
    part = _parsed(text[start:], reusable)
    return Document(text, [(start, part)], part.root, part.problems)


def _assemble(text: str, parts: list[tuple[BlockRange, int, Parsed]]) -> Document:
    """Return a document with one tree from the trees of the blocks.

    A node that spans blocks belongs to the first of them.
    """
    bases = {part.block: base for _, base, part in parts}
    problems: list[Problem] = [problem for _, _, part in parts for problem in part.problems]
    pairs: list[Pair] = []
    children: list[Node | Pair] = []
    for block_range, _, part in parts:
        if block_range.role in ("section", "head"):
            _attach_children(pairs, children, bases, problems)
            children = []
            pairs.extend(_pairs(part, problems))
        elif isinstance(part.root, Sequence) and block_range.role == "item":
            children.extend(part.root.items)
        elif block_range.role == "entry":
            children.extend(_pairs(part, problems))
    _attach_children(pairs, children, bases, problems)
    root = _mapping_across_blocks(pairs, bases, unique_pairs(pairs, problems)) if pairs else None
    return Document(text, [(base, part) for _, base, part in parts], root, tuple(problems))


def _pairs(part: Parsed, problems: list[Problem]) -> tuple[Pair, ...]:
    if isinstance(part.root, Mapping):
        return part.root.pairs
    if isinstance(part.root, Scalar) and part.root.value is not None:
        first_line = part.root.text.partition("\n")[0]
        problems.append(Problem(registry.SYNTAX_ERROR, f"expected `:` after `{first_line[:40]}`", part.root))
    return ()


def _attach_children(
    pairs: list[Pair], children: list[Node | Pair], bases: dict[Block, int], problems: list[Problem]
) -> None:
    """Set the collected children of a split section as the value of its key."""
    if not children or not pairs:
        return
    value: Node
    entries = [child for child in children if isinstance(child, Pair)]
    if entries:
        value = _mapping_across_blocks(entries, bases, unique_pairs(entries, problems))
    else:
        items = [child for child in children if isinstance(child, Node)]
        first, last = items[0], items[-1]
        end = bases[last.block] + last.end - bases[first.block]
        value = Sequence(first.block, first.block.text.index("-"), end, tuple(items))
    pairs[-1] = Pair(pairs[-1].key, value)


def _mapping_across_blocks(entries: list[Pair], bases: dict[Block, int], pairs: tuple[Pair, ...]) -> Mapping:
    first, last = entries[0].key, entries[-1].value
    end = bases[last.block] + last.end - bases[first.block]
    return Mapping(first.block, first.start, end, pairs)
