"""Extracts the selected steps to a new workflow file, which this workflow calls.

What they read from the rest becomes its inputs, and what the rest reads from them its output. Where a run might
have another result, the extraction is refused with the reason.
"""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING

import msgspec

from ...language import registry
from ...language.analysis import Analysis, analyse
from ...language.free_names import free_name
from ...language.model.workflow import Call, Loop, Parallel, Step, step_names
from ...language.semantics.reaching_definitions import name_of
from ...language.semantics.semantic_model import SemanticModel
from ...language.syntax.edits import TextEdit
from ...language.syntax.text_difference import line_edits
from . import extracted_texts
from .boundary_values import BoundaryValue, incoming_values, outgoing_reads, read_before_set, returned_value
from .chain_consumers import ChainConsumer, ChainFlow, merges_map
from .extracted_texts import Selection
from .passed_values import as_inputs, as_outputs, as_result
from .selection_boundary import Boundary, RefusedError, Top
from .wrap import lines_of_steps, selected

if TYPE_CHECKING:
    from pathlib import Path

_NAME = "part"


class NewFile(msgspec.Struct, frozen=True):
    """A file to create."""

    path: Path
    text: str


class Extracted(msgspec.Struct, frozen=True):
    """The edits of the workflow, and the new file."""

    edits: tuple[TextEdit, ...]
    file: NewFile


def extract(analysis: Analysis, start: int, end: int) -> Extracted | None:
    """Return the extraction of the selected steps, or None if they are not whole lines. Raises RefusedError."""
    steps = selected(analysis, start, end)
    lines = lines_of_steps(analysis.document, steps)
    if lines is None or analysis.state is None:
        return None
    if analysis.path is None:
        raise RefusedError("the workflow is not saved yet, so there is no folder for a new file")
    if analysis.errors:
        raise RefusedError("the workflow has errors")
    boundary = Boundary(analysis.state.model, _tops(analysis.state.model, steps))
    return _extracted(analysis, boundary, Selection(*lines), _free_file(analysis.path))


def _extracted(analysis: Analysis, boundary: Boundary, selection: Selection, file: Path) -> Extracted:
    name = file.name.partition(".")[0]
    inputs = as_inputs(incoming_values(boundary).values())
    _check_chain_input(boundary)
    reads = outgoing_reads(boundary)
    alone = _checked(extracted_texts.sub_workflow(boundary, selection, name, inputs, []), file)
    values = [returned_value(_model(alone), use) for use in reads.values()]
    _check_rounds(boundary, alone, values)
    call = free_name(_NAME, step_names(analysis.workflow))
    output: list[str] = []
    consumers = ChainFlow(boundary.model).after(*boundary.tops[-1]).consumers
    if not values:
        outputs = {}
        if any(consumer.reads for consumer in consumers) and _wants_value(
            consumers, "output", may_be_empty=True
        ):
            output = ["output: output"]
    elif _is_result(boundary, values):
        outputs = as_result(values[0], call)
        source = values[0].source
        if _wants_value(consumers, source, may_be_empty=values[0].type in (None, "string")):
            output = [f"output: {source}"]
    elif consumers:
        raise RefusedError(
            f"{consumers[0].label} takes the result of the steps, but `{values[0].source}` is read too"
        )
    else:
        outputs = as_outputs(values, call)
        output = extracted_texts.output_map(outputs.values())
    alone = _checked(extracted_texts.sub_workflow(boundary, selection, name, inputs, output), file)
    step = extracted_texts.call(boundary, call, f"./{file.name}", inputs.values())
    if inputs and not _can_merge(boundary):
        step = [*extracted_texts.stop(), *step]
    left = extracted_texts.rest(boundary, selection, step, outputs)
    _checked(left, analysis.path)
    return Extracted(line_edits(analysis.document.text, left), NewFile(file, alone.document.text))


