"""The parser: trees, ranges, problems, and trees of broken text."""

from __future__ import annotations

import contextlib

import pytest
from duckflux import cel
from duckflux.cel.syntax import lexer
from duckflux.cel.syntax.nodes import Call, Error, Expr, Ident, Literal, Macro, Select, walk


def shape(text: str) -> str:
    """The tree, fully parenthesised."""
    ast = cel.parse(text)
    assert not ast.errors, ast.errors
    return bare(ast.root)


def bare(node: Expr) -> str:
    if isinstance(node, Ident):
        return node.name
    if isinstance(node, Literal):
        return cel.to_text(node)
    name = type(node).__name__ + str(
        getattr(node, "operator", getattr(node, "field", getattr(node, "function", "")))
    )
    return f"({' '.join([name, *map(bare, node.children)])})"


def problem(text: str) -> tuple[int, int, str]:
    (found,) = cel.parse(text).errors
    return found.start, found.end, found.message


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a + b * c", "a + (b * c)"),
        ("a * b + c", "(a * b) + c"),
        ("a - b - c", "(a - b) - c"),
        ("a || b && c", "a || (b && c)"),
        ("a && b == c", "a && (b == c)"),
        ("a == b + 1", "a == (b + 1)"),
        ("a < b == c", "(a < b) == c"),
        ("!a.b && c", "(!(a.b)) && c"),
        ("-a.b[0].c()", "-(((a.b)[0]).c())"),
        ("a ? b : c ? d : e", "a ? b : (c ? d : e)"),
        ("a || b ? c : d", "(a || b) ? c : d"),
        ("a in b && c in d", "(a in b) && (c in d)"),
        ("- 1", "-1"),
        ("a -1", "a - 1"),
        ("a // not b\n + c", "a + c"),
    ],
)
def test_precedence(text: str, same: str) -> None:
    assert shape(text) == shape(same)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0x1F", 31),
        ("-0x8000000000000000", -(2**63)),
        ("-9223372036854775808", -(2**63)),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("18446744073709551615u", cel.Uint(2**64 - 1)),
        (r"'\x41\101\u00e9\U0001F600\n\`'", "AAé😀\n`"),
        (r"r'\d'", r"\d"),
        (r'R"""a"b\n"""', 'a"b\\n'),
        (r"b'\xff\101é'", b"\xffA\xc3\xa9"),
        ("'''a\n'b'''", "a\n'b"),
        ("''", ""),
        ('""""""', ""),
    ],
)
def test_literals(text: str, value: object) -> None:
    root = cel.parse(text).root
    assert isinstance(root, Literal)
    assert root.value == value
    assert type(root.value) is type(value)


@pytest.mark.parametrize(
    ("text", "start", "end", "message"),
    [
        ("1 +", 3, 3, "expected an expression, found the end"),
        ("(1", 2, 2, "expected `)`, found the end"),
        ("a b", 2, 3, "expected an operator or the end, found `b`"),
        ("a.", 2, 2, "expected a field or method name, found the end"),
        ("f(a b)", 4, 5, "expected `,` or `)`, found `b`"),
        ("[1, 2", 5, 5, "expected `,` or `]`, found the end"),
        ("a ? b", 5, 5, "expected `:`, found the end"),
        ("1 == 'abc", 5, 9, "the string is not closed"),
        (r"'a\qb'", 2, 4, "unknown escape sequence"),
        ("9223372036854775808", 0, 19, "the number does not fit a 64-bit integer"),
        ("a = b", 2, 3, "expected an operator or the end, found `=`; did you mean `==`?"),
        ("for", 0, 3, "`for` is a reserved word"),
        ("a.map(1, 2)", 6, 7, "`map` takes a name here"),
        ("has(a)", 4, 5, "`has` takes a field selection such as `a.b` here"),
        ("[?a]", 1, 2, "optional values are not part of this language"),
        ("", 0, 0, "expected an expression, found the end"),
    ],
)
def test_problems_stand_where_they_are_noticed(text: str, start: int, end: int, message: str) -> None:
    assert problem(text) == (start, end, message)


