"""The texts of an extraction: of the workflow that begins, and of the one that is left."""

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

# The steps keep their own limits of time, so the call is to have none; there is no word for that.
_ENDLESS = "30d"


class Selection(NamedTuple):
    """The lines of the steps, from the first to the last, and the column of their dashes."""

    first: int
    last: int
    column: int


def sub_workflow(
    border: Boundary, selection: Selection, name: str, inputs: Mapping[Path, PassedValues], output: list[str]
) -> str:
    """The text of the new workflow."""
    workflow = border.model.workflow
    document, root = workflow.document, workflow.document.root
    assert isinstance(root, MapNode)  # noqa: S101
    pieces = TextFragments(document, _edits(document, border.reads_inside(), inputs))
    lines = [f"id: {as_yaml(name)}"]
    if inputs:
        lines += ["", "inputs:", *indented(_declarations(workflow, root, pieces, inputs))]
    if defaults := root.pair("defaults"):
        lines += ["", *pieces.section(defaults)]
    participants = root.get("participants")
    if border.inner and isinstance(participants, MapNode):
        lines += ["", "participants:"]
        for pair in participants:
            if pair.key.text in border.inner:
                gap = [""] if lines[-1] != "participants:" and pieces.has_gap_above(pair) else []
                lines += gap + indented(pieces.entry(participants, pair))
    first, last, column = selection
    lines += ["", "flow:", *indented(pieces.lines(first, last, column))]
    if output:
        lines += ["", *output]
    return line_break(document).join([*lines, ""])


def rest(
    border: Boundary, selection: Selection, call: list[str], outputs: Mapping[Path, PassedValues]
) -> str:
    """The text of the workflow without the steps; `call` are the lines of the step in their place."""
    document = border.model.workflow.document
    lines, pad = document.lines, " " * selection.column
    text = line_break(document).join(f"{pad}{line}" for line in call)
    placed = TextEdit(lines.starts[selection.first], lines.line_end(selection.last), text)
    edits = _edits(document, border.reads_outside(), outputs, border)
    left = without_participants(apply(document.text, [*edits, placed]), border.moved)
    if left is None:
        raise RefusedError("their participants can't be moved")
    return left


def call(border: Boundary, name: str, path: str, inputs: Iterable[PassedValues]) -> list[str]:
    """The lines of the step that calls the new workflow."""
    defaults = border.model.defaults()
    lines = [f"- as: {name}", "  type: workflow", f"  path: {as_yaml(path)}"]
    if defaults is not None and "timeout" in defaults:
        lines.append(f"  timeout: {_ENDLESS}")
    if defaults is not None and "onError" in defaults:
        lines.append("  onError: fail")
    given = [f"    {each.name}: {as_yaml(each.expression)}" for each in inputs]
    return [*lines, "  input:", *given] if given else lines


def stop() -> list[str]:
    """The lines of a step behind which nothing flows."""
    return [
        "# Prints nothing, so that nothing flows into the next step, which takes a map.",
        "- {type: exec, run: ':'}",
    ]


def output_map(outputs: Iterable[PassedValues]) -> list[str]:
    """The lines of an `output` of several values."""
    return ["output:", *(f"  {each.name}: {as_yaml(each.expression)}" for each in outputs)]


def _declarations(
    workflow: Workflow, root: MapNode, pieces: TextFragments, inputs: Mapping[Path, PassedValues]
) -> Iterator[str]:
    declared: Node | None = root.get("inputs")
    for path, each in inputs.items():
        pair = declared.pair(each.name) if isinstance(declared, MapNode) else None
        if isinstance(declared, MapNode) and pair is not None and is_declared_input(path, each):
            yield from pieces.entry(declared, pair)
        else:
            yield f"{each.name}: {{type: {each.type}, required: true}}"


def _edits(
    document: Document,
    reads: Iterator[Read],
    carried: Mapping[Path, PassedValues],
    border: Boundary | None = None,
) -> list[TextEdit]:
    """The edits that let expressions read what is carried. With `border` they are outside, where the step that
    gives it back need not have run."""
    edits: dict[tuple[int, int], TextEdit] = {}
    for item, _, use in reads:
        each = carried.get(use.path)
        if each is None or each.read == use.source:
            continue
        if use.scalar.alias:
            raise RefusedError(f"`{use.source}` is read by an alias")
        start, end, text = use.start, use.end, each.read
        if use.asked is not None and border is not None and not (border.in_flow and border.is_behind(item)):
            owner = ".".join(each.read.split(".")[:2])
            (start, end), text = use.asked, f"(has({owner}) && has({each.read}))"
            if owner == each.read:
                text = f"has({owner})"
        place = document.offsets(content_range(use.scalar, start, end))
        edits[place] = TextEdit(*place, text)
    return list(edits.values())