def _tops(model: SemanticModel, steps: tuple[Step, ...]) -> tuple[Top, ...]:
    chosen = {step.node for step in steps}
    return tuple(
        (item, flow_node)
        for item in model.items.steps
        for flow_node in item.flow_nodes
        if flow_node.step.node in chosen
    )


def _check_chain_input(boundary: Boundary) -> None:
    item, flow_node = boundary.tops[0]
    if (
        len(boundary.tops) > 1
        and flow_node.parent is not None
        and isinstance(flow_node.parent.step, Parallel)
    ):
        raise RefusedError("the steps run in parallel, and would run one after the other")
    chain_flow = ChainFlow(boundary.model)
    flowing_in = boundary.model.chain_before(item, flow_node)
    if not flowing_in.types:
        return
    flow = chain_flow.through(boundary.tops)
    if flow.consumers:
        raise RefusedError(
            f"{flow.consumers[0].label} takes what flows in from the step before: give it an `input` first"
        )
    following = chain_flow.after(*boundary.tops[-1]).consumers
    if flow.passes and following:
        raise RefusedError(f"{following[0].label} takes what flows past the steps")


def _can_merge(boundary: Boundary) -> bool:
    """Return whether what flows in merges with the inputs of a workflow; otherwise it has to be stopped."""
    item, flow_node = boundary.tops[0]
    if boundary.model.chain_before(item, flow_node).is_map or merges_map(boundary.model, boundary.tops):
        return True
    if flow_node.parent is not None and isinstance(flow_node.parent.step, Parallel):
        raise RefusedError("what flows in may not be a map, as the inputs of a workflow are")
    return False


def _wants_value(consumers: tuple[ChainConsumer, ...], source: str, *, may_be_empty: bool) -> bool:
    """Return whether a result that expressions read must be returned as `output`.

    Without an `output` the result is what flows on. That keeps the printed text, which commands that take it
    may see, but is null for an empty text.
    """
    others = [consumer for consumer in consumers if consumer.printed]
    if others and may_be_empty:
        raise RefusedError(f"{others[0].label} takes the result of the steps, but `{source}` is read too")
    return not others


def _check_rounds(boundary: Boundary, alone: Analysis, values: list[BoundaryValue]) -> None:
    """Raise RefusedError if the steps depend on earlier iterations of a loop, which a new workflow does not have.

    A value may be that of an earlier iteration, and a `wait` takes no event of an earlier iteration again.
    """
    if not boundary.is_in(Loop):
        return
    if boundary.waits():
        raise RefusedError("a `wait` in the steps would take the events of earlier iterations again")
    unset_read = read_before_set(_model(alone)) or next((t.source for t in values if not t.certain), None)
    if unset_read is not None:
        raise RefusedError(f"`{unset_read}` may be from an earlier iteration of the loop around the steps")


def _is_result(boundary: Boundary, values: list[BoundaryValue]) -> bool:
    """Return whether the only read of the steps is the result of the last one."""
    last = boundary.tops[-1][1].step
    name = name_of(last) if isinstance(last, Call) else None
    return len(values) == 1 and values[0].certain and values[0].path == (name, "output")


def _checked(text: str, path: Path | None) -> Analysis:
    """Return the analysis of a text. Raises RefusedError if it has errors, but for a missing workflow file."""
    analysis = analyse(text, path)
    wrong = next((error for error in analysis.errors if error.code != registry.MISSING_WORKFLOW_FILE), None)
    if wrong is not None:
        raise RefusedError(f"the result would have an error: {wrong.message}")
    return analysis


def _model(analysis: Analysis) -> SemanticModel:
    if analysis.state is None:
        raise RefusedError("the result would not be a workflow")
    return analysis.state.model


def _free_file(path: Path) -> Path:
    stem, dot, rest = path.name.partition(".")
    files = (path.with_name(f"{stem}-{_NAME}{number}{dot}{rest}") for number in chain(("",), count(2)))
    return next(file for file in files if not file.exists())
