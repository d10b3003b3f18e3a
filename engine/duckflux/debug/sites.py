"""Finds where a workflow can be stopped: at steps, at expressions and at participants, each with its range."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ..files import read_named_file
from ..language.model.workflow import (
    Call,
    If,
    Loop,
    Set,
    Step,
    Wait,
    Workflow,
    build,
    inner_steps,
    last_key,
    walk,
)
from ..language.syntax import MAX_BYTES, Node, Scalar, parse
from ..language.workflow_files import Stamp, stamp
from ..runtime.engine.run_workflow import OUTPUT_POINTER


class Position(NamedTuple):
    """The place of a thread in a file: a step's JSON pointer, and a field of it if it is at an expression.

    Participants have pointers too (`/participants/build`), and the workflow's output (`/output`).
    """

    path: str
    field: str = ""


class Site(NamedTuple):
    """A position with its range: 0-based lines and columns in code points, the end exclusive."""

    position: Position
    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def in_flow(self) -> bool:
        """Return whether it is not a participant, which runs only where a step names it."""
        return not self.position.path.startswith("/participants/")

    @property
    def size(self) -> tuple[int, int]:
        """Return a measure by which an inner site is smaller than those around it."""
        lines = self.end_line - self.line
        return lines, self.end_column - self.column if lines == 0 else self.end_column


class Sites:
    """All sites of a workflow, in the order of the text."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow
        self.steps = {step.pointer: step for step in walk(workflow.flow)}
        self._nodes = dict(_nodes(workflow))
        found = (_site(workflow, position, node) for position, node in self._nodes.items())
        self.all = tuple(sorted(found, key=lambda site: (site.line, site.column, site.position.field)))
        self._by_position = {site.position: site for site in self.all}

    def at(self, position: Position) -> Site | None:
        """Return the site of a position, that of the whole step for a field without one."""
        return self._by_position.get(position) or self._by_position.get(Position(position.path))

    def text_at(self, position: Position) -> str | None:
        """Return the expression at a position, None if there is none."""
        node = self._nodes.get(position)
        return node.text if isinstance(node, Scalar) else None

    def positions_of(self, name: str) -> Iterator[Position]:
        """Yield where the step of a name begins: its participant, or the step that it is written in."""
        if name in self.workflow.participants:
            yield Position(self.workflow.participants[name].pointer)
        for step in self.steps.values():
            inline = step.inline.name if isinstance(step, Call) and step.inline is not None else None
            if name == inline or (isinstance(step, Loop) and step.name == name):
                yield Position(step.pointer)

    def on_lines(self, first: int, last: int) -> list[Site]:
        """Return the sites that begin on lines, both included."""
        return [site for site in self.all if first <= site.line <= last]

    def place(self, line: int, column: int | None = None) -> Site | None:
        """Return the site that a breakpoint on a line stands on, None if there is none at it or after it.

        On a line where several begin, a column chooses; without one it is the outermost.
        """
        here = [site for site in self.all if site.line == line]
        if here:
            before = [site for site in here if column is not None and site.column <= column]
            return before[-1] if before else here[0]
        around = [site for site in self.all if site.line < line <= site.end_line]
        if self._is_blank(line):
            # Between the steps of a construct; a line of a script belongs to its step.
            around = [site for site in around if not self._is_construct(site)]
        if around:
            return min(around, key=lambda site: site.size)
        return next((site for site in self.all if site.line > line and site.in_flow), None)

    def enclosing(self, path: str) -> Iterator[tuple[Step, str]]:
        """Yield the constructs around a step, innermost first, each with what leads from it to the step."""
        inner = path
        while "/" in inner:
            inner = inner.rpartition("/")[0]
            step = self.steps.get(inner)
            if step is not None:
                yield step, path.removeprefix(f"{inner}/")

    def _is_construct(self, site: Site) -> bool:
        step = None if site.position.field else self.steps.get(site.position.path)
        return step is not None and bool(inner_steps(step))

    def _is_blank(self, line: int) -> bool:
        lines = self.workflow.document.lines
        text = lines.line_text(line).strip() if line < len(lines) else ""
        return not text or text.startswith("#")


def sites_of_file(file: str) -> Sites | None:
    """Return the sites of a file that has not been loaded, None if it can't be."""
    written = stamp(Path(file))
    if written is None:
        return None
    try:
        return _sites_of_file(file, written)
    except (OSError, UnicodeDecodeError):
        return None


@lru_cache(maxsize=64)
def _sites_of_file(file: str, written: Stamp) -> Sites:
    return Sites(build(parse(read_named_file(file, MAX_BYTES).decode())))


def _nodes(workflow: Workflow) -> Iterator[tuple[Position, Node]]:
    for participant in workflow.participants.values():
        yield Position(participant.pointer), participant.key or participant.node
    for step in walk(workflow.flow):
        yield Position(step.pointer), step.node
        for field, node in _expressions(step):
            yield Position(step.pointer, field), node
    output = workflow.output
    if output is not None and output.expression is not None:
        yield Position(OUTPUT_POINTER, "output"), output.expression
    elif output is not None and output.map is not None:
        for pair in output.map:
            yield Position(OUTPUT_POINTER, f"output.{pair.key.text}"), pair.value


def _expressions(step: Step) -> Iterator[tuple[str, Node]]:
    match step:
        case Call(when=Scalar() as when):
            yield "when", when
        case Loop(until=Scalar() as until):
            yield "loop.until", until
        case If(condition=Scalar() as condition):
            yield "if.condition", condition
        case Set(entries=entries):
            for pair in entries:
                yield f"set.{pair.key.text}", pair.value
        case Wait(body=body):
            for field in ("until", "match"):
                if isinstance(node := body.get(field), Scalar):
                    yield f"wait.{field}", node
        case _:
            return


def _site(workflow: Workflow, position: Position, node: Node) -> Site:
    document = workflow.document
    start, end = document.offsets(node)
    if position.path.startswith("/participants/"):
        participant = workflow.participants[last_key(position.path)]
        _, end = document.offsets(participant.node)
    text = document.text[start:end].rstrip()
    line, column = document.lines.position(start)
    end_line, end_column = document.lines.position(start + len(text))
    return Site(position, line, column, end_line, end_column)
