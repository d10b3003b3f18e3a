"""The analysis of a workflow's text: the one call behind the editor, `lint` and `run`.

A function of the text and of the files it names alone, never of what was typed before.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from ..files import FileTooLargeError, read_file
from . import registry
from .budget import OverBudgetError, check_budget
from .lint.suppression import SuppressionProblem, without_suppressed
from .lint.visitor import check_item, check_workflow
from .model.workflow import Workflow, build
from .registry import Severity
from .schema import validation
from .semantics.items import Item, Items
from .semantics.query_context import QueryContext, QueryResults, still_valid
from .semantics.semantic_model import SemanticModel
from .syntax import MAX_BYTES, Document, Mapping, Node, Problem, parse, too_large, unread
from .syntax.nodes import Block

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .lint.settings import LintSettings
    from .semantics.called_workflows import Files


# A value takes up to 3 KB of memory once everything about it is known.
MAX_CHECKED = 100_000
_TOO_MANY = f"only the syntax is checked: the file has more than {MAX_CHECKED:,} values; divide it"


class RelatedRange(msgspec.Struct, frozen=True):
    """Another range that belongs to a diagnostic, in code points of the text."""

    start: int
    end: int
    message: str


class Diagnostic(msgspec.Struct, frozen=True):
    """One diagnostic.

    `start` and `end` are offsets in the text, in code points; `suggestion` is the word that was most likely
    meant.
    """

    code: str
    severity: Severity
    message: str
    start: int
    end: int
    related: tuple[RelatedRange, ...] = ()
    suggestion: str | None = None


class ItemResult(msgspec.Struct, frozen=True):
    """The problems of one item, and the query results that they depend on."""

    problems: tuple[Problem, ...]
    answers: QueryResults


class AnalysisState(msgspec.Struct, frozen=True):
    """The state that one analysis leaves for the next, item by item."""

    model: SemanticModel
    structure: dict[Node, tuple[Problem, ...]]
    results: dict[Item, ItemResult]

    @property
    def items(self) -> Items:
        return self.model.items


class Analysis(msgspec.Struct, frozen=True):
    """Everything known about one text; `diagnostics` are in the order of the text.

    `unchecked` counts the items that were not checked before the budget was spent.
    """

    document: Document
    workflow: Workflow
    diagnostics: tuple[Diagnostic, ...]
    file: str | None = None
    state: AnalysisState | None = None
    suppressed: tuple[Diagnostic, ...] = ()
    unchecked: int = 0

    @property
    def path(self) -> Path | None:
        """Return the file, None for an unsaved text."""
        from pathlib import Path

        return None if self.file is None else Path(self.file)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Return the errors that stop a run, including those that a comment suppresses."""
        found = (d for d in (*self.diagnostics, *self.suppressed) if d.severity is Severity.ERROR)
        return tuple(sorted(found, key=_order))


def analyse(
    text: str,
    path: Path | str | None = None,
    previous: Analysis | None = None,
    files: Files | None = None,
) -> Analysis:
    """Return the analysis of a text.

    `previous` is an earlier analysis of the same file; it only saves work. `files` are the workflow files
    that may be called: by default those of `previous`, else those on disk.

    With a spent budget, the analysis is that of the items that were checked before. Raises OverBudgetError if
    there is nothing to tell yet.
    """
    document = parse(text, previous.document if previous else None)
    if document.size > MAX_CHECKED:
        return _syntax_of(document, path, _TOO_MANY)
    workflow = build(document, previous.workflow if previous else None)
    if not isinstance(document.root, Mapping):
        return Analysis(document, workflow, _diagnostics(document, _no_workflow(document)), _name(path))
    before = previous.state if previous else None
    items = Items(workflow, before.model.items if before else None)
    structural, by_part = validation.check_items(
        document.root, items.by_node, before.structure if before else {}
    )
    model = SemanticModel(workflow, items, path, before.model if before else None, files)
    results = _results(items, model, before)
    missing = len(items) - len(results)
    semantic = [problem for result in results.values() for problem in result.problems]
    if missing:
        semantic.append(
            _partly_checked(document, f"{missing} of {len(items)} parts are not checked: it takes too long")
        )
    else:
        semantic.extend(check_workflow(workflow, QueryContext(model)))
    diagnostics = _diagnostics(document, _without_echoes(document, structural, semantic))
    shown, suppressed, complaints = without_suppressed(document, diagnostics)
    if complaints:
        shown = sorted((*shown, *map(_of_comment, complaints)), key=_order)
    state = AnalysisState(model, by_part, results)
    return Analysis(document, workflow, tuple(shown), _name(path), state, tuple(suppressed), missing)


def analysis_of(document: Document, problems: list[Problem], path: Path | str | None) -> Analysis:
    """Return the analysis of a file that is not a workflow, such as a test file, from its own problems."""
    known = _without_echoes(document, problems, [])
    return Analysis(document, build(document), _diagnostics(document, known), _name(path))


