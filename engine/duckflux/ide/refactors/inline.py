"""Moves a participant to where it is run, as an inline step."""

from __future__ import annotations

from collections.abc import Iterator

from ...language.analysis import Analysis
from ...language.free_names import free_name
from ...language.model.workflow import Call, Participant, step_names, walk
from ...language.syntax import Document, Mapping, Node, Scalar
from ...language.syntax.ancestors import ancestors_at
from ...language.syntax.edits import TextEdit, apply, is_flow, line_break
from ...language.syntax.text_difference import line_edits
from .selection_boundary import RefusedError
from .text_fragments import TextFragments, indented, without_participants
from .wrap import lines_of_steps, selected


def to_inline(analysis: Analysis, start: int, end: int) -> tuple[str, tuple[TextEdit, ...]] | None:
    """Return (title, edits) for the selected step, or the only one that runs the selected participant.

    Return None if there is no such step, or it can't be moved as text. Raises RefusedError.
    """
    step = _step_at(analysis, start, end)
    if step is None or step.name is None or step.node.alias or analysis.state is None:
        return None
    name = step.name.text
    participant = analysis.workflow.participants.get(name)
    if participant is None:
        return None
    model = analysis.state.model
    once = len(_calls(analysis, name)) == len(
        model.reaching_definitions.points(name)
    ) == 1 and not _is_target(analysis, name)
    if not once and any(name in item.mentions for item in model.items):
        raise RefusedError(f"`{name}` also runs elsewhere, and its results are read by this name")
    new = name if once else free_name(f"{name}_2", step_names(analysis.workflow))
    edit = _edit(analysis.document, step, participant, new)
    if edit is None:
        return None
    if not once:
        return f"Make this `{name}` an inline step", (edit,)
    text = without_participants(apply(analysis.document.text, [edit]), [name])
    return (
        None if text is None else (f"Make `{name}` an inline step", line_edits(analysis.document.text, text))
    )


def _step_at(analysis: Analysis, start: int, end: int) -> Call | None:
    links = ancestors_at(analysis.document, start).links
    if len(links) > 1 and links[0].pair.key.text == "participants":
        calls = _calls(analysis, links[1].pair.key.text)
        return calls[0] if len(calls) == 1 else None
    steps = selected(analysis, start, end)
    return steps[0] if len(steps) == 1 and isinstance(steps[0], Call) else None


def _calls(analysis: Analysis, name: str) -> list[Call]:
    steps = walk(analysis.workflow.flow)
    return [s for s in steps if isinstance(s, Call) and s.name is not None and s.name.text == name]


def _is_target(analysis: Analysis, name: str) -> bool:
    """Return whether an `onError` or `onTimeout` names a participant."""
    named = analysis.state.model.items if analysis.state else ()
    return any(name in item.names for item in named if item.role != "step")


def _edit(document: Document, step: Call, participant: Participant, name: str) -> TextEdit | None:
    own, over = participant.node, step.overrides
    fields = _fields(TextFragments(document), own, over)
    if fields is None or own.alias or own.merges or (over is not None and (over.alias or over.merges)):
        return None
    lines = lines_of_steps(document, (step,))
    if lines is None:
        return _in_brackets(document, step, [f"as: {name}"], fields)
    first, last, column = lines
    comments = [
        _comment_behind(document, step.name, step.overrides),
        _comment_behind(document, participant.key, own),
    ]
    above = TextFragments(document).comment_above(participant.key) if name == participant.name else []
    new = [*above, "  ".join([f"- as: {name}", *filter(None, comments)])]
    for field in fields:
        new += indented(field)
    pad = " " * column
    text = line_break(document).join(f"{pad}{line}" if line else "" for line in new)
    return TextEdit(document.lines.starts[first], document.lines.line_end(last), text)


def _in_brackets(document: Document, step: Call, head: list[str], fields: list[list[str]]) -> TextEdit | None:
    if any(len(field) != 1 or " #" in field[0] for field in fields):
        return None
    start, end = document.offsets(step.node)
    text = ", ".join([*head, *(field[0] for field in fields)])
    return TextEdit(start, end, f"{{{text}}}")


def _fields(fragments: TextFragments, own: Mapping, over: Mapping | None) -> list[list[str]] | None:
    """Return the lines of each field that applies to a step, without `as`, which names the step."""
    found: list[list[str]] = []
    for pair in own:
        other = over.pair(pair.key.text) if over is not None else None
        if pair.key.text == "as":
            continue
        if over is None or other is None:
            found.append(fragments.entry(own, pair))
        elif pair.key.text != "input" or _is_null(pair.value):
            found.append(fragments.entry(over, other))
        elif isinstance(pair.value, Mapping) and isinstance(other.value, Mapping):
            found.append(["input:", *indented(_merged(fragments, pair.value, other.value))])
        else:
            return None
    if over is not None:
        found += [fragments.entry(over, pair) for pair in over if pair.key.text not in own]
    return found


def _merged(fragments: TextFragments, left: Mapping, right: Mapping) -> Iterator[str]:
    for pair in left:
        if pair.key.text not in right:
            yield from fragments.entry(left, pair)
    for pair in right:
        yield from fragments.entry(right, pair)


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _comment_behind(document: Document, key: Scalar | None, value: Mapping | None) -> str:
    """Return the comment behind a key, or behind its value if that is in brackets."""
    if key is None:
        return ""
    end = document.offsets(value if value is not None and is_flow(document, value) else key)[1]
    rest = document.text[end : document.lines.line_end(document.lines.position(end)[0])]
    return rest[rest.index("#") :].rstrip() if "#" in rest else ""
