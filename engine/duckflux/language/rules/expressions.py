"""Every expression must be valid CEL over the variables there are (sections 2 and 5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ... import cel
from ...cel.types import Type
from .. import codes
from ..context import Context
from ..embedded import Site, is_expression, sites
from ..scope import STEP, UNDECLARED_INPUT, variables
from ..source import Problem, Span
from ..source.quoting import part_of
from ..suggest import closest, did_you_mean

_CODES = {
    "syntax": codes.EXPRESSION_SYNTAX,
    "reserved": codes.EXPRESSION_SYNTAX,
    "too-complex": codes.EXPRESSION_SYNTAX,
    "bad-macro": codes.EXPRESSION_SYNTAX,
    "undeclared": codes.UNDECLARED,
    "unknown-function": codes.UNKNOWN_FUNCTION,
    "no-such-field": codes.NO_SUCH_FIELD,
    "not-bool": codes.NOT_A_CONDITION,
    "never-true": codes.NEVER_TRUE,
    "always-true": codes.NEVER_TRUE,
    "never-present": codes.IMPOSSIBLE,
    UNDECLARED_INPUT: codes.UNDECLARED_INPUT,
    "impossible-value": codes.IMPOSSIBLE,
}


def check(context: Context) -> Iterator[Problem]:
    scope = variables(context)
    steps = {name for name, kind in scope.items() if kind is STEP}
    for site in sites(context.workflow, context.steps):
        if is_expression(site.node.text, scope, steps, site.kind):
            yield from _expression(site, scope)
        else:
            yield from _literal(site, scope)


def _expression(site: Site, scope: Mapping[str, Type]) -> Iterator[Problem]:
    expected = cel.types.BOOL if site.kind == "condition" else None
    ast = cel.parse(site.node.text)
    asked = _asked_for(ast)
    for found in ast.errors or cel.check(ast, scope, expected=expected).problems:
        name = site.node.text[found.start : found.end]
        if found.code == UNDECLARED_INPUT and name in asked:
            continue
        span = part_of(site.node, found.start, found.end)
        if not site.node.text:
            span = Span(site.node.block, site.node.start, site.node.end)
        elif span.start == span.end:
            span = span._replace(start=max(site.node.start, span.start - 1))
        code = _CODES.get(found.code, codes.EXPRESSION_TYPE)
        message = found.message
        if found.code == UNDECLARED_INPUT:
            message = f"the workflow declares no input `{name}`{did_you_mean(found.suggestion)}"
        yield Problem(code, message, span, suggestion=found.suggestion)


def _asked_for(ast: cel.Ast) -> set[str]:
    """The fields that an expression guards by `has`."""
    macros = (node for node in cel.nodes.walk(ast.root) if isinstance(node, cel.nodes.Macro))
    return {
        argument.field
        for macro in macros
        if macro.function == "has"
        for argument in macro.args
        if isinstance(argument, cel.nodes.Select)
    }


def _literal(site: Site, scope: Mapping[str, Type]) -> Iterator[Problem]:
    """Text that parses as CEL but for a name that is almost a variable's was most likely meant as CEL."""
    ast = cel.parse(site.node.text)
    if ast.errors or not isinstance(ast.root, cel.nodes.Select | cel.nodes.Call | cel.nodes.Binary):
        return
    for node in cel.nodes.walk(ast.root):
        if not isinstance(node, cel.nodes.Ident) or node.name in scope:
            continue
        suggestion = closest(node.name, scope)
        if suggestion is None:
            continue
        message = f"this is taken as plain text, as there is no `{node.name}`{did_you_mean(suggestion)}"
        span = part_of(site.node, node.start, node.end)
        yield Problem(codes.LITERAL_LIKE_EXPRESSION, message, span, suggestion=suggestion)
