"""Inputs."""

from __future__ import annotations

import pytest
from duckflux.language.model.workflow import build
from duckflux.language.syntax import parse
from duckflux.runtime.engine.inputs import InputError, TypedInput, missing, resolve
from duckflux.runtime.secrets import Secrets


def resolved(declared, given):
    workflow = build(parse(f"inputs: {declared}\nflow: [x]"))
    return resolve(workflow.inputs, given, Secrets())


def problems(declared, given):
    with pytest.raises(InputError) as caught:
        resolved(declared, given)
    return caught.value.problems


def test_defaults_and_extra_inputs():
    assert resolved("{a: {default: x}, b: , c: {type: integer, default: 3}}", {"extra": 1}) == {
        "a": "x",
        "c": 3,
        "extra": 1,
    }


@pytest.mark.parametrize("kind", ["string", "integer", "boolean", "array", "object"])
def test_a_default_of_null_means_no_value(kind):
    declared = f"{{a: {{type: {kind}, default: null, required: true, enum: [1]}}}}"
    assert resolved(declared, {}) == {"a": None}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "42", 42),
        ("integer", "-7", -7),
        ("number", "1.5", 1.5),
        ("number", "3", 3),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("string", "42", "42"),
    ],
)
def test_texts_become_the_declared_type(kind, text, value):
    found = resolved(f"{{a: {{type: {kind}}}}}", {"a": text})["a"]
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"), [("integer", ""), ("integer", "1.5"), ("number", "x"), ("boolean", "yes")]
)
def test_texts_that_are_no_value_of_the_type_are_refused(kind, text):
    (problem,) = problems(f"{{a: {{type: {kind}}}}}", {"a": text})
    assert problem.startswith("input 'a' must be a")


def test_a_string_input_takes_the_text_as_typed():
    given = {"a": TypedInput("1.10"), "b": TypedInput("null"), "c": 1.5, "d": TypedInput('"q"')}
    assert resolved("{a: , b: {type: string}, c: , d: }", given) == {
        "a": "1.10",
        "b": "null",
        "c": "1.5",
        "d": '"q"',
    }


def test_other_inputs_take_typed_json():
    given = {
        "a": TypedInput("[1, 2]"),
        "b": TypedInput('{"x": 1}'),
        "extra": TypedInput("7"),
        "text": TypedInput("x y"),
    }
    assert resolved("{a: {type: array}, b: {type: object}}", given) == {
        "a": [1, 2],
        "b": {"x": 1},
        "extra": 7,
        "text": "x y",
    }


@pytest.mark.parametrize(
    ("schema", "value", "what"),
    [
        ("enum: [a, b]", "c", "must be one of a, b"),
        ("type: integer, minimum: 1", 0, "must be at least 1"),
        ("type: integer, maximum: 1", 2, "must be at most 1"),
        ("minLength: 2", "a", "must have at least 2 characters"),
        ("maxLength: 2", "abc", "must have at most 2 characters"),
        ("pattern: '^a+$'", "b", "must match the pattern ^a+$"),
        ("type: array, items: {type: integer}", ["x"], "[0] must be an integer"),
        ("type: object", [], "must be an object"),
        ("type: integer", True, "must be an integer"),
    ],
)
def test_every_keyword_is_checked(schema, value, what):
    (problem,) = problems(f"{{a: {{{schema}}}}}", {"a": value})
    assert problem.endswith(what)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date", "2024-02-29", "2023-02-29"),
        ("date-time", "2024-02-29T12:00:00Z", "2024-02-29 12:00"),
        ("time", "12:00:00+01:00", "25:00:00Z"),
        ("email", "a.b@example.org", "a.example.org"),
        ("uri", "https://example.org/x?y", "not a uri"),
        ("uuid", "00000000-0000-4000-8000-000000000000", "0"),
        ("ipv4", "127.0.0.1", "256.0.0.1"),
        ("ipv6", "::1", "127.0.0.1"),
    ],
)
def test_formats_are_asserted(name, good, bad):
    declared = f"{{a: {{format: {name}}}}}"
    assert resolved(declared, {"a": good}) == {"a": good}
    assert problems(declared, {"a": bad}) == [f"input 'a' must be a valid {name}"]


def test_unknown_formats_are_ignored():
    assert resolved("{a: {format: colour}}", {"a": "x"}) == {"a": "x"}


def test_all_problems_come_at_once_and_show_no_values():
    found = problems(
        "{a: {required: true}, b: {type: integer}, c: {minLength: 20, pattern: '^x'}}",
        {"b": "secret-text", "c": "secret-text"},
    )
    assert len(found) == 4
    assert "input 'a' is required" in found
    assert "secret-text" not in "".join(found)


def test_a_default_of_null_is_no_value() -> None:
    assert resolved("{a: {default: null}, b: {type: array, default: ~}}", {}) == {
        "a": None,
        "b": None,
    }


def test_missing_are_required_ones_without_default():
    workflow = build(parse("inputs: {a: {required: true}, b: {required: true, default: 1}, c: }\nflow: [x]"))
    assert missing(workflow.inputs, {}) == ["a"]
    assert missing(workflow.inputs, {"a": 1}) == []


def test_password_inputs_become_secrets():
    secrets = Secrets()
    workflow = build(parse("inputs: {a: {format: password}}\nflow: [x]"))
    resolve(workflow.inputs, {"a": "hunter2hunter2"}, secrets)
    assert secrets.mask("it is hunter2hunter2!") == "it is ***!"
