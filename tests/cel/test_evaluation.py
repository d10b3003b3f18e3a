"""Evaluation: values, errors, limits and host functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from duckflux import cel
from duckflux.cel import json_values, types
from duckflux.cel.library.extensions import EXTENDED

CONTEXT: dict[str, Any] = {
    "build": {"status": "success", "output": {"score": 8, "files": ["a.py", "b.py"]}, "secret": "hunter2"},
    "loop": {"index": 0, "iteration": 1},
    "input": None,
    "tags": ["x", "y"],
    "big": 2**70,
    "text": "hunter2",
}


def run(text: str) -> Any:
    return cel.compile(text)(CONTEXT)


def failure(text: str) -> cel.EvaluationError:
    with pytest.raises(cel.EvaluationError) as caught:
        run(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("build.status == 'success' && build.output.score > 5", True),
        ("build.output.files.filter(f, f.endsWith('.py')).size()", 2),
        ("has(build.output) && !has(build.zz)", True),
        ("input == null", True),
        ("'x' in tags && !('z' in tags)", True),
        ("1 == 1.0 && 1u == 1 && [1, 2.0] == [1.0, 2]", True),
        ("true == 1", False),
        ("dyn(1) == true || {1: 2} == {true: 2}", False),
        ("'a' == 1", False),
        ("7 / -2", -3),
        ("-7 % 2", -1),
        ("1.0 / 0.0 > 1e300", True),
        ("size('💡é')", 2),
        ("tags.map(t, t + '!').join(',')", "x!,y!"),
        ("tags.map(t, t == 'y', t)", ["y"]),
        ("contains('abc', 'b') && startsWith('abc', 'a') && matches('abc', '^a.c$')", True),
        ("join(split('a-b', '-'), '+')", "a+b"),
        ("duration('1d') == duration('24h') && duration('250ms') < duration('1s')", True),
        ("string(timestamp('2024-02-29T12:00:00.120+01:00'))", "2024-02-29T11:00:00.12Z"),
        ("timestamp('2024-03-01T00:00:00Z') - timestamp('2024-02-28T00:00:00Z') == duration('48h')", True),
        ("timestamp('2024-07-01T12:00:00Z').getHours('Europe/Berlin')", 14),
        ("string(1.0) + string(1e6) + string(0.1)", "11e+060.1"),
        ("type(1) == int && type(tags) == list", True),
        ("[[1]].map(x, x.map(y, y + loop.iteration))", [[2]]),
        ("tags.exists(tags, tags == 'x')", True),
        ("1 / 0 > 1 || true", True),
        ("false && nothing.at.all", False),
        ("{1: 'int', true: 'bool'}[true]", "bool"),
    ],
)
def test_values(text: str, value: Any) -> None:
    assert run(text) == value


@pytest.mark.parametrize(
    ("text", "code", "message", "part"),
    [
        ("1 + build.zz.y", "no-such-key", "no such key: build.zz", "build.zz"),
        ("zz.y", "undeclared", "undeclared reference to `zz`", "zz"),
        (
            "build.status.x",
            "no-such-field",
            "`build.status.x`: a value of type string has no fields",
            "build.status.x",
        ),
        ("tags[2]", "out-of-range", "index out of range: tags[2]", "tags[2]"),
        ("tags[-1]", "out-of-range", "index out of range: tags[-1]", "tags[-1]"),
        ("build[text]", "no-such-key", "no such key: build[text]", "build[text]"),
        ("1 + text", "no-such-overload", "`+` does not take int and string", "1 + text"),
        ("2 < text", "no-such-overload", "`<` does not take int and string", "2 < text"),
        ("9223372036854775807 + 1", "overflow", "integer overflow", "9223372036854775807 + 1"),
        ("1 / 0", "divide-by-zero", "division by zero", "1 / 0"),
        ("!text", "no-such-overload", "`!` takes a bool", "!text"),
        ("true && text", "no-such-overload", "`&&` takes bools", "text"),
        ("text ? 1 : 2", "no-such-overload", "the condition of `?:` is not a bool", "text"),
        ("int(text)", "invalid-argument", "the string is not an integer", "int(text)"),
        (
            "text.matches('(')",
            "invalid-argument",
            "the pattern is not a valid RE2 regular expression",
            "text.matches('(')",
        ),
        ("{'a': 1, 'a': 2}", "duplicate-key", "duplicate key in the map", "'a'"),
        ("nothing(1)", "unknown-function", "unknown function `nothing`", "nothing(1)"),
        ("getHours(1)", "unknown-function", "unknown function `getHours`", "getHours(1)"),
        ("double(big) > 1.0 && text.charAt(99) == ''", "out-of-range", None, "text.charAt(99)"),
        ("text.exists(x, x)", "no-such-overload", "`exists` works on lists and maps", "text"),
        ("tags.filter(x, x)", "no-such-overload", "the condition is not a bool", "x"),
    ],
)
def test_errors(text: str, code: str, message: str | None, part: str) -> None:
    error = failure(text)
    assert error.code == code
    assert message is None or error.message == message
    assert error.start == text.rindex(part)
    assert error.end == error.start + len(part)


@pytest.mark.parametrize(
    "text",
    [
        "int(text)",
        "build[text]",
        "tags[text]",
        "duration(text)",
        "timestamp(text)",
        "text + 1",
        "text.matches(text + '(')",
        "[text].map(t, int(t))",
        "text.getHours()",
        "timestamp(0).getHours(text)",
        "uint(text)",
        "'%d'.format([text])",
    ],
)
def test_errors_never_show_values(text: str) -> None:
    error = failure(text)
    assert "hunter2" not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


def test_missing_message_hook() -> None:
    class NotRun(dict[str, Any]):
        def __missing_message__(self, key: str) -> str | None:
            return f"step build has not run, so it has no {key}" if key == "output" else None

    program = cel.compile("build.output")
    with pytest.raises(cel.EvaluationError, match=r"step build has not run, so it has no output"):
        program({"build": NotRun()})
    with pytest.raises(cel.EvaluationError, match=r"no such key: build\.other"):
        cel.compile("build.other")({"build": NotRun()})
    assert cel.compile("has(build.output)")({"build": NotRun()}) is False


def test_activation_may_be_lazy() -> None:
    class Lazy(Mapping[str, Any]):
        asked: list[str]

        def __init__(self) -> None:
            self.asked = []

        def __getitem__(self, name: str) -> Any:
            self.asked.append(name)
            return {"a": 1}[name]

        def __iter__(self) -> Iterator[str]:
            return iter(["a"])

        def __len__(self) -> int:
            return 1

    lazy = Lazy()
    assert cel.compile("true || b")(lazy) is True
    assert cel.compile("[1].map(x, x + a)")(lazy) == [2]
    assert set(lazy.asked) <= {"a"}


def test_any_mapping_and_subclass_is_a_map() -> None:
    class Own(dict[str, int]):
        pass

    assert cel.compile("m.a + m['a'] == 2 && m == {'a': 1} && size(m) == 1")({"m": Own(a=1)}) is True


def test_context_is_not_changed() -> None:
    tags = CONTEXT["tags"]
    assert run("tags + ['z']") == ["x", "y", "z"]
    assert tags == ["x", "y"]


LIST = "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]"
TWENTY = "'aaaaaaaaaaaaaaaaaaaa'"


@pytest.mark.parametrize(
    "text",
    [
        "L.all(a, L.all(b, L.all(c, L.all(d, L.all(e, L.all(f, true))))))",
        "L.map(a, L.map(b, L.map(c, L.map(d, L.map(e, 'x' in ['a', 'b'])))))",
        "cel.bind(v, [1]" + ".map(a, [a, a])" * 40 + ", v == v)",
        f"L.map(a, {TWENTY}" + f".replace('a', {TWENTY})" * 4 + ")",
        "'a'" + f".replace('a', {TWENTY})" * 8,
        "'%s'.format([1]" + ".map(a, [a, a])" * 40 + ")",
        "cel.bind(a, 'aaaa', " + "cel.bind(a, a + a, " * 40 + "a" + ")" * 41,
    ],
)
def test_no_expression_hangs(text: str) -> None:
    program = cel.compile(text.replace("L.", f"{LIST}."), EXTENDED, cost_limit=300_000)
    with pytest.raises(cel.EvaluationError) as caught:
        program({})
    assert caught.value.code == "too-costly"


def test_cost_is_of_one_evaluation() -> None:
    program = cel.compile("[1, 2, 3].all(x, x > 0)", cost_limit=50)
    assert all(program({}) for _ in range(100))


def test_host_functions() -> None:
    def shout(text: str) -> str:
        if not text:
            raise cel.Failure("nothing to shout")
        return text.upper() + "!"

    library = cel.STANDARD.extend([cel.host_function("shout", shout, {"text": types.STRING}, types.STRING)])
    assert cel.compile("shout('a')", library)({}) == "A!"
    with pytest.raises(cel.EvaluationError, match="nothing to shout"):
        cel.compile("shout('')", library)({})
    assert str(cel.check(cel.parse("shout('a')", library), {}).type) == "string"
    assert cel.check(cel.parse("shout(1)", library), {}).problems[0].code == "wrong-type"


def test_host_functions_that_break_leak_nothing() -> None:
    def broken(text: str) -> str:
        raise ValueError(text)

    library = cel.STANDARD.extend([cel.host_function("broken", broken, {"text": types.STRING})])
    with pytest.raises(cel.EvaluationError, match=r"^`broken` failed \(ValueError\)$"):
        cel.compile("broken(text)", library)(CONTEXT)


def test_extensions_are_not_in_the_language() -> None:
    assert cel.check(cel.parse("math.abs(-1)"), {}).problems
    assert cel.compile("math.abs(-1)", EXTENDED)({}) == 1


def test_to_json() -> None:
    value = {
        "t": cel.Timestamp.from_rfc3339("2024-01-01T00:00:00.5Z"),
        "d": cel.Duration.parse("1.5s"),
        "b": b"\xff",
        "u": cel.Uint(2**64 - 1),
        "n": float("nan"),
        "l": [1, (2, None)],
        "i": 2**80,
        1: True,
    }
    assert cel.to_json(value) == {
        "t": "2024-01-01T00:00:00.5Z",
        "d": "1.5s",
        "b": "/w==",
        "u": 2**64 - 1,
        "n": "NaN",
        "l": [1, [2, None]],
        "i": 2**80,
        "1": True,
    }
    assert type(cel.to_json(cel.Uint(1))) is int


def test_to_json_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_values, "MAX_SIZE", 100_000)
    shared = cel.compile("[1]" + ".map(a, [a, a])" * 40)({})
    with pytest.raises(cel.Failure):
        cel.to_json(shared)


def test_programs_and_trees_are_cached() -> None:
    assert cel.compile("1 + x") is cel.compile("1 + x")
    assert cel.parse("1 + x") is cel.parse("1 + x")
