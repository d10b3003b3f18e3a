"""The checker: types, problems at their ranges, and no false alarms."""

from __future__ import annotations

import pytest
from duckflux import cel
from duckflux.cel import types
from duckflux.cel.types import BOOL, DURATION, DYN, INT, NULL, STRING, TIMESTAMP

STEP = types.record(
    {
        "status": types.enum_of("success", "failure", "skipped"),
        "output": DYN,
        "startedAt": TIMESTAMP,
        "duration": DURATION,
        "retries": INT,
        "error": STRING,
    },
    optional={"output", "error"},
    docs={"status": "How it ended."},
)
SCOPE = {
    "build": STEP,
    "loop": types.record({"index": INT, "first": BOOL}),
    "input": DYN,
    "workflow": types.record(
        {"inputs": types.record({"branch": STRING}, unknown="undeclared-input"), "name": STRING}
    ),
    "execution": types.record({"context": types.record({"round": INT}, open=True)}),
    "env": types.map_of(STRING, STRING),
    "items": types.list_of(types.record({"price": types.DOUBLE})),
    "now": TIMESTAMP,
}


def problems(text: str, expected: types.Type | None = None) -> list[tuple[str, str]]:
    """Each problem's code and the text it stands at."""
    ast = cel.parse(text)
    assert not ast.errors
    found = cel.check(ast, SCOPE, expected=expected).problems
    return [(problem.code, text[problem.start : problem.end]) for problem in found]


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("build.status == 'success' && loop.index < 3", "bool"),
        ("build.retries + 1", "int"),
        ("build.output.anything[0].at['all']", "dyn"),
        ("items.map(i, i.price)", "list(double)"),
        ("items.filter(i, i.price > 1)[0].price", "double"),
        ("now - build.startedAt", "duration"),
        ("env.PATH", "string"),
        ("env.map(k, k)", "list(string)"),
        ("[1, 'a']", "list(dyn)"),
        ("[]", "list(dyn)"),
        ("{'a': [1]}", "map(string, list(int))"),
        ("loop.first ? 1 : 2", "int"),
        ("loop.first ? 1 : 'a'", "dyn"),
        ("loop.first ? build.status : 'none'", "string"),
        ("int", "type(int)"),
        ("null", "null"),
        ("execution.context.round", "int"),
        ("execution.context.other", "dyn"),
        ("build['retries']", "int"),
        ("'a'.split(',')", "list(string)"),
        ("input + 1", "int"),
        ("timestamp(0).getHours()", "int"),
    ],
)
def test_types(text: str, type_: str) -> None:
    checked = cel.check(cel.parse(text), SCOPE)
    assert checked.problems == ()
    assert str(checked.type) == type_


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bild.status", [("undeclared", "bild")]),
        ("build.outptu", [("no-such-field", "outptu")]),
        ("build['outptu']", [("no-such-field", "'outptu'")]),
        ("workflow.inputs.brnch", [("undeclared-input", "brnch")]),
        ("has(build.outptu)", [("never-present", "outptu")]),
        ("build.retries.x", [("wrong-type", "x")]),
        ("1 + 'a'", [("wrong-type", "1 + 'a'")]),
        ("build.retries && loop.first", [("not-bool", "build.retries")]),
        ("!build.retries", [("not-bool", "build.retries")]),
        ("build.retries ? 1 : 2", [("not-bool", "build.retries")]),
        ("items.all(i, i.price)", [("not-bool", "i.price")]),
        ("items.all(i, i.prise > 1)", [("no-such-field", "prise")]),
        ("build.status == 1", [("never-true", "build.status == 1")]),
        ("build.status != 1", [("always-true", "build.status != 1")]),
        ("build.status == 'sucess'", [("impossible-value", "'sucess'")]),
        ("'done' == build.status", [("impossible-value", "'done'")]),
        ("build.status in ['success', 'failed']", [("impossible-value", "'failed'")]),
        ("1 in ['a']", [("never-true", "1 in ['a']")]),
        ("'a' in 'abc'", [("wrong-type", "'abc'")]),
        ("'abc'.startWith('a')", [("unknown-function", "startWith")]),
        ("nothing(1)", [("unknown-function", "nothing")]),
        ("getHours(now)", [("unknown-function", "getHours")]),
        ("'a'.startsWith(1)", [("wrong-type", "1")]),
        ("'a'.startsWith()", [("wrong-arguments", "startsWith")]),
        ("size(1)", [("wrong-type", "1")]),
        ("items.map(i)", [("wrong-arguments", "map")]),
        ("'abc'.map(c, c)", [("wrong-type", "'abc'")]),
        ("duration('1x') > build.duration", [("invalid-argument", "'1x'")]),
        ("timestamp('yesterday')", [("invalid-argument", "'yesterday'")]),
        ("'a'.matches('(')", [("invalid-argument", "'('")]),
        ("int('x')", [("invalid-argument", "'x'")]),
        ("items['a']", [("wrong-type", "'a'")]),
        ("{1.5: 2}", [("wrong-type", "1.5")]),
        ("{1: 2}['a']", [("wrong-type", "'a'")]),
        ("now + now", [("wrong-type", "now + now")]),
        ("a.x && b.y || 1 + 'c' == 2", [("undeclared", "a"), ("undeclared", "b"), ("wrong-type", "1 + 'c'")]),
    ],
)
def test_problems(text: str, found: list[tuple[str, str]]) -> None:
    assert problems(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "input.a.b[0] + 1 > 2 && input.c",
        "build.output == 1 || build.output == 'a' || build.output.x",
        "input == null || build.retries == null",
        "1 == 1.0 && 1u < 2.5 && 2 >= 1u",
        "has(execution.context.anything)",
        "has(build.output.deep.field)",
        "build.output.map(x, x.y).filter(z, z > 1)",
        "input in input",
        "[] == ['a'] || {} == {'a': 1}",
        "dyn('a') + 1",
        "size(input) + size(items) + size(env) + size(build)",
        "input.startsWith(input) && startsWith(input, 'x')",
        "items.exists(items, items.price > 1.0)",
        "loop.first ? null : 1",
        "build.status in input",
        "input ? 1 : 2",
        "type(input) == int",
        "env['A' + 'B'] == 'c'",
    ],
)
def test_no_false_alarms(text: str) -> None:
    assert problems(text) == []


