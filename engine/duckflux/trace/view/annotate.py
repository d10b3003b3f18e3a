"""Puts the results of a run on the lines of its workflow."""

from __future__ import annotations

from typing import NamedTuple

from ...language.analysis import Analysis
from ...language.model.workflow import walk
from ...language.syntax.nodes import Ranged
from .labels import StepResult, label


class ResultLine(NamedTuple):
    """The range of a step in the text, in code points; its result belongs at the end of the line of `start`."""

    path: str
    start: int
    end: int


def result_lines(analysis: Analysis) -> list[ResultLine]:
    """Return the ranges of all steps of the flow, each before those inside it, and of the participants.

    A participant that an `onError` or `onTimeout` names has results of its own.
    """
    flow = [
        _result_line(analysis, step.pointer, step.node, step.node) for step in walk(analysis.workflow.flow)
    ]
    declared = (
        _result_line(analysis, participant.pointer, participant.key or participant.node, participant.node)
        for participant in analysis.workflow.participants.values()
    )
    return [*flow, *declared]


def annotate(analysis: Analysis, results: dict[str, StepResult]) -> str:
    """Return the workflow's text with results at the ends of lines, in one column where they fit."""
    lines = analysis.document.lines
    labels: dict[int, str] = {}
    for line in result_lines(analysis):
        if line.path in results:
            labels.setdefault(lines.position(line.start)[0], label(results[line.path]))
    texts = [lines.line_text(number) for number in range(len(lines))]
    width = max((len(texts[number]) for number in labels), default=0)
    for number, text in labels.items():
        texts[number] = f"{texts[number].ljust(min(width, 70))}  {text}"
    return "\n".join(texts).rstrip("\n") + "\n"


def _result_line(analysis: Analysis, path: str, first: Ranged, last: Ranged) -> ResultLine:
    return ResultLine(path, analysis.document.offsets(first)[0], analysis.document.offsets(last)[1])
