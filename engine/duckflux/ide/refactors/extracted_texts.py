"""Writes the texts of an extraction: of the new workflow, and of the one that remains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ...language.model.workflow import Workflow
from ...language.syntax import Document, Node
from ...language.syntax import Mapping as MapNode
from ...language.syntax.edits import TextEdit, apply, as_yaml, line_break
from ...language.syntax.scalar_ranges import content_range
from .expression_uses import Path
from .passed_values import PassedValues, is_declared_input
from .selection_boundary import Boundary, Read, RefusedError
from .text_fragments import TextFragments, indented, without_participants

# The steps keep their own timeouts, so the call must have none; the language has no word for that.
_ENDLESS = "30d"


class Selection(NamedTuple):
    """The lines of the selected steps, and the column of their dashes."""

    first: int
    last: int
    column: int


def sub_workflow(
    boundary: Boundary,
    selection: Selection,
    name: str,
    inputs: Mapping[Path, PassedValues],
    output: list[str],
) -> str:
    """Return the text of the new workflow."""
    workflow = boundary.model.workflow
    document, root = workflow.document, workflow.document.root
    assert isinstance(root, MapNode)  # noqa: S101
    fragments = TextFragments(document, _edits(document, boundary.reads_inside(), inputs))
    lines = [f"id: {as_yaml(name)}"]
    if inputs:
        lines += ["", "inputs:", *indented(_declarations(workflow, root, fragments, inputs))]
    if defaults := root.pair("defaults"):
        lines += ["", *fragments.section(defaults)]
    participants = root.get("participants")
    if boundary.inner and isinstance(participants, MapNode):
        lines += ["", "participants:"]
        for pair in participants:
            if pair.key.text in boundary.inner:
                gap = [""] if lines[-1] != "participants:" and fragments.has_gap_above(pair) else []
                lines += gap + indented(fragments.entry(participants, pair))
    first, last, column = selection
    lines += ["", "flow:", *indented(fragments.lines(first, last, column))]
    if output:
        lines += ["", *output]
    return line_break(document).join([*lines, ""])


def rest(
    boundary: Boundary, selection: Selection, call: list[str], outputs: Mapping[Path, PassedValues]
) -> str:
    """Return the text of the workflow without the steps; `call` are the lines of the step in their place."""
    document = boundary.model.workflow.document
    lines, pad = document.lines, " " * selection.column
    text = line_break(document).join(f"{pad}{line}" for line in call)
    placed = TextEdit(lines.starts[selection.first], lines.line_end(selection.last), text)
    edits = _edits(document, boundary.reads_outside(), outputs, boundary)
    left = without_participants(apply(document.text, [*edits, placed]), boundary.moved)
    if left is None:
        raise RefusedError("the participants of the steps can't be moved")
    return left


def call(boundary: Boundary, name: str, path: str, inputs: Iterable[PassedValues]) -> list[str]:
    """Return the lines of the step that calls the new workflow."""
    defaults = boundary.model.defaults()
    lines = [f"- as: {name}", "  type: workflow", f"  path: {as_yaml(path)}"]
    if defaults is not None and "timeout" in defaults:
        lines.append(f"  timeout: {_ENDLESS}")
    if defaults is not None and "onError" in defaults:
        lines.append("  onError: fail")
    given = [f"    {value.name}: {as_yaml(value.expression)}" for value in inputs]
    return [*lines, "  input:", *given] if given else lines


def stop() -> list[str]:
    """Return the lines of a step that passes no value on."""
    return [
        "# Prints nothing, so that nothing flows into the next step, which takes a map.",
        "- {type: exec, run: ':'}",
    ]


def output_map(outputs: Iterable[PassedValues]) -> list[str]:
    """Return the lines of an `output` of several values."""
    return ["output:", *(f"  {value.name}: {as_yaml(value.expression)}" for value in outputs)]


def _declarations(
    workflow: Workflow, root: MapNode, fragments: TextFragments, inputs: Mapping[Path, PassedValues]
) -> Iterator[str]:
    declared: Node | None = root.get("inputs")
    for path, value in inputs.items():
        pair = declared.pair(value.name) if isinstance(declared, MapNode) else None
        if isinstance(declared, MapNode) and pair is not None and is_declared_input(path, value):
            yield from fragments.entry(declared, pair)
        else:
            yield f"{value.name}: {{type: {value.type}, required: true}}"


def _edits(
    document: Document,
    reads: Iterator[Read],
    passed: Mapping[Path, PassedValues],
    boundary: Boundary | None = None,
) -> list[TextEdit]:
    """Return the edits that let expressions read the passed values.

    With `boundary` the expressions are outside, where the step that returns the values need not have run.
    """
    edits: dict[tuple[int, int], TextEdit] = {}
    for item, _, use in reads:
        value = passed.get(use.path)
        if value is None or value.read == use.source:
            continue
        if use.scalar.alias:
            raise RefusedError(f"`{use.source}` is read in a YAML alias")
        start, end, text = use.start, use.end, value.read
        if (
            use.has_range is not None
            and boundary is not None
            and not (boundary.in_flow and boundary.is_behind(item))
        ):
            owner = ".".join(value.read.split(".")[:2])
            (start, end), text = use.has_range, f"(has({owner}) && has({value.read}))"
            if owner == value.read:
                text = f"has({owner})"
        range_ = document.offsets(content_range(use.scalar, start, end))
        edits[range_] = TextEdit(*range_, text)
    return list(edits.values())