def test_suggestions() -> None:
    (problem,) = cel.check(cel.parse("build.statsu"), SCOPE).problems
    assert problem.suggestion == "status"
    (problem,) = cel.check(cel.parse("biuld"), SCOPE).problems
    assert problem.suggestion == "build"
    (problem,) = cel.check(cel.parse("'a'.StartsWith('b')"), SCOPE).problems
    assert problem.suggestion == "startsWith"


def test_expected_type() -> None:
    assert problems("build.retries", BOOL) == [("not-bool", "build.retries")]
    assert problems("build.status", INT) == [("wrong-type", "build.status")]
    assert problems("input", BOOL) == []
    assert problems("build.status", STRING) == []


def test_every_code_is_documented() -> None:
    assert all(code in cel.CODES for code, _ in problems("build.x + (1 ? y : 2)"))


def test_every_node_has_a_type() -> None:
    ast = cel.parse("items.map(i, i.price > 1.0 ? [i] : [])[0] == {'a': !true}")
    checked = cel.check(ast, SCOPE)
    assert all(node in checked.types for node in cel.nodes.walk(ast.root))


def test_broken_text_is_checked_too() -> None:
    checked = cel.check(cel.parse("bild.status == "), SCOPE)
    assert [problem.code for problem in checked.problems] == ["undeclared"]


def test_types_of_values() -> None:
    assert str(types.of_value({"a": [1, 2], "b": None})) == "{a: list(int), b: null, ...}"
    assert types.of_value(None) == NULL
