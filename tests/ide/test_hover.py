"""Describes what is at the cursor, and the signatures of the call around it."""

from __future__ import annotations

from pathlib import Path

import pytest
from duckflux.ide.hover import hover
from duckflux.ide.signature_help import signature_help
from duckflux.language.analysis import analyse
from duckflux.language.syntax import LineIndex

from .conftest import marked

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.duck.yaml"))
BUILD = "participants:\n  build:\n    type: exec\n    timeout: 5m\n    run: make all\n"


def described(text: str) -> tuple[str, str]:
    """(the hover at the cursor, the text it is about); both empty without one."""
    plain, offset = marked(text)
    found = hover(analyse(plain), offset)
    return (found.text, plain[found.start : found.end]) if found else ("", "")


def test_a_field_with_type_meaning_and_default() -> None:
    text, over = described("defaults:\n  onEr|ror: skip\nflow: [a]\n")
    assert over == "onError"
    assert text.startswith("`onError`: text") and "Default: `fail`" in text and "`skip`" in text


def test_a_field_that_one_type_takes() -> None:
    text, _ = described(BUILD.replace("run", "r|un"))
    assert "shell command" in text and "Only for participants of type `exec`" in text


@pytest.mark.parametrize(
    ("duration", "words"), [("5m", "5 minutes"), ("1d", "1 day"), ("250ms", "250 milliseconds")]
)
def test_a_duration_in_words(duration: str, words: str) -> None:
    assert described(BUILD.replace("5m", f"|{duration}"))[0] == words


@pytest.mark.parametrize("flow", ["flow: [bui|ld]", "flow:\n  - build\n  - bui|ld: {when: 'true'}"])
def test_a_participant_with_a_summary_and_where_it_runs(flow: str) -> None:
    text, over = described(BUILD + flow)
    assert over == "build"
    assert "**build** (exec)" in text and "make all" in text
    assert text.endswith("Runs in line 6." if "true" not in flow else "Runs in lines 7, 8.")


@pytest.mark.parametrize("step", ["- te|st", "- te|st: {when: 'true'}", "- parallel: [te|st]"])
def test_what_flows_into_a_step(step: str) -> None:
    text = (
        "participants:\n  build: {type: exec, run: make, output: {image: {type: string}}}\n"
        f"  test: {{type: exec, run: x}}\nflow:\n  - build\n  {step}\n"
    )
    assert described(text)[0].endswith("Flows in: `{image?: string}`.")
    assert "Flows in" not in described(text.replace("|", "").replace("  test:", "  te|st:"))[0]


def test_a_participant_that_no_step_runs() -> None:
    assert described(BUILD.replace("build", "bu|ild") + "flow: [x]\n")[0].endswith("No step runs it.")


@pytest.mark.parametrize(
    ("expression", "over", "part"),
    [
        ("bui|ld.status", "build", "build: {"),
        ("build.sta|tus", "status", 'status: "success" | "failure" | "skipped"'),
        ("now - execution.started|At", "startedAt", "startedAt: timestamp"),
        ("'[1].ma|p(x, x)'", "map", "list.map(x, "),
        ("si|ze('a')", "size", "size(string: string) -> int"),
    ],
)
def test_parts_of_an_expression(expression: str, over: str, part: str) -> None:
    text, range_ = described(BUILD + f"flow: [build]\noutput: {expression}\n")
    assert range_ == over and text.startswith("```cel\n")
    assert part.partition("(")[0] in text


@pytest.mark.parametrize(
    "style", ['"build.sta|tus"', "'build.sta|tus'", ">-\n  build.sta|tus", "|-\n  build.sta¦tus"]
)
def test_in_every_style(style: str) -> None:
    assert described(BUILD + f"flow: [build]\noutput: {style}\n")[1] == "status"


def test_nothing_to_say() -> None:
    assert described(BUILD.replace("make all", "make a|ll") + "flow: [build]\n") == ("", "")
    assert described(BUILD + "flow: [build] # com|ment\n") == ("", "")
    assert described("|") == ("", "")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_no_place_is_a_crash(path: Path) -> None:
    text = path.read_text()
    analysis = analyse(text, path)
    for offset in range(len(text) + 1):
        found = hover(analysis, offset)
        assert found is None or found.start <= offset <= found.end


# Signature help


def parameters(text: str) -> tuple[str, int] | None:
    plain, offset = marked(text)
    found = signature_help(LineIndex(plain), offset)
    return (found.signatures[found.active].label, found.parameter) if found else None


@pytest.mark.parametrize(
    ("expression", "label", "parameter"),
    [
        ("'a'.replace(|", "string.replace(", 0),
        ("'a'.replace('b', |)", "string.replace(", 1),
        ("size(|", "size(", 0),
        ("[1].all(x, |", "list.all(x, condition)", 1),
    ],
)
def test_signatures(expression: str, label: str, parameter: int) -> None:
    found = parameters(f'flow: [a]\noutput: "{expression}"\n')
    assert found is not None and found[0].startswith(label) and found[1] == parameter


@pytest.mark.parametrize(
    "text", ["flow: [a]\noutput: si|ze(1)", "flow: [{type: exec, run: 'echo (|'}]", "# (|"]
)
def test_no_signature_outside_of_a_call(text: str) -> None:
    assert parameters(text) is None
