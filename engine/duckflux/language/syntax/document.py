"""A parsed file: its text, its tree, and where everything stands."""

from __future__ import annotations

from itertools import pairwise

from .. import registry
from .blocks import BlockRange, split_blocks
from .line_index import LineIndex
from .nodes import Block, Mapping, Node, Pair, Problem, Ranged, Scalar, Sequence, Span
from .parser import Parsed, parse_block, unique_pairs

MAX_BYTES = 10 * 1024 * 1024


class Document:
    """Immutable. `root` is None for an empty or hopeless text; `problems` are the text's own mistakes."""

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
        """Its lines. Made when they are first asked for: not every document's are."""
        if self._lines is None:
            self._lines = LineIndex(self.text)
        return self._lines

    @property
    def digest(self) -> str:
        """The SHA-256 of the text, in hex."""
        import hashlib

        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    def offsets(self, span: Ranged) -> tuple[int, int]:
        """(start, end) of a node or span in the whole text, in code points."""
        base = self._bases[span.block]
        return base + span.start, base + span.end

    def position(self, span: Ranged) -> tuple[int, int]:
        """0-based (line, column) where a node or span starts."""
        return self.lines.position(self._bases[span.block] + span.start)

    def source(self, span: Ranged) -> str:
        """The text that a node or span covers."""
        return span.block.text[span.start : span.end]

    def first_line(self) -> Span:
        """The first line with text: the place for what is wrong with the file as a whole."""
        _, part = self._parts[0]
        text = part.block.text
        start = len(text) - len(text.lstrip()) if text.strip() else 0
        end = text.find("\n", start)
        return Span(part.block, start, len(text.rstrip()) if end < 0 else end)

    def broken(self) -> set[Block]:
        """Blocks whose text does not parse, and the heads of such: what they lack says nothing, as it may
        only be hidden."""
        blocks = {
            p.span.block for p in self.problems if p.code in (registry.SYNTAX_ERROR, registry.OVER_LIMIT)
        }
        for (_, part), (_, following) in pairwise(self._parts):
            if following.block in blocks and following.block.text[:1] in (" ", "-"):
                blocks.add(part.block)
        return blocks

    def reusable(self) -> dict[str, list[Parsed]]:
        """The parsed blocks by their text, each to be used once; those of one text from the last to the first,
        so that popping them keeps their order."""
        blocks: dict[str, list[Parsed]] = {}
        for _, part in reversed(self._parts):
            blocks.setdefault(part.block.text, []).append(part)
        return blocks


def parse(text: str, previous: Document | None = None) -> Document:
    """The document of a text. `previous` only saves work: blocks that it had are taken over as they are."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        part = Parsed(Block(text), None, (), False, False)
        message = f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB"
        return Document(
            text, [(0, part)], None, (Problem(registry.OVER_LIMIT, message, Span(part.block, 0, 0)),)
        )
    start = 1 if text.startswith("\ufeff") else 0
    known = previous.reusable() if previous else {}
    pieces = split_blocks(text[start:] if start else text)
    if pieces is None:
        return _whole(text, start, known)
    parts = [
        (piece, start + piece.start, _parsed(text[start + piece.start : start + piece.end], known))
        for piece in pieces
    ]
    if any(part.foreign_alias for _, _, part in parts):
        return _whole(text, start, known)
    if any(part.unclosed for _, _, part in parts):
        whole = _whole(text, start, known)
        if not whole.problems:
            return whole
    return _assemble(text, parts)


def _parsed(text: str, known: dict[str, list[Parsed]]) -> Parsed:
    same = known.get(text)
    return same.pop() if same else parse_block(text)


def _whole(text: str, start: int, known: dict[str, list[Parsed]]) -> Document:
    part = _parsed(text[start:], known)
    return Document(text, [(start, part)], part.root, part.problems)


def _assemble(text: str, parts: list[tuple[BlockRange, int, Parsed]]) -> Document:
    """One tree from the blocks' trees. Nodes that span blocks are placed in their first block."""
    bases = {part.block: base for _, base, part in parts}
    problems: list[Problem] = [problem for _, _, part in parts for problem in part.problems]
    pairs: list[Pair] = []
    children: list[Node | Pair] = []
    for piece, _, part in parts:
        if piece.role in ("section", "head"):
            _adopt(pairs, children, bases, problems)
            children = []
            pairs.extend(_pairs(part, problems))
        elif isinstance(part.root, Sequence) and piece.role == "item":
            children.extend(part.root.items)
        elif piece.role == "entry":
            children.extend(_pairs(part, problems))
    _adopt(pairs, children, bases, problems)
    root = _spanning(pairs, bases, unique_pairs(pairs, problems)) if pairs else None
    return Document(text, [(base, part) for _, base, part in parts], root, tuple(problems))


def _pairs(part: Parsed, problems: list[Problem]) -> tuple[Pair, ...]:
    if isinstance(part.root, Mapping):
        return part.root.pairs
    if isinstance(part.root, Scalar) and part.root.value is not None:
        first_line = part.root.text.partition("\n")[0]
        problems.append(Problem(registry.SYNTAX_ERROR, f"expected `:` after `{first_line[:40]}`", part.root))
    return ()


def _adopt(
    pairs: list[Pair], children: list[Node | Pair], bases: dict[Block, int], problems: list[Problem]
) -> None:
    """Put the collected children of a split section under its key."""
    if not children or not pairs:
        return
    value: Node
    entries = [child for child in children if isinstance(child, Pair)]
    if entries:
        value = _spanning(entries, bases, unique_pairs(entries, problems))
    else:
        items = [child for child in children if isinstance(child, Node)]
        first, last = items[0], items[-1]
        end = bases[last.block] + last.end - bases[first.block]
        value = Sequence(first.block, first.block.text.index("-"), end, tuple(items))
    pairs[-1] = Pair(pairs[-1].key, value)


def _spanning(entries: list[Pair], bases: dict[Block, int], pairs: tuple[Pair, ...]) -> Mapping:
    first, last = entries[0].key, entries[-1].value
    end = bases[last.block] + last.end - bases[first.block]
    return Mapping(first.block, first.start, end, pairs)
