"""Fixes expressions in commands and plain texts, where nothing evaluates them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ... import cel
from ...cel.types import STRING, EnumType
from ...language.analysis import Analysis, Diagnostic
from ...language.free_names import free_name
from ...language.semantics.foreign_names import own_expression
from ...language.semantics.shell_syntax import expansions
from ...language.syntax import Mapping, Scalar
from ...language.syntax.ancestors import ancestors_at
from ...language.syntax.edits import TextEdit, Value, add_fields, as_yaml
from .fix import Fix
from .scalar_content import ContentRange, part_at, rewritten

_DELIMITERS = re.compile(r"\$?[{(]{1,2}(.+?)[})]{1,2}", re.DOTALL)
_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", re.ASCII)


def evaluate_expression(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Pass the value to a command by `input`, or join it to a text with `+`."""
    part = part_at(analysis, diagnostic)
    link = ancestors_at(analysis.document, diagnostic.start).last
    if part is None or link is None or link.holder.alias:
        return
    if link.pair.key.text == "run":
        yield from _given(analysis, diagnostic, part, link.holder)
    else:
        yield from _joined(analysis, diagnostic, part.scalar)


def _given(analysis: Analysis, diagnostic: Diagnostic, part: ContentRange, holder: Mapping) -> Iterator[Fix]:
    expression = _inner(analysis, part)
    if not _PATH.fullmatch(expression):
        return
    given = holder.get("input")
    if given is not None and (not isinstance(given, Mapping) or given.alias or not given.pairs):
        return
    root, *_, last = expression.split(".")
    name, more = last, list[TextEdit]()
    if root != "env":
        taken = {p.key.text: p.value for p in given if isinstance(p.value, Scalar)} if given else {}
        same = next((key for key, value in taken.items() if value.text == expression), None)
        name = same or free_name(root + "_" + last if last in ("output", "status", "error") else last, taken)
        more = [] if same else [_added(analysis, holder, given, name, expression)]
    if not _is_known(analysis, expression):
        return
    follows = part.scalar.text[part.end : part.end + 1]
    variable = f"${{{name}}}" if re.match(r"\w", follows) else f"${name}"
    at = part.start + variable.index(name)
    if not any(found.start == at for found in expansions(part.replaced(variable))):
        # In single quotes the shell would leave it as it stands.
        return
    edit = TextEdit(diagnostic.start, diagnostic.end, variable)
    yield Fix(f"Pass it as `${name}`", (edit, *more), safe=False)


def _added(
    analysis: Analysis, holder: Mapping, given: Mapping | None, name: str, expression: str
) -> TextEdit:
    value = as_yaml(expression)
    if given is not None:
        return add_fields(analysis.document, given, {name: value})
    fields: dict[str, Value] = {"input": {name: value}}
    return add_fields(analysis.document, holder, fields)


def _joined(analysis: Analysis, diagnostic: Diagnostic, scalar: Scalar) -> Iterator[Fix]:
    """Join all expressions in one text at once: the text becomes an expression."""
    alike = (found for found in analysis.diagnostics if found.code == diagnostic.code)
    parts = [part for found in alike if (part := part_at(analysis, found)) and part.scalar is scalar]
    operands: list[str] = []
    at = 0
    for part in parts:
        expression = _inner(analysis, part)
        if not _is_known(analysis, expression):
            return
        operands += [_literal(scalar.text[at : part.start]), _as_text(analysis, expression)]
        at = part.end
    operands.append(_literal(scalar.text[at:]))
    text = " + ".join(operand for operand in operands if operand != "''")
    yield rewritten(analysis, scalar, text, "Join it with `+`")._replace(safe=False)


def _inner(analysis: Analysis, part: ContentRange) -> str:
    match = _DELIMITERS.fullmatch(part.text)
    names, inputs = _names(analysis), analysis.workflow.inputs
    inner = match[1].strip() if match else part.text
    return own_expression(part.text, inner, names.__contains__, inputs.__contains__)


def _names(analysis: Analysis) -> tuple[str, ...]:
    return analysis.state.model.variable_names() if analysis.state else ()


def _is_known(analysis: Analysis, expression: str) -> bool:
    """Return whether an expression is valid, and reads only variables that exist."""
    ast = cel.parse(expression)
    return not ast.errors and set(cel.free_names(ast)) <= set(_names(analysis))


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def _as_text(analysis: Analysis, expression: str) -> str:
    type_ = analysis.state.model.type_of(expression) if analysis.state else None
    return expression if type_ == STRING or isinstance(type_, EnumType) else f"string({expression})"