def test_every_problem_is_reported() -> None:
    errors = cel.parse("a + && b.map(1, x) && 'q\\z'").errors
    assert [error.start for error in errors] == [4, 13, 24]


def test_unfinished_member_keeps_what_is_before() -> None:
    root = cel.parse("a.b.").root
    assert isinstance(root, Select)
    assert (root.field, root.field_start) == ("", 4)
    assert cel.parse("a.b.").source(root.operand) == "a.b"


def test_unfinished_call_keeps_its_arguments() -> None:
    root = cel.parse("f(x, ").root
    assert isinstance(root, Call)
    assert isinstance(root.args[0], Ident)
    assert isinstance(root.args[1], Error)


def test_unfinished_macro_declares_its_variable() -> None:
    root = cel.parse("items.exists(i, i.").root
    assert isinstance(root, Macro)
    assert [variable.name for variable in root.variables] == ["i"]


def test_loop_is_a_name_here() -> None:
    assert cel.compile("loop.index + 1")({"loop": {"index": 1}}) == 2


def test_reserved_words_are_field_names() -> None:
    assert cel.compile("{'for': 1}.for")({}) == 1


def test_ranges_include_parentheses() -> None:
    ast = cel.parse("(a + b) * (c)")
    assert [ast.source(node) for node in walk(ast.root)] == ["(a + b) * (c)", "a + b", "a", "b", "c"]


@pytest.mark.parametrize(
    ("opening", "inner", "closing"),
    [
        ("(", "1", ")"),
        ("[", "", "]"),
        ("!", "true", ""),
        ("-(", "1", ")"),
        ("size(", "[]", ")"),
        ("{1: ", "2", "}"),
        ("[1].map(x, ", "1", ")"),
        ("true ? 1 : (", "2", ")"),
        ("1 + (", "1", ")"),
    ],
)
def test_nesting_of_250(opening: str, inner: str, closing: str) -> None:
    text = opening * 250 + inner + closing * 250
    ast = cel.parse(text)
    assert not ast.errors
    cel.check(ast, {})
    assert cel.parse(cel.to_text(ast.root)).errors == ()
    program = cel.compile(ast)
    if opening != "size(":
        program({})


@pytest.mark.parametrize(
    "text",
    ["[" * 590 + "]" * 590, "!" * 590 + "true", "1" + " + 1" * 590, "a" + ".b" * 590, "f(" * 290 + ")" * 290],
)
def test_the_deepest_trees_pass_all_stages(text: str) -> None:
    ast = cel.parse(text)
    assert "too-complex" not in [error.code for error in ast.errors]
    cel.check(ast, {"a": cel.types.DYN})
    if ast.errors:
        return
    cel.to_text(ast.root)
    with contextlib.suppress(cel.EvaluationError):
        cel.compile(ast)({"a": {}})


@pytest.mark.parametrize(
    "text", ["(" * 5000, "[" * 5000 + "]" * 5000, "!" * 5000 + "a", "1" + " + 1" * 5000, "a" + ".b" * 5000]
)
def test_deeper_nesting_is_a_problem_not_a_crash(text: str) -> None:
    ast = cel.parse(text)
    assert "too-complex" in [error.code for error in ast.errors]
    cel.check(ast, {})


def test_long_flat_lists_are_fine() -> None:
    assert len(cel.compile("[" + "1, " * 5000 + "1]")({})) == 5001


def test_comments() -> None:
    text = "a // 'x'\n + 'b // c' // d"
    assert [text[start:end] for start, end in lexer.comments(text)] == ["// 'x'", "// d"]


def test_free_names_and_references() -> None:
    ast = cel.parse("a.b + xs.map(x, x + a)[0] + x + strings.quote('q')")
    assert cel.free_names(ast) == {"a", "xs", "x"}
    assert cel.references(ast, "a") == ((0, 1), (20, 21))
    assert cel.references(ast, "x") == ((28, 29),)


def test_parse_error_carries_the_problems() -> None:
    with pytest.raises(cel.ParseError) as caught:
        cel.compile("1 +")
    assert caught.value.problems[0].code == "syntax"
