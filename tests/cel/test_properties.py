"""What holds for every text."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec
from duckflux import cel
from duckflux.cel import services, types
from duckflux.cel.checker.inference import Inference
from duckflux.cel.library.extensions import EXTENDED
from duckflux.cel.syntax import lexer
from duckflux.cel.syntax.nodes import Expr, Literal, walk
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from expressions import CONTEXT, EXPRESSIONS

REPEATABLE = settings(
    max_examples=250, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
SCOPE = {name: types.of_value(value) for name, value in CONTEXT.items()}
WORDS = (
    "a b.c .x ( ) [ ] { } , : ? ! - + && || == in < 1 2u 0x 1. .5 1e 'x' \"y r'z b'\\xff' '''q ` `a-b` //"
    " \n \\ 'a\\q' true null for loop has( map(i, i. .exists(x, .size() .? [? é 💡 \x00 ;"
)
PIECES = st.sampled_from(WORDS.split(" "))
BROKEN = (
    st.lists(PIECES, max_size=12).map(" ".join)
    | st.text(max_size=20)
    | st.lists(PIECES, max_size=8).map("".join)
)


def says(node: Expr) -> Any:
    """What a node says, its place aside."""
    if isinstance(node, Literal):
        return type(node.value).__name__, repr(node.value)
    places = {"start", "end", "name_start", "name_end", "field_start", "field_end"}
    own = {
        name: value
        for name, value in msgspec.structs.asdict(node).items()
        if name not in places and isinstance(value, (str, bool, frozenset))
    }
    return type(node).__name__, own, [says(child) for child in node.children]


@REPEATABLE
@given(EXPRESSIONS)
@example("-(5)")
@example("--5")
@example("-(5).a")
@example("(-x).a")
@example("a - (b - c) - -1")
@example("(a ? b : c) ? (d ? e : f) : g ? h : i")
@example("!(a.b)[0].`x-y`")
@example("[?a, b, {?'k': v}].map(x, x > 1, .x.?y[?0])")
@example(r"'\"\\\n\t' + r'\n' + '''a'b'''")
@example("b'\\xff\\n' + b'é'")
@example("1e999 - -1e999 + 1.0 + 5u + -9223372036854775808")
def test_printing_and_parsing_again_gives_the_same_tree(text: str) -> None:
    ast = cel.parse(text, EXTENDED)
    assert not ast.errors
    again = cel.parse(cel.to_text(ast.root), EXTENDED)
    assert not again.errors
    assert says(again.root) == says(ast.root)


@REPEATABLE
@given(EXPRESSIONS)
def test_a_range_covers_exactly_its_text(text: str) -> None:
    ast = cel.parse(text)
    for node in walk(ast.root):
        inner = cel.parse(ast.source(node))
        assert not inner.errors
        assert says(inner.root) == says(node)


@REPEATABLE
@given(BROKEN)
@example("")
@example("a.b.")
@example("f(x, ")
def test_the_parser_survives_anything(text: str) -> None:
    ast = cel.parse(text)
    for node in walk(ast.root):
        assert 0 <= node.start <= node.end <= len(text)
    for problem in ast.errors:
        assert 0 <= problem.start <= problem.end <= len(text)
        assert problem.code in cel.CODES
    checked = cel.check(ast, SCOPE)
    assert all(problem.code in cel.CODES for problem in checked.problems)
    if ast.errors:
        return
    try:
        cel.compile(ast)(CONTEXT)
    except cel.EvaluationError as error:
        assert 0 <= error.start <= error.end <= len(text)


@REPEATABLE
@given(BROKEN, st.integers(0, 40))
def test_the_services_survive_anything(text: str, offset: int) -> None:
    offset = min(offset, len(text))
    ast = cel.parse(text)
    for candidate in services.complete(ast, SCOPE, offset):
        assert 0 <= candidate.start <= offset <= candidate.end <= len(text)
    services.signature_at(ast, offset)
    services.references_at(ast, offset)
    services.describe(cel.check(ast, SCOPE), offset)
    services.node_at(ast, offset)
    services.highlight(ast)


@REPEATABLE
@given(st.text(max_size=30) | st.text("'\"\\`rb \n", max_size=12))
def test_tokens_and_gaps_make_up_the_text(text: str) -> None:
    position = 0
    for token in lexer.tokenize(text):
        assert position <= token.start <= token.end
        assert text[token.start : token.end] == token.text
        gap = text[position : token.start]
        assert not gap.strip(" \t\n\f\r") or "//" in gap
        position = token.end
    assert position == len(text)


@REPEATABLE
@given(EXPRESSIONS)
def test_what_the_checker_accepts_has_the_type_it_says(text: str) -> None:
    checked = cel.check(cel.parse(text), SCOPE)
    if checked.problems:
        return
    try:
        value = cel.compile(text)(CONTEXT)
    except cel.EvaluationError:
        return
    assert Inference().is_assignable(types.of_value(value), checked.type) or value is None
