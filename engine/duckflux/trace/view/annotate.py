"""Where in a workflow's text the results of a run belong, and the text with the results on its lines."""

from __future__ import annotations

from typing import NamedTuple

from ...language.analysis import Analysis
from ...language.model.workflow import walk
from ...language.syntax.nodes import Ranged
from .labels import StepResult, label


class ResultLine(NamedTuple):
    """A step's range in the text, in code points; its result stands at the end of the line of `start`."""

    path: str
    start: int
    end: int


def result_lines(analysis: Analysis) -> list[ResultLine]:
    """The places of all steps of the flow, each before those inside it, and of the participants: one that an
    `onError` or `onTimeout` named ran as itself."""
    flow = [_place(analysis, step.pointer, step.node, step.node) for step in walk(analysis.workflow.flow)]
    declared = (
        _place(analysis, participant.pointer, participant.key or participant.node, participant.node)
        for participant in analysis.workflow.participants.values()
    )
    return [*flow, *declared]


def annotate(analysis: Analysis, results: dict[str, StepResult]) -> str:
    """The workflow's text with the results at the ends of the lines, in one column where they fit."""
    lines = analysis.document.lines
    labels: dict[int, str] = {}
    for place in result_lines(analysis):
        if place.path in results:
            labels.setdefault(lines.position(place.start)[0], label(results[place.path]))
    texts = [lines.line_text(number) for number in range(len(lines))]
    width = max((len(texts[number]) for number in labels), default=0)
    for number, text in labels.items():
        texts[number] = f"{texts[number].ljust(min(width, 70))}  {text}"
    return "\n".join(texts).rstrip("\n") + "\n"


def _place(analysis: Analysis, path: str, first: Ranged, last: Ranged) -> ResultLine:
    return ResultLine(path, analysis.document.offsets(first)[0], analysis.document.offsets(last)[1])
