"""schema.json, the interpreter of it, and the published schema of the language accept the same documents."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from duckflux.language import registry, schema
from duckflux.language.schema import validation
from duckflux.language.syntax import Mapping, parse, plain_value
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

PROJECT = Path(__file__).parent.parent.parent
PUBLISHED = PROJECT.parent / "shared" / "reference" / "duckflux-0.7.schema.json"
REPEATABLE = settings(
    max_examples=100,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def errors_of(value: dict[str, Any]) -> list[str]:
    """What our own check says; JSON is YAML."""
    document = parse(json.dumps(value, ensure_ascii=False))
    assert isinstance(document.root, Mapping)
    assert plain_value(document.root) == value
    return [
        f"{p.code} {p.message}"
        for p in validation.check(document.root)
        if registry.REGISTRY[p.code].severity is registry.Severity.ERROR
    ]


@cache
def oracle() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema.root())


@cache
def published() -> jsonschema.Draft202012Validator:
    if not PUBLISHED.is_file():
        pytest.skip(f"THE PUBLISHED SCHEMA IS NOT AT {PUBLISHED}: our schema is not compared with it")
    return jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_text("utf-8")))


RUN = {"type": "exec", "run": "ls"}


def step(*steps: Any) -> dict[str, Any]:
    return {"participants": {"a": RUN, "b": {"type": "http", "url": "x"}}, "flow": list(steps)}


def participant(**fields: Any) -> dict[str, Any]:
    return {"participants": {"p": fields}, "flow": ["p"]}


def field(value: Any) -> dict[str, Any]:
    return {"inputs": {"i": value}, "flow": ["a"]}


ACCEPTED: list[dict[str, Any]] = [
    {"flow": ["a"]},
    {"id": "x", "name": "", "version": 7, "flow": ["a"], "inputs": {}, "participants": {}, "defaults": {}},
    {"version": "1.0", "flow": ["a"], "output": "a.output"},
    {"flow": ["a"], "output": {"x": "1", "type": "2"}},
    {"flow": ["a"], "output": {"schema": {"x": {"type": "string"}}, "map": {"x": "1"}}},
    {"flow": ["a"], "output": {"map": {"x": "1"}}},
    {
        "flow": ["a"],
        "defaults": {
            "timeout": "5s",
            "cwd": ".",
            "onError": "x",
            "retry": {"max": 1, "backoff": "1ms", "factor": 1.5},
        },
    },
    field(None),
    field({}),
    field({"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 2.5}, "default": []}),
    field(
        {"enum": [1, "a"], "format": "x", "pattern": "x", "minLength": 0, "maxLength": 9, "required": True}
    ),
    participant(**RUN, cwd=".", timeout="1h", onError="skip", retry={"max": 3}),
    participant(
        type="http",
        url="x",
        method="PUT",
        headers={"a": "b"},
        body={"a": [1]},
        output={"x": {"type": "number"}},
    ),
    participant(type="mcp", server="s", tool="t", input="1"),
    participant(type="workflow", path="x", input={"a": "1"}),
    participant(type="emit", event="e", payload={"a": {"b": 1}}, ack=True),
    step("a", RUN, {**RUN, "as": "x", "when": "true"}),
    step(
        {"a": {}}, {"a": {"when": "true", "timeout": "5s", "onError": "x", "retry": {"max": 1}, "input": {}}}
    ),
    step({"loop": {"steps": ["a"], "max": "1 + 1", "as": "x"}}, {"loop": {"steps": ["a"], "until": "true"}}),
    step({"parallel": ["a", {"parallel": ["a"]}]}),
    step({"if": {"condition": "true", "then": ["a"], "else": ["a"]}}, {"set": {"x": "1"}}),
    step({"wait": {"event": "e", "match": "true", "timeout": "1s", "onTimeout": "skip"}}),
    step({"wait": {"until": "true", "poll": "1s"}}, {"wait": {"timeout": "1d"}}),
]
REFUSED: list[dict[str, Any]] = [
    {},
    {"flow": []},
    {"flow": None},
    {"flow": "a"},
    {"flow": ["a"], "extra": 1},
    {"flow": ["a"], "version": 1.5},
    {"flow": ["a"], "id": 1},
    {"flow": ["a"], "output": ["x"]},
    {"flow": ["a"], "output": {"x": 1}},
    {"flow": ["a"], "output": {"map": {"x": 1}}},
    {"flow": ["a"], "output": {"schema": {"x": {"typ": "string"}}, "map": {}}},
    {"flow": ["a"], "defaults": {"when": "x"}},
    {"flow": ["a"], "defaults": {"onError": ""}},
    {"flow": ["a"], "inputs": None},
    field("string"),
    field({"type": "text"}),
    field({"required": "yes"}),
    field({"minimum": "1"}),
    field({"items": {"type": 1}}),
    {"participants": {"loop": RUN}, "flow": ["a"]},
    participant(),
    participant(type="bash", run="x"),
    participant(type=[], run="x"),
    participant(type="http", url="x", method={"GET": 1}),
    participant(**RUN, timeout="5 s"),
    participant(**RUN, timeout=5),
    participant(**RUN, retry={}),
    participant(**RUN, retry={"max": 0}),
    participant(**RUN, retry={"max": 1, "factor": 0.9}),
    participant(**RUN, when="true"),
    participant(**RUN, input=1),
    participant(**RUN, input={"a": 1}),
    participant(type="http", url="x", method="get"),
    participant(type="http", url="x", body=1),
    participant(type="emit", event="e", ack="yes"),
    step(1),
    step({}),
    step({"a": {}, "b": {}}),
    step({"a": None}),
    step({"a": {"type": "exec"}}),
    step({"loop": {"steps": ["a"]}}),
    step({"loop": {"max": 1}}),
    step({"loop": {"steps": ["a"], "max": 0}}),
    step({"loop": {"steps": ["a"], "max": 1.5}}),
    step({"loop": {"steps": [], "max": 1}}),
    step({"loop": {"steps": ["a"], "max": 1}, "when": "true"}),
    step({"if": {"condition": "true"}}),
    step({"if": {"then": ["a"]}}),
    step({"if": {"condition": True, "then": ["a"]}}),
    step({"set": {}}),
    step({"set": {"x": 1}}),
    step({"parallel": []}),
    step({"wait": {"sleep": "1s"}}),
    step({"wait": None}),
    step({**RUN, "if": {"condition": "true", "then": ["a"]}}),
]
# Where docs/language.md and the published schema of the reference differ: (who accepts, document).
DIFFERENCES: list[tuple[str, dict[str, Any]]] = [
    # An override may carry any participant field but `type`.
    ("ours", step({"a": {"run": "pwd", "cwd": "."}})),
    ("ours", step({"a": {"output": {"x": {"type": "string"}}}})),
    # `onTimeout` on emit is in the specification, not in its schema.
    ("ours", participant(type="emit", event="e", onTimeout="skip")),
    ("ours", step({"type": "emit", "event": "e", "onTimeout": "fail"})),
    # `map` and `schema` are keys like others unless they hold maps (a map of key -> CEL).
    ("ours", {"flow": ["a"], "output": {"map": "1"}}),
    ("ours", {"flow": ["a"], "output": {"schema": "1", "x": "2"}}),
    # An override key `workflow` is refused.
    ("published", step({"a": {"workflow": "x"}})),
    # Type-specific required fields; the published schema asks for none.
    ("published", participant(type="exec")),
    ("published", participant(type="http")),
    ("published", participant(type="mcp", server="s")),
    ("published", participant(type="workflow")),
    ("published", participant(type="emit")),
    ("published", step({"type": "exec"})),
    # Texts that can't be empty, lengths that can't be negative.
    ("published", participant(**RUN, **{"as": ""})),
    ("published", participant(type="emit", event="")),
    ("published", field({"minLength": -1})),
    # Reserved names where `as` and `set` take them.
    ("published", step({**RUN, "as": "input"})),
    ("published", step({"set": {"env": "1"}})),
    # `wait`: an empty one, `poll` without `until`, `match` without `event`, `event` with `until`.
    ("published", step({"wait": {}})),
    ("published", step({"wait": {"onTimeout": "skip"}})),
    ("published", step({"wait": {"poll": "1s", "timeout": "1s"}})),
    ("published", step({"wait": {"match": "true", "timeout": "1s"}})),
    ("published", step({"wait": {"event": "e", "until": "true"}})),
    # An output with `schema` needs a `map`.
    ("published", {"flow": ["a"], "output": {"schema": {}}}),
]
# A field of another participant type is a warning for us: all three accept it.
OTHER_TYPES = participant(**RUN, url="x", ack=True)


def shown(document: Any) -> str:
    return json.dumps(document.get("participants", {}).get("p", document.get("flow")), default=str)[:60]


def test_the_schema_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.root())


@pytest.mark.parametrize("document", ACCEPTED, ids=shown)
def test_accepted(document: dict[str, Any]) -> None:
    assert errors_of(document) == []
    assert oracle().is_valid(document)


@pytest.mark.parametrize("document", REFUSED, ids=shown)
def test_refused(document: dict[str, Any]) -> None:
    assert errors_of(document) != []
    assert not oracle().is_valid(document)


@pytest.mark.parametrize("document", [*ACCEPTED, *REFUSED], ids=shown)
def test_the_published_schema_agrees(document: dict[str, Any]) -> None:
    assert published().is_valid(document) == oracle().is_valid(document)


@pytest.mark.parametrize(
    ("accepts", "document"), DIFFERENCES, ids=lambda value: value if isinstance(value, str) else shown(value)
)
def test_known_differences(accepts: str, document: dict[str, Any]) -> None:
    ours = accepts == "ours"
    assert (errors_of(document) == [], oracle().is_valid(document)) == (ours, ours)
    assert published().is_valid(document) is not ours


def test_fields_of_other_types_are_accepted_everywhere() -> None:
    assert errors_of(OTHER_TYPES) == []
    assert oracle().is_valid(OTHER_TYPES)
    assert published().is_valid(OTHER_TYPES)


# Mutations -------------------------------------------------------------------------------------------------


def words(part: Any) -> set[str]:
    """All field names of our schema, so that a mutation often hits one."""
    if isinstance(part, list):
        return set().union(*map(words, part)) if part else set()
    if not isinstance(part, dict):
        return set()
    return set(part.get("properties", ())).union(*map(words, part.values()))


KEYS = st.sampled_from([*sorted(words(schema.root())), "a", "input", "nope", "env"])
VALUES = st.sampled_from(
    [
        *(None, True, 0, 1, 2.0, 1.5, -1, "", "x", "5s", "exec", "http", "GET", [], ["a"], [RUN], {}),
        *({"a": "x"}, {"a": {}}, RUN, {"max": 1}, {"type": "string"}, {"steps": ["a"], "max": 1}),
        {"condition": "x", "then": ["a"]},
    ]
)


def places(value: Any) -> list[Any]:
    """All maps and lists in a value."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = [value] if isinstance(value, dict | list) else []
    return found + [place for part in inside for place in places(part)]


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    document = copy.deepcopy(draw(st.sampled_from(ACCEPTED)))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places(document)))
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys)) if keys and draw(st.booleans()) else None
        if key is not None and draw(st.booleans()):
            del place[key]
        elif key is not None:
            place[key] = copy.deepcopy(draw(VALUES))
        elif isinstance(place, list):
            place.append(copy.deepcopy(draw(VALUES)))
        else:
            place[draw(KEYS)] = copy.deepcopy(draw(VALUES))
    return document


@REPEATABLE
@given(mutated())
def test_our_check_is_json_schema(document: dict[str, Any]) -> None:
    assert (errors_of(document) == []) == oracle().is_valid(document)


@REPEATABLE
@given(mutated())
def test_what_we_accept_the_published_schema_accepts(document: dict[str, Any]) -> None:
    assume(oracle().is_valid(document))
    text = json.dumps(document)
    output = document.get("output")
    assume("onTimeout" not in text and not has_wide_override(document))
    assume(not isinstance(output, dict) or not any(isinstance(output.get(k), str) for k in ("map", "schema")))
    assert published().is_valid(document)


def has_wide_override(document: dict[str, Any]) -> bool:
    narrow = {"when", "timeout", "onError", "retry", "input"}
    return any(
        isinstance(place, list)
        and any(
            isinstance(s, dict)
            and len(s) == 1
            and isinstance(v := next(iter(s.values())), dict)
            and v.keys() - narrow
            for s in place
        )
        for place in places(document)
    )
