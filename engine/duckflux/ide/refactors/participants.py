"""Moves an inline step to `participants`, and turns a bare name into an override."""

from __future__ import annotations

from collections.abc import Iterator

from ...language.analysis import Analysis
from ...language.free_names import free_name
from ...language.model.workflow import Call, Participant, step_names
from ...language.syntax import Document, Mapping, Pair
from ...language.syntax.edits import TextEdit, add_entry, is_after_dash, is_flow, line_break
from .text_fragments import TextFragments, indented
from .wrap import selected

_STEP_FIELDS = ("as", "when")


def moves(analysis: Analysis, start: int, end: int) -> Iterator[tuple[str, str, tuple[TextEdit, ...]]]:
    """Yield (title, kind, edits) for the one step that is selected."""
    steps = selected(analysis, start, end)
    if len(steps) != 1 or not isinstance(steps[0], Call) or steps[0].node.alias:
        return
    step = steps[0]
    if step.inline is not None:
        edits = to_participants(analysis, step.inline)
        if edits is not None:
            yield "Move to `participants`", "extract", edits
    elif step.name is not None and step.name is step.node:
        yield "Add overrides", "rewrite", (_override(analysis.document, step),)


def to_participants(analysis: Analysis, inline: Participant) -> tuple[TextEdit, ...] | None:
    """Return the edits that move an inline step to `participants`, or None if it can't be moved as text.

    The fields that belong to this step alone stay.
    """
    document, node = analysis.document, inline.node
    kept = [pair for pair in node if pair.key.text not in _STEP_FIELDS]
    if node.alias or node.merges or not kept:
        return None
    name = inline.name or free_name(f"{inline.type or 'new'}_step", step_names(analysis.workflow))
    if name in analysis.workflow.participants:
        return None
    entry = _entry(document, node, name, kept)
    added = add_entry(document, "participants", entry)
    if added is None:
        return None
    when = node.pair("when")
    start, end = document.offsets(node)
    if not is_flow(document, node):
        # The comment behind its last field moves with it.
        end = document.lines.line_end(document.lines.position(end)[0])
    return added, TextEdit(start, end, _call(document, node, name, when))


def _call(document: Document, node: Mapping, name: str, when: Pair | None) -> str:
    """Return the step that is left: the name, with the `when` and the comments of it."""
    if when is None:
        return name
    if is_flow(document, node):
        return f"{{{name}: {{{_source(document, when)}}}}}"
    lines = TextFragments(document).entry(node, when)
    if lines == [_source(document, when)]:
        return f"{name}: {{{lines[0]}}}"
    pad = " " * document.position(node)[1]
    return line_break(document).join(
        [f"{name}:", *(f"{pad}{line}" if line else "" for line in indented(lines))]
    )


def _entry(document: Document, node: Mapping, name: str, pairs: list[Pair]) -> list[str]:
    """Return the lines of the participant, without indentation."""
    if is_flow(document, node):
        return [f"{name}: {{{', '.join(_source(document, pair) for pair in pairs)}}}"]
    fragments = TextFragments(document)
    named = node.pair("as")
    *above, last = fragments.entry(node, named) if named is not None else [""]
    comment = last.removeprefix(_source(document, named)) if named is not None else ""
    fields = (line for pair in pairs for line in indented(fragments.entry(node, pair)))
    return [*above, f"{name}:{comment}", *fields]


def _source(document: Document, pair: Pair) -> str:
    return document.text[document.offsets(pair.key)[0] : document.offsets(pair.value)[1]]


def _override(document: Document, step: Call) -> TextEdit:
    start, end = document.offsets(step.node)
    if not is_after_dash(document, start):
        return TextEdit(start, end, f"{{{document.text[start:end]}: {{timeout: 5m}}}}")
    return TextEdit(
        end, end, f":{line_break(document)}{' ' * (document.position(step.node)[1] + 2)}timeout: 5m"
    )
