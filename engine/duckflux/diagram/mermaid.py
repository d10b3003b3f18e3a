"""Writes a diagram as a Mermaid flowchart, which Markdown on GitHub and GitLab draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .links import BEGIN, END, Cluster, Graph, Link, Node
from .results import Shown

# The brackets of a node, by kind.
_SHAPES = {
    "if": ("{{", "}}"),
    "parallel": ("[/", "\\]"),
    "loop": ("([", "])"),
    "workflow": ("[[", "]]"),
    "wait": ("(", ")"),
    "emit": ("(", ")"),
}
_CLASSES = {
    "success": "stroke:#1f7a45,stroke-width:3px",
    "failure": "stroke:#c9303e,stroke-width:3px",
    "running": "stroke:#9a5d00,stroke-width:3px",
    "skipped": "stroke:#6d7684,stroke-dasharray:2 3",
    "cancelled": "stroke:#6d7684,stroke-dasharray:2 3",
}


def mermaid_of(graph: Graph, results: Mapping[str, Shown]) -> str:
    """Return the graph as the text of a Mermaid flowchart."""
    lines = [
        "---",
        f"title: {_quoted(graph.title)}",
        "---",
        "flowchart TD",
        *(f"%% {note}" for note in graph.notes),
        f'  {BEGIN}(("begin"))',
        *_members(graph.members, results, "  "),
        f'  {END}(("end"))',
        *(_link(link) for link in graph.links),
        *_classes(graph, results),
    ]
    return "\n".join(lines) + "\n"


def _members(
    members: tuple[Node | Cluster, ...], results: Mapping[str, Shown], indentation: str
) -> Iterator[str]:
    for member in members:
        if isinstance(member, Node):
            opening, closing = _SHAPES.get(member.kind, ("[", "]"))
            text = "<br/>".join(_escaped(line) for line in _lines(member, results))
            yield f'{indentation}{member.id}{opening}"{text}"{closing}'
        elif member.members:
            yield f'{indentation}subgraph {member.id}["{_escaped(member.title)}"]'
            yield from _members(member.members, results, indentation + "  ")
            yield f"{indentation}end"


def _lines(node: Node, results: Mapping[str, Shown]) -> tuple[str, ...]:
    result = results.get(node.key)
    return (*node.lines, result.label) if result is not None else node.lines


def _link(link: Link) -> str:
    arrow = "-.->" if link.dashed else "-->"
    label = f'|"{_escaped(link.label)}"|' if link.label else ""
    return f"  {link.source} {arrow}{label} {link.target}"


def _classes(graph: Graph, results: Mapping[str, Shown]) -> Iterator[str]:
    """Yield the classes of the statuses that occur, and their nodes."""
    for status, style in _CLASSES.items():
        nodes = [
            node.id for node in graph.nodes() if (result := results.get(node.key)) and result.status == status
        ]
        if nodes:
            yield f"  classDef {status} {style}"
            yield f"  class {','.join(nodes)} {status}"


def _quoted(text: str) -> str:
    r"""Return a text as a quoted YAML scalar; Mermaid reads `\` in it as YAML does."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _escaped(text: str) -> str:
    """Return a text without what Mermaid, Markdown and HTML read as theirs, as character references."""
    return "".join(c if c.isalnum() or c in " .,:-_/…×→✓✗⊘⟳⏸·" else f"#{ord(c)};" for c in text)
