"""What an editor asks. ``|`` marks the cursor."""

from __future__ import annotations

import pytest
from duckflux import cel
from duckflux.cel import services, types
from duckflux.cel.types import DYN, INT, STRING, Field

STEP = types.record(
    {"status": types.enum_of("success", "failure"), "output": DYN, "run-id": STRING},
    docs={"status": "How it ended."},
)
SCOPE = {
    "build": Field(STEP, "The step build."),
    "loop": types.record({"index": INT}),
    "items": types.list_of(types.record({"price": types.DOUBLE})),
    "env": types.map_of(STRING, STRING),
}


def cursor(marked: str) -> tuple[cel.Ast, int]:
    return cel.parse(marked.replace("|", "", 1)), marked.index("|")


def labels(marked: str) -> list[str]:
    ast, offset = cursor(marked)
    return [candidate.label for candidate in services.complete(ast, SCOPE, offset)]


@pytest.mark.parametrize(
    ("marked", "first"),
    [
        ("build.|", ["status", "output", "run-id"]),
        ("build.sta|", ["status", "output", "run-id"]),
        ("build.|status == 'x'", ["status", "output", "run-id"]),
        ("1 + build. |", ["status"]),
        ("[build.|", ["status"]),
        ("has(build.|)", ["status"]),
        ("build['|']", ["status", "output", "run-id"]),
        ("|", ["build", "loop", "items", "env"]),
        ("bu|", ["build"]),
        ("build.status == 'x' && |", ["build"]),
        ("build.status == |", ['"success"', '"failure"', "build"]),
        ("build.status == '|'", ["success", "failure"]),
        ("build.status == 'su|", ["success", "failure"]),
        ("build.status in ['|']", ["success", "failure"]),
        ("'|' != build.status", ["success", "failure"]),
        ("items.exists(i, |", ["i", "build"]),
        ("items.exists(i, i.|", ["price"]),
        ("items.filter(i, i.price > 1)[0].|", ["price"]),
        ("items.|", ["size", "all"]),
        ("'a'.|", ["size", "contains", "startsWith"]),
        ("build.output.|", ["size"]),
    ],
)
def test_completion(marked: str, first: list[str]) -> None:
    assert labels(marked)[: len(first)] == first


@pytest.mark.parametrize("marked", ["'some |text'", "12|", "1 + 2 // a comm|ent", "r'|"])
def test_nothing_to_complete(marked: str) -> None:
    assert labels(marked) == []


def test_members_fit_the_type() -> None:
    assert "startsWith" not in labels("items.|")
    assert "map" not in labels("'a'.|")
    assert "getHours" not in labels("|")
    assert "math.abs" not in labels("|")


def test_completion_replaces_the_word() -> None:
    ast, offset = cursor("build.sta|tus == 1")
    status = services.complete(ast, SCOPE, offset)[0]
    assert (status.start, status.end, status.insert, status.doc) == (6, 12, "status", "How it ended.")
    (strange,) = [c for c in services.complete(ast, SCOPE, offset) if c.label == "run-id"]
    assert strange.insert == "`run-id`"


@pytest.mark.parametrize(
    ("marked", "label", "parameter"),
    [
        ("'a'.replace(|", "string.replace(old: string, new: string) -> string", 0),
        ("'a'.replace('b', |", "string.replace(old: string, new: string) -> string", 1),
        ("'a'.replace('b', 'c', |", "string.replace(old: string, new: string, limit: int) -> string", 2),
        ("replace('a', |", "replace(text: string, old: string, new: string) -> string", 1),
        ("items.exists(i, |", "list.exists(x, condition)", 1),
        ("has(|", "has(path.field)", 0),
        ("size(items.map(i, [1, |", "list.map(x, result)", 1),
        ("size((1 + |", "size(value: string) -> int", 0),
    ],
)
def test_signature(marked: str, label: str, parameter: int) -> None:
    ast, offset = cursor(marked)
    help_ = services.signature_at(ast, offset)
    assert help_ is not None
    assert (help_.signatures[help_.active].label, help_.parameter) == (label, parameter)


@pytest.mark.parametrize("marked", ["|", "a + |", "size(a) |", "unknown(|", "(1 + |"])
def test_no_signature(marked: str) -> None:
    assert services.signature_at(*cursor(marked)) is None


def test_description() -> None:
    def describe(marked: str) -> services.Description | None:
        ast, offset = cursor(marked)
        return services.describe(cel.check(ast, SCOPE), offset, SCOPE)

    variable = describe("bu|ild.status == 'success'")
    assert variable and (variable.name, variable.doc, variable.start, variable.end) == (
        "build",
        "The step build.",
        0,
        5,
    )
    field = describe("build.st|atus == 'success'")
    assert field and (str(field.type), field.doc) == ('"success" | "failure"', "How it ended.")
    method = describe("'a'.starts|With('b')")
    assert method and method.signatures == ("string.startsWith(prefix: string) -> bool",)
    macro = describe("items.ex|ists(i, i.price > 1)")
    assert macro and macro.kind == "macro"
    local = describe("items.exists(i, |i.price > 1)")
    assert local and str(local.type) == "{price: double}"
    assert describe("1 +| 2") is None


def test_node_at() -> None:
    ast, offset = cursor("a + b.c|[0]")
    assert ast.source(services.node_at(ast, offset)) == "b.c"


def test_references() -> None:
    ast, offset = cursor("x + xs.map(|x, x + 1)[x]")
    assert services.references_at(ast, offset) == ((11, 12), (14, 15))
    assert services.references_at(ast, 0) == ((0, 1), (21, 22))
    assert services.references_at(ast, 3) == ()


def test_highlights() -> None:
    text = "items.all(i, i.price >= 1.5) // ok\n && size('a') in [int]"
    found = {text[one.start : one.end]: one.kind for one in services.highlight(cel.parse(text))}
    assert found["items"] == "variable"
    assert found["all"] == "macro"
    assert found["i"] == "parameter"
    assert found["price"] == "field"
    assert found[">="] == "operator"
    assert found["1.5"] == "number"
    assert found["// ok"] == "comment"
    assert found["size"] == "function"
    assert found["'a'"] == "string"
    assert found["in"] == "keyword"
    assert found["int"] == "type"