def unchecked(text: str, path: Path | str | None, reason: str) -> Analysis:
    """Return the analysis of a text that is not read, with a diagnostic that gives the reason."""
    return _syntax_of(unread(text), path, reason)


def names_only(text: str, path: Path | str, files: Files) -> Analysis:
    """Return the analysis of a text without looking for mistakes, for an index of names."""
    document = parse(text)
    workflow = build(document)
    if not isinstance(document.root, Mapping):
        return Analysis(document, workflow, (), _name(path))
    model = SemanticModel(workflow, Items(workflow), path, files=files)
    return Analysis(document, workflow, (), _name(path), AnalysisState(model, {}, {}))


def with_settings(analysis: Analysis, lint: LintSettings) -> Analysis:
    """Return an analysis with the diagnostics that the settings select, in the severities that they set."""
    shown = tuple(
        msgspec.structs.replace(found, severity=lint.severity_of(found.code, found.severity))
        for found in analysis.diagnostics
        if lint.shows(found.code)
    )
    return analysis if shown == analysis.diagnostics else msgspec.structs.replace(analysis, diagnostics=shown)


def load(
    path: Path | str, files: Files | None = None, read: Callable[[Path | str, int], bytes] = read_file
) -> Analysis:
    """Return the analysis of a file, which may call others of `files`.

    Raises OSError if the file cannot be read, UnicodeDecodeError if it is not UTF-8.
    """
    try:
        text = read(path, MAX_BYTES).decode("utf-8")
    except FileTooLargeError:
        document = too_large()
        return Analysis(document, build(document), _diagnostics(document, []), _name(path))
    return analyse(text, path, files=files)


def _syntax_of(document: Document, path: Path | str | None, reason: str) -> Analysis:
    problems = [] if any(document.errors()) else [_partly_checked(document, reason)]
    return Analysis(document, build(document), _diagnostics(document, problems), _name(path))


def _partly_checked(document: Document, message: str) -> Problem:
    return Problem(registry.PARTLY_CHECKED, message, document.first_line())


def _results(items: Items, model: SemanticModel, before: AnalysisState | None) -> dict[Item, ItemResult]:
    """Return the results of all items, or of those that were checked when the budget was spent."""
    results: dict[Item, ItemResult] = {}
    with suppress(OverBudgetError):
        for item in items:
            check_budget()
            results[item] = _check_item(item, model, before)
    return results


def _check_item(item: Item, model: SemanticModel, before: AnalysisState | None) -> ItemResult:
    known = before.results.get(item) if before else None
    if known is not None and before is not None and still_valid(known.answers, model, before.model.revision):
        return known
    context = QueryContext(model, item)
    return ItemResult(tuple(check_item(item, context)), context.answers)


def _without_echoes(document: Document, structural: list[Problem], semantic: list[Problem]) -> list[Problem]:
    """Return the problems of structure and meaning that repeat no other problem at the same range."""
    known = set(map(_place, document.problems))
    structural = [problem for problem in structural if _place(problem) not in known]
    known.update(map(_place, structural))
    problems = [*structural, *(problem for problem in semantic if _place(problem) not in known)]
    broken = document.broken()
    return [problem for problem in problems if problem.span.block not in broken]


def _no_workflow(document: Document) -> list[Problem]:
    if any(document.errors()):
        return []
    if document.root is None:
        message = "the file is empty: a workflow needs at least `flow:` with one step"
    else:
        message = "a workflow is a map with `flow:` at the top, not a list or text"
    return [Problem(registry.NOT_A_WORKFLOW, message, document.first_line())]


def _place(problem: Problem) -> tuple[Block, int, int]:
    return problem.span.block, problem.span.start, problem.span.end


def _diagnostics(document: Document, problems: list[Problem]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics of the text's own problems and of these, in the order of the text."""
    found = [_diagnostic(document, problem) for problem in (*document.problems, *problems)]
    return tuple(dict.fromkeys(sorted(found, key=_order)))


def _order(diagnostic: Diagnostic) -> tuple[int, int, str, str]:
    return diagnostic.start, diagnostic.end, diagnostic.code, diagnostic.message


def _of_comment(complaint: SuppressionProblem) -> Diagnostic:
    severity = registry.REGISTRY[complaint.code].severity
    return Diagnostic(
        complaint.code,
        severity,
        complaint.message,
        complaint.start,
        complaint.end,
        suggestion=complaint.suggestion,
    )


def _diagnostic(document: Document, problem: Problem) -> Diagnostic:
    start, end = document.offsets(problem.span)
    related = tuple(RelatedRange(*document.offsets(span), message) for span, message in problem.related)
    severity = registry.REGISTRY[problem.code].severity
    return Diagnostic(problem.code, severity, problem.message, start, end, related, problem.suggestion)


def _name(path: Path | str | None) -> str | None:
    return None if path is None else os.fspath(path)
