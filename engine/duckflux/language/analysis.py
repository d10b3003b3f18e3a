"""What is to be said about a workflow's text: the one call behind the editor, `lint` and `run`.

A function of the text (and of the files it names) alone, never of what was typed before.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from . import codes, structure
from .codes import Severity
from .context import Context
from .model import Workflow, build
from .rules import RULES
from .source import Document, Mapping, Problem, parse
from .source.nodes import Block


class Related(msgspec.Struct, frozen=True):
    """Another place that belongs to a diagnostic; offsets are code points of the text."""

    start: int
    end: int
    message: str


class Diagnostic(msgspec.Struct, frozen=True):
    """One mistake. `start` and `end` are offsets in the text, in code points; `suggestion` is the word that
    was most likely meant."""

    code: str
    severity: Severity
    message: str
    start: int
    end: int
    related: tuple[Related, ...] = ()
    suggestion: str | None = None


class Analysis(msgspec.Struct, frozen=True):
    """All that is known of one text. `diagnostics` are in the order of the text."""

    document: Document
    workflow: Workflow
    diagnostics: tuple[Diagnostic, ...]
    path: Path | None = None

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(d for d in self.diagnostics if d.severity is Severity.ERROR)


def analyse(text: str, path: Path | None = None, previous: Document | None = None) -> Analysis:
    """The analysis of a text. `previous` is an earlier document of the same file, to save work."""
    document = parse(text, previous)
    workflow = build(document)
    problems = [*document.problems, *_beyond_syntax(document, workflow, path)]
    diagnostics = sorted(
        (_diagnostic(document, problem) for problem in problems), key=lambda d: (d.start, d.end)
    )
    return Analysis(document, workflow, tuple(dict.fromkeys(diagnostics)), path)


def syntax_only(text: str, path: Path | None = None) -> Analysis:
    """The analysis of a text that is too large to be looked at closely."""
    document = parse(text)
    diagnostics = tuple(_diagnostic(document, problem) for problem in document.problems)
    return Analysis(document, build(document), diagnostics, path)


def load(path: Path) -> Analysis:
    """The analysis of a file. Raises OSError when it can't be read, UnicodeDecodeError when it is no UTF-8."""
    with path.open("rb") as file:
        content = file.read()
    return analyse(content.decode("utf-8"), path)


def _beyond_syntax(document: Document, workflow: Workflow, path: Path | None) -> list[Problem]:
    if document.root is None or not isinstance(document.root, Mapping):
        return _no_workflow(document)
    known = set(map(_place, document.problems))
    problems = [problem for problem in structure.check(document.root) if _place(problem) not in known]
    known.update(map(_place, problems))
    context = Context(workflow, path)
    for check in RULES:
        found = check(context)
        problems.extend(problem for problem in found if _place(problem) not in known)
    broken = document.broken()
    return [problem for problem in problems if problem.span.block not in broken]


def _no_workflow(document: Document) -> list[Problem]:
    if document.problems:
        return []
    if document.root is None:
        message = "the file is empty: a workflow needs at least `flow:` with one step"
    else:
        message = "a workflow is a map with `flow:` at the top, not a list or text"
    return [Problem(codes.NOT_A_WORKFLOW, message, document.first_line())]


def _place(problem: Problem) -> tuple[Block, int, int]:
    return problem.span.block, problem.span.start, problem.span.end


def _diagnostic(document: Document, problem: Problem) -> Diagnostic:
    start, end = document.offsets(problem.span)
    related = tuple(Related(*document.offsets(span), message) for span, message in problem.related)
    severity = codes.REGISTRY[problem.code].severity
    return Diagnostic(problem.code, severity, problem.message, start, end, related, problem.suggestion)
