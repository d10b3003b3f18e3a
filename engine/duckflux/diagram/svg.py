"""Draws a placed diagram as SVG: for itself as a file, and as what the page's script colors.

Each step is a group with its JSON pointer in `data-step`; a status is a class, its label a text of the class
`result`. Nothing is styled but by classes, so that a page may allow the style sheet alone.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from pathlib import Path

from .layout import Box, Edge, Layout
from .results import Shown

_STYLE = Path(__file__).parent / "page" / "diagram.css"
_NO_RESULTS: Mapping[str, Shown] = {}


def svg_of(layout: Layout, results: Mapping[str, Shown] = _NO_RESULTS, *, styled: bool = True) -> str:
    """Return the diagram as SVG with its style sheet, or without it for a page that has it already."""
    size = f'width="{layout.width}" height="{layout.height}" viewBox="0 0 {layout.width} {layout.height}"'
    title = _escaped(layout.title)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="flow-diagram" {size} role="group" '
        f'aria-label="Flow of {title}">',
        f"<title>Flow of {title}</title>",
        *([f"<style>\n{style_sheet()}</style>"] if styled else ()),
        _text(16, 30, "heading", layout.title),
        *(_text(16, 48 + 16 * index, "note", note) for index, note in enumerate(layout.notes)),
        *_ends(layout),
        *(line for at, box in enumerate(layout.boxes) if box.frame for line in _box(box, at, results)),
        *(line for edge in layout.edges for line in _edge(edge)),
        *(line for at, box in enumerate(layout.boxes) if not box.frame for line in _box(box, at, results)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def style_sheet() -> str:
    """Return the style sheet of a diagram, light and dark."""
    return _STYLE.read_text("utf-8")


def _ends(layout: Layout) -> Iterator[str]:
    """Yield the points where the flow begins and ends."""
    (begin_x, begin_y), (end_x, end_y) = layout.edges[0].points[0], layout.edges[-1].points[-1]
    yield f'<circle class="end" cx="{begin_x}" cy="{begin_y}" r="5"/>'
    yield f'<circle class="shape" cx="{end_x}" cy="{end_y + 6}" r="6"/>'
    yield f'<circle class="end" cx="{end_x}" cy="{end_y + 6}" r="3"/>'


def _box(box: Box, order: int, results: Mapping[str, Shown]) -> Iterator[str]:
    result = results.get(box.key)
    status = f" {result.status}" if result is not None else ""
    frame = " frame" if box.frame else ""
    label = f"{box.description}: {result.label}" if result is not None else box.description
    yield (
        f'<g class="step {_escaped(box.kind)}{frame}{status}" data-step="{_escaped(box.key)}" role="img" '
        f'aria-label="{_escaped(label)}" data-description="{_escaped(box.description)}" data-order="{order}">'
    )
    yield f"<title>{_escaped(label)}</title>"
    yield _shape(box)
    left, top = (box.x + (16 if box.frame else 10)), box.y + 22
    yield _text(left, top, "name", box.lines[0])
    if box.kind not in ("more", "fallback") and box.kind != box.lines[0].partition(" ")[0]:
        right = box.x + box.width - 10
        yield f'<text class="kind" x="{right}" y="{top}" text-anchor="end">{_escaped(box.kind)}</text>'
    for index, line in enumerate(box.lines[1:], 1):
        yield _text(left, top + 16 * index, "detail", line)
    yield _text(*box.result, "result", result.label if result is not None else "")
    yield "</g>"


def _shape(box: Box) -> str:
    size = f'width="{box.width}" height="{box.height}"'
    radius = {"wait": 22, "emit": 22}.get(box.kind, 6)
    rect = f'<rect class="shape" x="{box.x}" y="{box.y}" {size} rx="{radius}"/>'
    if box.kind != "workflow":
        return rect
    # A sub-workflow has a second line at its sides.
    left, right, bottom = box.x + 4, box.x + box.width - 4, box.y + box.height
    return f'{rect}<path class="inner" d="M{left} {box.y}V{bottom}M{right} {box.y}V{bottom}"/>'


def _edge(edge: Edge) -> Iterator[str]:
    points = " ".join(f"{x},{y}" for x, y in edge.points)
    yield f'<polyline class="edge {edge.kind}" points="{points}"/>'
    if edge.arrow:
        yield f'<path class="head" d="{_arrow_head(*edge.points[-2:])}"/>'
    if edge.label:
        x, y = edge.points[2] if len(edge.points) > 2 else edge.points[0]
        yield _text(x + 6, y + 16, "label", edge.label)


def _arrow_head(before: tuple[int, int], end: tuple[int, int]) -> str:
    """Return the path of a triangle that points from one point to another, straight down or sideways."""
    (before_x, _), (x, y) = before, end
    if before_x == x:
        return f"M{x} {y}l-4 -8h8z"
    back = -8 if before_x < x else 8
    return f"M{x} {y}l{back} -4v8z"


def _text(x: int, y: int, kind: str, text: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{_escaped(text)}</text>'


def _escaped(text: str) -> str:
    return html.escape(text, quote=True)
