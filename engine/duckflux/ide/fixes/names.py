"""Fixes names of participants and inputs: declares or renames them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...language.analysis import Analysis, Diagnostic
from ...language.free_names import free_name
from ...language.model.workflow import FALLBACK_FIELDS, Call, step_names, walk
from ...language.schema import CONSTRUCTS
from ...language.syntax import Mapping, Node, Scalar, Sequence
from ...language.syntax.ancestors import ancestors_at
from ...language.syntax.edits import TextEdit, add_section, as_yaml
from ...language.syntax.scalar_ranges import content_range
from .fix import Fix
from .inline_steps import write_inline_step
from .suggestions import apply_suggestion


def declare_participant(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Change the name to the participant that was meant, write an inline step, or declare a participant."""
    yield from apply_suggestion(analysis, diagnostic)
    if inline := tuple(write_inline_step(analysis, diagnostic)):
        yield from inline
        return
    name = _name_at(analysis, diagnostic)
    if name is None or name in CONSTRUCTS:
        return
    fields = {"type": "exec", "run": as_yaml(f"echo {name}")}
    edit = add_section(analysis.document, "participants", as_yaml(name), fields)
    title = f"Declare the participant `{name}`"
    yield Fix(title, (edit,), preferred=False)


def declare_input(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Change the name to the input that was meant, or declare an input of that name."""
    yield from apply_suggestion(analysis, diagnostic)
    name = analysis.document.text[diagnostic.start : diagnostic.end]
    if name.isidentifier():
        edit = add_section(analysis.document, "inputs", name, {"type": "string"})
        yield Fix(f"Declare the input `{name}`", (edit,), preferred=False)


def rename_everywhere(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Rename a participant, also where steps run it and where it is a fallback."""
    name = _name_at(analysis, diagnostic)
    link = ancestors_at(analysis.document, diagnostic.start).last
    root = analysis.document.root
    if name is None or link is None or not isinstance(root, Mapping):
        return
    is_loop = link.pair.key.text == "as" and "steps" in link.holder
    new = free_name(f"{name}_{'loop' if is_loop else 'step'}", step_names(analysis.workflow))
    ranges = [(diagnostic.start, diagnostic.end)]
    if link.holder is root.get("participants"):
        ranges += [analysis.document.offsets(node) for node in _uses(analysis, name, root)]
    edits = tuple(TextEdit(start, end, new) for start, end in dict.fromkeys(ranges))
    # In a loop, expressions may read the name as the loop's or as the built-in variable.
    yield Fix(f"Rename to `{new}`", edits, safe=not is_loop)


def rename_here(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Rename the second of two: reads of the name mean the first."""
    name = _name_at(analysis, diagnostic)
    if name is not None:
        new = free_name(f"{name}_2", step_names(analysis.workflow))
        yield Fix(f"Rename to `{new}`", (TextEdit(diagnostic.start, diagnostic.end, new),))


def make_readable(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Rename a participant to a name that expressions can read, wherever it is used."""
    document, root = analysis.document, analysis.document.root
    name = document.text[diagnostic.start : diagnostic.end]
    participant = analysis.workflow.participants.get(name)
    if participant is None or participant.key is None or not isinstance(root, Mapping):
        return
    new = free_name(name.replace("-", "_"), step_names(analysis.workflow))
    ranges = [document.offsets(node) for node in (participant.key, *_uses(analysis, name, root))]
    ranges += _read_as_minus(analysis, name)
    edits = tuple(TextEdit(start, end, new) for start, end in dict.fromkeys(ranges))
    yield Fix(f"Rename to `{new}`", edits, safe=False)


def make_variable_name(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Rename a key to one that can be an environment variable; its uses in the command stay."""
    link = ancestors_at(analysis.document, diagnostic.start).last
    if link is None or link.pair.key.alias:
        return
    key = link.pair.key
    start, end = analysis.document.offsets(key)
    if not start <= diagnostic.start < end:
        return
    name = re.sub(r"\W", "_", key.text, flags=re.ASCII)
    new = free_name(
        f"_{name}" if not name or name[0].isdigit() else name, {pair.key.text for pair in link.holder}
    )
    yield Fix(f"Rename to `{new}`", (TextEdit(start, end, new),), safe=False)


def move_to_participants(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Move an inline step to `participants`, so that it may run in several ranges."""
    from ..refactors.participants import to_participants

    name = _name_at(analysis, diagnostic)
    for step in walk(analysis.workflow.flow):
        if isinstance(step, Call) and step.inline is not None and step.inline.name == name:
            edits = to_participants(analysis, step.inline)
            if edits is not None:
                yield Fix(f"Move `{name}` to `participants`", edits)
            return


def _read_as_minus(analysis: Analysis, name: str) -> Iterator[tuple[int, int]]:
    """Yield where expressions mean a name, but read its `-` as a minus."""
    pattern = re.compile(rf"(?<![\w.-]){re.escape(name)}(?=[.\[])")
    for item in analysis.state.model.items if analysis.state else ():
        for expression_field in item.expression_fields:
            if not expression_field.node.alias:
                for match in pattern.finditer(expression_field.node.text):
                    yield analysis.document.offsets(content_range(expression_field.node, *match.span()))


def _name_at(analysis: Analysis, diagnostic: Diagnostic) -> str | None:
    found = ancestors_at(analysis.document, diagnostic.start)
    node = found.scalar or (found.last.pair.key if found.last else None)
    return node.text if node is not None and not node.alias and node.text else None


def _uses(analysis: Analysis, name: str, root: Mapping) -> Iterator[Scalar]:
    for step in walk(analysis.workflow.flow):
        if isinstance(step, Call) and step.name is not None and step.name.text == name:
            yield step.name
    yield from (node for node in _targets(root) if node.text == name)


def _targets(node: Node) -> Iterator[Scalar]:
    """Yield the values of every `onError` and `onTimeout`."""
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _targets(item)
    for pair in node if isinstance(node, Mapping) else ():
        if pair.key.text in FALLBACK_FIELDS and isinstance(pair.value, Scalar):
            yield pair.value
        else:
            yield from _targets(pair.value)
