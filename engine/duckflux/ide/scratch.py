"""Reads a scratch: a text with expressions to try on the last run of a workflow.

```text
// workflow: deploy.duck.yaml
// at: review@1

review.output.score >= 7
```

`at` names the step whose variables the expressions below it see, as `duckflux cel --at` does; without a name they
are those at the end of the run. An expression begins at the margin; indented lines go on with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .. import cel
from ..language.analysis import Analysis
from ..language.model.workflow import Step, walk
from ..language.semantics.query_context import QueryContext
from ..language.syntax import LineIndex
from ..language.syntax.edits import TextEdit
from .completion.completion import Completion
from .completion.expressions import in_expression
from .recorded_values import Point, RecordedRun, point_of_step, step_name

SUFFIX = ".scratch.cel"
LANGUAGE_ID = "duckflux-scratch"
_FIELD = re.compile(r"//[ \t]*(?P<name>workflow|at)[ \t]*:[ \t]*(?P<value>.*?)[ \t]*")


class Place(NamedTuple):
    """The step that `// at:` names, with its iterations, and the range of the name; "" is the end of the run."""

    text: str
    start: int
    end: int
    line: int


class ScratchExpression(NamedTuple):
    """An expression in a scratch, and the place where it is evaluated: None above all places, for the end."""

    text: str
    start: int
    place: Place | None

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.start + len(self.text)


class Scratch(NamedTuple):
    """The content of a scratch. `workflow` is the path of its workflow, as it is written."""

    workflow: str
    places: Sequence[Place]
    expressions: Sequence[ScratchExpression]

    def expression_at(self, offset: int) -> ScratchExpression | None:
        """Return the expression that touches an offset, None if there is none."""
        return next((one for one in self.expressions if one.start <= offset <= one.end), None)

    def place_at(self, offset: int) -> Place | None:
        """Return the place whose name is at an offset, None if there is none."""
        return next((place for place in self.places if place.start <= offset <= place.end), None)


def read_scratch(lines: LineIndex) -> Scratch:
    """Return what a text says as a scratch."""
    workflow, places, expressions = "", list[Place](), list[ScratchExpression]()
    start = end = -1

    def finish() -> None:
        nonlocal start
        if start >= 0:
            expressions.append(
                ScratchExpression(lines.text[start:end], start, places[-1] if places else None)
            )
        start = -1

    for number in range(len(lines)):
        line, offset = lines.line_text(number), lines.starts[number]
        field = _FIELD.fullmatch(line)
        if start >= 0 and line[:1] in (" ", "\t") and line.strip():
            end = offset + len(line.rstrip())
            continue
        finish()
        if field is not None and field["name"] == "at":
            places.append(
                Place(field["value"], offset + field.start("value"), offset + field.end("value"), number)
            )
        elif field is not None:
            workflow = workflow or field["value"]
        elif line.strip() and not line.startswith("//"):
            start, end = offset + len(line) - len(line.lstrip()), offset + len(line.rstrip())
    finish()
    return Scratch(workflow, places, expressions)


def scratch_text(workflow: str, at: str, expression: str) -> tuple[str, str]:
    """Return how the scratch of a workflow begins, and a part with an expression at a step."""
    # Lines that go on with an expression are indented.
    indented = "\n  ".join(line.strip() for line in expression.splitlines() if line.strip())
    return f"// workflow: {workflow}\n", f"\n// at: {at}\n{indented}\n"


def steps_of(analysis: Analysis) -> Iterator[tuple[str, Step]]:
    """Yield the steps of a workflow in the order of the text, each with what names it alone in a scratch."""
    steps = [*walk(analysis.workflow.flow)]
    count = Counter(map(step_name, steps))
    for step in steps:
        name = step_name(step)
        yield name if name is not None and count[name] == 1 else step.pointer, step


def point_of_place(analysis: Analysis, step: str) -> Point | None:
    """Return the point before a step that is named, or given by its JSON pointer; None if there is none.

    Of several steps with the name it is the last one. "" is the end of the run.
    """
    if not step:
        return Point()
    steps = [one for one in walk(analysis.workflow.flow) if step in (step_name(one), one.pointer)]
    found = steps[-1] if steps else None
    return point_of_step(analysis.document, found) if found is not None else None


def complete_scratch(
    scratch: Scratch, analysis: Analysis, offset: int, point: Point | None, run: RecordedRun | None
) -> list[Completion]:
    """Return what may be written at an offset: in an expression, whose point is given, or the name of a step."""
    place = scratch.place_at(offset)
    if place is not None:
        edit = TextEdit(place.start, place.end, "")
        steps = dict(steps_of(analysis))
        return [
            Completion(name, "value", edit._replace(text=name), type(step).__name__.lower())
            for name, step in steps.items()
        ]
    found = scratch.expression_at(offset)
    text, start = (found.text, found.start) if found is not None else ("", offset)

    def edited(first: int, last: int, insert: str) -> TextEdit:
        return TextEdit(start + first, start + last, insert)

    context = _context(analysis, point)
    if context is None:
        return []
    completions = in_expression(cel.parse(text), offset - start, context.scope, edited, point, run)
    return sorted(completions, key=lambda completion: completion.group)


def _context(analysis: Analysis, point: Point | None) -> QueryContext | None:
    """Return what expressions at a point see."""
    if analysis.state is None:
        return None
    model = analysis.state.model
    for item in model.items.steps:
        for flow_node in item.flow_nodes:
            if point is not None and flow_node.step.pointer == point.pointer:
                context = QueryContext(model, item)
                context.flow_node = flow_node
                return context
    return QueryContext(model)
