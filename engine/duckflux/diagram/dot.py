"""Writes a diagram as a graph in the DOT language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .links import BEGIN, END, Cluster, Graph, Link, Node
from .results import Shown

_SHAPES = {
    "if": "diamond",
    "parallel": "trapezium",
    "loop": "hexagon",
    "workflow": "box3d",
    "wait": "oval",
    "emit": "oval",
    "fallback": "note",
}
_STATUSES = {
    "success": 'color="#1f7a45", penwidth=2',
    "failure": 'color="#c9303e", penwidth=2',
    "running": 'color="#9a5d00", penwidth=2',
    "skipped": 'color="#6d7684", style="dashed"',
    "cancelled": 'color="#6d7684", style="dashed"',
}


def dot_of(graph: Graph, results: Mapping[str, Shown]) -> str:
    """Return the graph as a text in DOT."""
    label = "\\n".join(_escaped(line) for line in (graph.title, *graph.notes))
    lines = [
        f"digraph {_quoted(graph.title)} {{",
        f'  graph [label="{label}", labelloc="t", fontname="sans-serif"]',
        '  node [shape="box", fontname="sans-serif"]',
        '  edge [fontname="sans-serif"]',
        f'  {BEGIN} [shape="circle", label="", width=0.2, style="filled", fillcolor="black"]',
        *_members(graph.members, results, "  "),
        f'  {END} [shape="doublecircle", label="", width=0.15, style="filled", fillcolor="black"]',
        *(_link(link) for link in graph.links),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _members(
    members: tuple[Node | Cluster, ...], results: Mapping[str, Shown], indentation: str
) -> Iterator[str]:
    for member in members:
        if isinstance(member, Node):
            yield f"{indentation}{member.id} [{_attributes(member, results.get(member.key))}]"
        elif member.members:
            yield f"{indentation}subgraph cluster_{member.id} {{"
            yield f'{indentation}  label={_quoted(member.title)}; style="rounded"'
            yield from _members(member.members, results, indentation + "  ")
            yield f"{indentation}}}"


def _attributes(node: Node, result: Shown | None) -> str:
    lines = (*node.lines, result.label) if result is not None else node.lines
    parts = ['label="' + "\\n".join(_escaped(line) for line in lines) + '"']
    if node.kind in _SHAPES:
        parts.append(f'shape="{_SHAPES[node.kind]}"')
    if result is not None:
        parts.append(_STATUSES[result.status])
    return ", ".join(parts)


def _link(link: Link) -> str:
    attributes = [
        *([f"label={_quoted(link.label)}"] if link.label else []),
        *(['style="dashed"'] * link.dashed),
    ]
    shown = f" [{', '.join(attributes)}]" if attributes else ""
    return f"  {link.source} -> {link.target}{shown}"


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    r"""Return a text in a quoted string, where `\` begins escapes such as `\N`, and `&amp;` is a character."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
