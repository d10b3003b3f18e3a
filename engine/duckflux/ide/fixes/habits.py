"""Writes fields, steps and expressions of other tools as they are written here."""

from __future__ import annotations

from collections.abc import Iterator

from ... import cel
from ...cel.habits import habit_of
from ...language.analysis import Analysis, Diagnostic
from ...language.model.workflow import step_names
from ...language.semantics.builtin_variables import OWNERS
from ...language.syntax import Document, Mapping, Scalar
from ...language.syntax.ancestors import Entry, ancestors_at
from ...language.syntax.edits import TextEdit, as_yaml, is_flow, remove_field
from .fix import Fix
from .scalar_content import rewritten

_VARIABLES = ("workflow", "execution", "env", "input", "output", "event", "loop", "now")


def write_in_cel(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Write the whole expression in CEL."""
    scalar = ancestors_at(analysis.document, diagnostic.start).scalar
    if scalar is not None and not scalar.alias and diagnostic.suggestion is not None:
        yield rewritten(analysis, scalar, diagnostic.suggestion, f"Write `{diagnostic.suggestion}`")


def write_own_field(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Rename a field or step, replace it as a whole, or remove it."""
    document = analysis.document
    link = ancestors_at(document, diagnostic.start).last
    if link is None or link.holder.alias or link.pair.key.alias:
        return
    replacement = diagnostic.suggestion
    if replacement is None:
        edit = remove_field(document, *link)
        if edit is not None:
            yield Fix(f"Remove `{link.pair.key.text}`", (edit,), preferred=False, safe=False)
        return
    start, end = document.offsets(link.pair.key)
    if ": " in replacement:
        whole = TextEdit(start, document.offsets(link.pair.value)[1], replacement)
        yield Fix(f"Change to `{replacement}`", (whole,))
        return
    more = tuple(_expressions(analysis, link.pair.value)) if replacement == "input" else ()
    edit = TextEdit(
        start, end, _typed(document, link) if _is_command_step(link, replacement) else replacement
    )
    yield Fix(f"Change to `{replacement}`", (edit, *more), safe=not more)


def _is_command_step(link: Entry, replacement: str) -> bool:
    """Return whether a field is a whole step that runs a command."""
    return replacement == "run" and len(link.holder.pairs) == 1


def _typed(document: Document, link: Entry) -> str:
    if is_flow(document, link.holder):
        return "type: exec, run"
    column = document.position(link.pair.key)[1]
    return f"type: exec\n{' ' * column}run"


def _expressions(analysis: Analysis, node: object) -> Iterator[TextEdit]:
    """Yield the edits that make expressions of the texts of a map."""
    for pair in node if isinstance(node, Mapping) and not node.alias else ():
        value = pair.value
        if isinstance(value, Scalar) and isinstance(value.value, str) and not value.alias:
            text = _as_expression(analysis, value.text)
            if text != value.text:
                style = '"' if text.startswith("'") else value.style
                yield TextEdit(*analysis.document.offsets(value), as_yaml(text, style))


def _as_expression(analysis: Analysis, text: str) -> str:
    """Return an expression that gives a text, or its value where it is one already."""
    habit = habit_of(text)
    expression = habit.expression if habit else text
    ast = cel.parse(expression)
    names = set(cel.free_names(ast)) if not ast.errors else set()
    if names and names <= {*_VARIABLES, *OWNERS, *step_names(analysis.workflow)}:
        return expression
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"
