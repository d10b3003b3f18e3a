"""Places the steps of a diagram: from top to bottom, branches side by side, constructs as frames.

The structure is a tree, so that no graph layout is needed: sizes come from the inside out, positions from the
outside in. All numbers are pixels.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from .model import MORE, Diagram, DiagramStep, Fallback, Group, drawn_steps

WIDTH = 236
LINE = 16
_TITLE_LENGTH, _DETAIL_LENGTH = 24, 33
_PADDING, _TITLE_LINE = 8, 18
_GAP = 26
_SIDE = 28
_MARGIN = 16
_FRAME, _HEADER = 16, 30
_EMPTY = 48

EdgeKind: TypeAlias = Literal["next", "repeat", "fallback"]


class Box(NamedTuple):
    """A step at its place. `lines` are its title, which is followed by its kind, and what is written below.

    `result` is where the baseline of its result is. A `frame` has other boxes inside.
    """

    key: str
    kind: str
    x: int
    y: int
    width: int
    height: int
    lines: tuple[str, ...]
    description: str
    result: tuple[int, int]
    frame: bool = False


class Edge(NamedTuple):
    """A line through points, with an arrow at its end if it leads to a step; `label` stands beside its begin."""

    kind: EdgeKind
    points: tuple[tuple[int, int], ...]
    arrow: bool = True
    label: str = ""


class Layout(NamedTuple):
    """A placed diagram. Boxes come in the order of the text, frames before what they hold."""

    title: str
    width: int
    height: int
    notes: tuple[str, ...]
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]


class _Block(NamedTuple):
    """A step with all inside it, or a list of steps; it is entered and left at `axis`, counted from its left."""

    width: int
    height: int
    axis: int
    step: DiagramStep | None
    parts: tuple[_Block, ...]


def layout_of(diagram: Diagram) -> Layout:
    """Return where everything of a diagram is."""
    notes = _notes(diagram)
    flow = _sequence(diagram.flow)
    top = _MARGIN + _TITLE_LINE + LINE * len(notes) + 12
    # The flow begins and ends at points.
    boxes: list[Box] = []
    edges: list[Edge] = []
    x, y = _MARGIN, top + _GAP
    axis = x + flow.axis
    edges.append(Edge("next", ((axis, top), (axis, y))))
    for shape in _placed(flow, x, y):
        (boxes if isinstance(shape, Box) else edges).append(shape)  # type: ignore[arg-type]
    bottom = y + flow.height
    edges.append(Edge("next", ((axis, bottom), (axis, bottom + _GAP))))
    texts = [diagram.title, *notes]
    width = max(flow.width, *(9 * text_width(text) for text in texts)) + 2 * _MARGIN
    return Layout(diagram.title, width, bottom + _GAP + _MARGIN, notes, tuple(boxes), tuple(edges))


def text_width(text: str) -> int:
    """Return how many columns a text takes; characters of East Asia take two."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def shortened(text: str, columns: int) -> str:
    """Return a text that takes at most so many columns, with a mark if it was cut."""
    if text_width(text) <= columns:
        return text
    taken = 0
    for end, character in enumerate(text):
        taken += text_width(character)
        if taken >= columns:
            return text[:end].rstrip() + "…"
    return text


def _notes(diagram: Diagram) -> tuple[str, ...]:
    hidden = sum(step.hidden for step in drawn_steps(diagram.flow))
    if not hidden:
        return diagram.notes
    return (*diagram.notes, f"{diagram.total - hidden:,} of {diagram.total:,} steps are drawn")


# Sizes, from the inside out.


