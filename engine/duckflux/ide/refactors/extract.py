"""The selected steps become a workflow of their own, in a new file, that this one calls.

What they read of the rest is given to it as inputs, what the rest reads of them is given back as its output.
Where a run might come out otherwise the steps stay, and the reason is said.
"""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING, NamedTuple

from ...language import registry
from ...language.analysis import Analysis, analyse
from ...language.free_names import free_name
from ...language.model.workflow import Call, Loop, Parallel, Step, step_names
from ...language.semantics.reaching_definitions import name_of
from ...language.semantics.semantic_model import SemanticModel
from ...language.syntax.edits import TextEdit
from ...language.syntax.text_difference import line_edits
from . import extracted_texts
from .boundary_values import BoundaryValue, coming_in, given_back, going_out, read_too_early
from .chain_consumers import ChainConsumer, Flowing, merges_map
from .extracted_texts import Selection
from .passed_values import as_inputs, as_outputs, as_result
from .selection_boundary import Boundary, RefusedError, Top
from .wrap import lines_of_steps, selected

if TYPE_CHECKING:
    from pathlib import Path

_NAME = "part"


class NewFile(NamedTuple):
    """A file that is to be made."""

    path: Path
    text: str


class Extracted(NamedTuple):
    """The edits of the workflow, and the new one."""

    edits: tuple[TextEdit, ...]
    file: NewFile


def extract(analysis: Analysis, start: int, end: int) -> Extracted | None:
    """Take the selected steps out; None where no whole lines of steps are selected. Raises RefusedError."""
    steps = selected(analysis, start, end)
    lines = lines_of_steps(analysis.document, steps)
    if lines is None or analysis.work is None:
        return None
    if analysis.path is None:
        raise RefusedError("the workflow is not saved yet, so there is no folder for a new file")
    if analysis.errors:
        raise RefusedError("the workflow has errors")
    border = Boundary(analysis.work.model, _places(analysis.work.model, steps))
    return _extracted(analysis, border, Selection(*lines), _free_file(analysis.path))


def _extracted(analysis: Analysis, border: Boundary, selection: Selection, file: Path) -> Extracted:
    name = file.name.partition(".")[0]
    inputs = as_inputs(coming_in(border).values())
    _check_what_flows_in(border)
    going = going_out(border)
    alone = _checked(extracted_texts.sub_workflow(border, selection, name, inputs, []), file)
    mentions = [given_back(_model(alone), use) for use in going.values()]
    _check_rounds(border, alone, mentions)
    call = free_name(_NAME, step_names(analysis.workflow))
    output: list[str] = []
    takers = Flowing(border.model).after(*border.tops[-1]).takers
    if not mentions:
        outputs = {}
        if any(taker.reads for taker in takers) and _wants_value(takers, "output", may_be_empty=True):
            output = ["output: output"]
    elif _is_result(border, mentions):
        outputs = as_result(mentions[0], call)
        source = mentions[0].source
        if _wants_value(takers, source, may_be_empty=mentions[0].type in (None, "string")):
            output = [f"output: {source}"]
    elif takers:
        raise RefusedError(f"{takers[0].what} takes their result, but `{mentions[0].source}` is read too")
    else:
        outputs = as_outputs(mentions, call)
        output = extracted_texts.output_map(outputs.values())
    alone = _checked(extracted_texts.sub_workflow(border, selection, name, inputs, output), file)
    step = extracted_texts.call(border, call, f"./{file.name}", inputs.values())
    if inputs and not _can_merge(border):
        step = [*extracted_texts.stop(), *step]
    left = extracted_texts.rest(border, selection, step, outputs)
    _checked(left, analysis.path)
    return Extracted(line_edits(analysis.document.text, left), NewFile(file, alone.document.text))


def _places(model: SemanticModel, steps: tuple[Step, ...]) -> tuple[Top, ...]:
    chosen = {step.node for step in steps}
    return tuple(
        (item, place) for item in model.items.steps for place in item.flow_nodes if place.step.node in chosen
    )


def _check_what_flows_in(border: Boundary) -> None:
    item, place = border.tops[0]
    if len(border.tops) > 1 and place.parent is not None and isinstance(place.parent.step, Parallel):
        raise RefusedError("they run side by side, and would run one after the other")
    flowing = Flowing(border.model)
    flowing_in = border.model.chain_before(item, place)
    if not flowing_in.types:
        return
    way = flowing.through(border.tops)
    if way.takers:
        raise RefusedError(
            f"{way.takers[0].what} takes what flows in from the step before: give it an `input` first"
        )
    behind = flowing.after(*border.tops[-1]).takers
    if way.passes and behind:
        raise RefusedError(f"what flows past them is taken by {behind[0].what}")


def _can_merge(border: Boundary) -> bool:
    """Whether what flows in merges with the inputs of a workflow. Where it does not, it has to be stopped."""
    item, place = border.tops[0]
    if border.model.chain_before(item, place).is_map or merges_map(border.model, border.tops):
        return True
    if place.parent is not None and isinstance(place.parent.step, Parallel):
        raise RefusedError("what flows in need not be a map, as the inputs of a workflow are")
    return False


def _wants_value(takers: tuple[ChainConsumer, ...], source: str, *, may_be_empty: bool) -> bool:
    """Whether a result that expressions read is to be given back as `output`. Without one it is what flows on:
    that keeps how it was printed, which commands that take it may see, but is null for an empty text."""
    others = [taker for taker in takers if taker.printed]
    if others and may_be_empty:
        raise RefusedError(f"{others[0].what} takes their result, and `{source}` is read too")
    return not others


def _check_rounds(border: Boundary, alone: Analysis, mentions: list[BoundaryValue]) -> None:
    """In a loop a value may be that of an earlier round, and a `wait` knows which events it had there: what a
    workflow that begins anew does not have."""
    if not border.is_in(Loop):
        return
    if border.waits():
        raise RefusedError("a `wait` of theirs would take the events of earlier rounds again")
    early = read_too_early(_model(alone)) or next((t.source for t in mentions if not t.certain), None)
    if early is not None:
        raise RefusedError(f"`{early}` may be of an earlier round of the loop around them")


def _is_result(border: Boundary, mentions: list[BoundaryValue]) -> bool:
    """Whether all that is read of the steps is the result of the last one."""
    last = border.tops[-1][1].step
    name = name_of(last) if isinstance(last, Call) else None
    return len(mentions) == 1 and mentions[0].certain and mentions[0].path == (name, "output")


def _checked(text: str, path: Path | None) -> Analysis:
    """The analysis of a text without errors. The file that it calls need not be there yet."""
    analysis = analyse(text, path)
    wrong = next((error for error in analysis.errors if error.code != registry.MISSING_WORKFLOW_FILE), None)
    if wrong is not None:
        raise RefusedError(f"there would be an error: {wrong.message}")
    return analysis


def _model(analysis: Analysis) -> SemanticModel:
    if analysis.work is None:
        raise RefusedError("there would be no workflow")
    return analysis.work.model


def _free_file(path: Path) -> Path:
    stem, dot, rest = path.name.partition(".")
    files = (path.with_name(f"{stem}-{_NAME}{number}{dot}{rest}") for number in chain(("",), count(2)))
    return next(file for file in files if not file.exists())