def _sequence(group: Group) -> _Block:
    """Return a list of steps below each other, on one axis."""
    if not group.steps:
        return _Block(_EMPTY, 0, _EMPTY // 2, None, ())
    parts = tuple(_block(step) for step in group.steps)
    axis = max(part.axis for part in parts)
    right = max(part.width - part.axis for part in parts)
    height = sum(part.height for part in parts) + _GAP * (len(parts) - 1)
    return _Block(axis + right, height, axis, None, parts)


def _block(step: DiagramStep) -> _Block:
    if step.groups or step.kind in ("loop", "parallel", "if"):
        return _construct(step, tuple(_sequence(group) for group in step.groups))
    beside = (_SIDE + WIDTH) if step.fallbacks else 0
    below = _fallback_height(step.fallbacks)
    return _Block(WIDTH + beside, max(_step_height(step), below), WIDTH // 2, step, ())


def _construct(step: DiagramStep, parts: tuple[_Block, ...]) -> _Block:
    inner_width = sum(part.width for part in parts) + _GAP * (len(parts) - 1 if parts else 0)
    inner_height = max((part.height for part in parts), default=0)
    # The way back of a loop is at its right.
    way_back = _SIDE if step.kind == "loop" else 0
    width = max(inner_width + way_back, WIDTH - 2 * _FRAME) + 2 * _FRAME
    left = (width - inner_width - way_back) // 2
    axis = left + parts[0].axis if len(parts) == 1 else width // 2
    return _Block(width, _head_height(step) + _fork(step) + inner_height + _fork(step), axis, step, parts)


def _fork(step: DiagramStep) -> int:
    """Return the room for the lines between the edge of a frame and what it holds."""
    return _GAP if step.kind == "loop" else _GAP + 10


def _head_height(step: DiagramStep) -> int:
    return _PADDING * 2 + _TITLE_LINE + LINE * (bool(step.detail) + 1)


def _step_height(step: DiagramStep) -> int:
    lines = bool(step.detail) + len(step.notes) + 1
    return _PADDING * 2 + _TITLE_LINE + LINE * lines - 4


def _fallback_height(fallbacks: Sequence[Fallback]) -> int:
    return sum(_one_fallback_height() + _PADDING for _ in fallbacks)


def _one_fallback_height() -> int:
    return _PADDING * 2 + _TITLE_LINE + LINE * 2 - 4


# Positions, from the outside in.


def _placed(block: _Block, x: int, y: int) -> Iterator[Box | Edge]:
    """Yield what a block draws if its corner is at a point."""
    step = block.step
    if step is None:
        yield from _placed_sequence(block, x, y)
    elif block.parts:
        yield from _placed_construct(block, step, x, y)
    else:
        yield _step_box(step, x, y)
        yield from _placed_fallbacks(step, x, y)


def _placed_sequence(block: _Block, x: int, y: int) -> Iterator[Box | Edge]:
    axis = x + block.axis
    for index, part in enumerate(block.parts):
        if index:
            yield Edge("next", ((axis, y), (axis, y + _GAP)))
            y += _GAP
        yield from _placed(part, axis - part.axis, y)
        # A step with a taller fallback beside it ends above its block.
        own = _drawn_height(part)
        y += part.height
        if own < part.height:
            yield Edge("next", ((axis, y - part.height + own), (axis, y)), arrow=False)


def _drawn_height(block: _Block) -> int:
    return block.height if block.parts or block.step is None else _step_height(block.step)


def _placed_construct(block: _Block, step: DiagramStep, x: int, y: int) -> Iterator[Box | Edge]:
    head = _head_height(step)
    columns = max(_DETAIL_LENGTH, (block.width - 2 * _PADDING) // 7)
    lines = (shortened(step.title, columns), *((shortened(step.detail, columns),) if step.detail else ()))
    result = (x + _FRAME, y + head - _PADDING)
    yield Box(
        step.key, step.kind, x, y, block.width, block.height, lines, _described(step), result, frame=True
    )
    top, bottom = y + head, y + block.height
    axis = x + block.axis
    room = sum(part.width for part in block.parts) + _GAP * (len(block.parts) - 1)
    left = axis - block.parts[0].axis if len(block.parts) == 1 else x + (block.width - room) // 2
    for group, part in zip(step.groups, block.parts, strict=True):
        yield from _placed_part(step, group, part, (left, top, bottom, axis))
        left += part.width + _GAP
    if step.kind == "loop":
        yield _way_back(block, x, y, head)


def _placed_part(
    step: DiagramStep, group: Group, part: _Block, where: tuple[int, int, int, int]
) -> Iterator[Box | Edge]:
    """Yield one branch, or the body of a loop, with the lines that lead there and away."""
    left, top, bottom, axis = where
    fork = _fork(step)
    begin, middle = top + fork, left + part.axis
    turn = top + 10
    way = (
        ((axis, top), (axis, turn), (middle, turn), (middle, begin))
        if middle != axis
        else ((axis, top), (axis, begin))
    )
    end = begin + part.height
    join = bottom - 10
    label = group.label
    if not part.parts:
        # Nothing to do: one line from the fork to the join.
        way = (
            (*way[:-1], (middle, join), (axis, join), (axis, bottom))
            if middle != axis
            else ((axis, top), (axis, bottom))
        )
        yield Edge("next", way, arrow=False, label=label)
        return
    yield Edge("next", way, label=label)
    yield from _placed(part, left, begin)
    back = (
        ((middle, end), (middle, join), (axis, join), (axis, bottom))
        if middle != axis
        else ((axis, end), (axis, bottom))
    )
    yield Edge("next", back, arrow=False)


def _way_back(block: _Block, x: int, y: int, head: int) -> Edge:
    """Return the line from the end of a loop's body to its begin."""
    axis, right = x + block.axis, x + block.width - _FRAME
    bottom, top = y + block.height - 10, y + head + 10
    return Edge("repeat", ((axis, bottom), (right, bottom), (right, top), (axis, top)))


def _step_box(step: DiagramStep, x: int, y: int) -> Box:
    height = _step_height(step)
    texts = (*((step.detail,) if step.detail else ()), *step.notes)
    lines = (
        shortened(step.title, _TITLE_LENGTH if step.kind != MORE else _DETAIL_LENGTH),
        *(shortened(text, _DETAIL_LENGTH) for text in texts),
    )
    return Box(
        step.key, step.kind, x, y, WIDTH, height, lines, _described(step), (x + 10, y + height - _PADDING)
    )


def _placed_fallbacks(step: DiagramStep, x: int, y: int) -> Iterator[Box | Edge]:
    left = x + WIDTH + _SIDE
    for fallback in step.fallbacks:
        height = _one_fallback_height()
        middle = y + height // 2
        lines = (shortened(fallback.participant, _TITLE_LENGTH), f"instead, {fallback.field}")
        description = f"{fallback.participant}, {fallback.kind}, instead of {step.title}: {fallback.field}"
        result = (left + 10, y + height - _PADDING)
        yield Edge("fallback", ((x + WIDTH, middle), (left, middle)))
        yield Box(fallback.key, "fallback", left, y, WIDTH, height, lines, description, result)
        y += height + _PADDING


def _described(step: DiagramStep) -> str:
    """Return a step in words, uncut, for titles and screen readers."""
    name = step.title if step.kind in (MORE, step.title.partition(" ")[0]) else f"{step.title}, {step.kind}"
    return ", ".join((f"{name}: {step.detail}" if step.detail else name, *step.notes))
