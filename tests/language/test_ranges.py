"""A diagnostic selects exactly the guilty text, however the file is written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from duckflux.language.analysis import analyse

sys.path.insert(0, str(Path(__file__).parent))
from marks import marked

# An expression in a step's `when`, with what is wrong in it marked, and the code.
EXPRESSIONS = {
    "name": ("has(build.output) && «biuld».status == 'x'", "DF402"),
    "value": ("build.status != «'failed'»", "DF409"),
    "field": ("build.«stdout» == 'x'", "DF404"),
    "comparison": ("true && «build.retries == 'x'»", "DF407"),
    "function": ("env.X.«toLower»() == 'x'", "DF403"),
    "operand": ("«env.X + 1» == 'x'", "DF405"),
    "syntax": ("build.status «=» 'x'", "DF401"),
    "input": ("workflow.inputs.«taget» == 'x'", "DF601"),
    "key": ("execution.context.«cuont» == 1", "DF603"),
    "not yet": ("«test.status» == 'x'", "DF502"),
    "reserved name": ("«run-tests».status == 'success'", "DF307"),
    "whole": ("«1 < 2»", "DF508"),
}


def single(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def double(text: str) -> str:
    return '"' + text.replace("'", "\\x27") + '"'


def two_lines(text: str) -> str:
    """In double quotes, broken at its first blank; a backslash at the end of a line joins them."""
    head, _, tail = text.partition(" ")
    return f'"{head} \\\n          {tail}"'


# How a text may be written. What is selected is written the same way.
SCALARS: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "plain": (str, str),
    "single": (single, lambda text: text.replace("'", "''")),
    "double": (double, lambda text: text.replace("'", "\\x27")),
    "literal": (lambda text: f"|\n        {text}", str),
    "literal, kept": (lambda text: f"|+\n          {text}\n\n", str),
    "folded": (lambda text: f">-\n        {text}", str),
    "folded in lines": (lambda text: ">-\n        " + text.replace(" ", "\n        ", 1), str),
    "double in lines": (two_lines, str),
}

BLOCK = """\
inputs: {{target: }}
participants:
  build: {{type: exec, run: make}}
  test: {{type: exec, run: make test}}
  run-tests: {{type: exec, run: ls}}
flow:
  - build
  - run-tests
  - set: {{count: "1", t: workflow.inputs.target}}
  - build:
      when: {when}
  - test
"""
FLOW = """\
{{inputs: {{target: }}, participants: {{build: {{type: exec, run: make}}, test: {{type: exec, run: make test}},
 run-tests: {{type: exec, run: ls}}}},
 flow: [build, run-tests, set: {{count: "1", t: workflow.inputs.target}}, build: {{when: {when}}}, test]}}
"""


def selected(text: str, code: str) -> list[str]:
    analysis = analyse(text)
    return [text[d.start : d.end] for d in analysis.diagnostics if d.code == code]


@pytest.mark.parametrize("scalar", SCALARS)
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_in_each_scalar_style(name: str, scalar: str) -> None:
    template, code = EXPRESSIONS[name]
    expression, (start, end) = marked(template)
    write, inside = SCALARS[scalar]
    guilty = inside(expression[start:end])
    text = BLOCK.format(when=write(expression))
    found = selected(text, code)
    if "lines" in scalar and " " in guilty:
        # The guilty part may be broken over two lines itself.
        found, guilty = [" ".join(f.replace("\\\n", " ").split()) for f in found], " ".join(guilty.split())
    assert found == [guilty], text


@pytest.mark.parametrize("write", [single, double])
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_in_flow_style(name: str, write: Callable[[str], str]) -> None:
    template, code = EXPRESSIONS[name]
    expression, (start, end) = marked(template)
    text = FLOW.format(when=write(expression))
    assert selected(text, code) == [write(expression[start:end])[1:-1]], text


# Mistakes of structure and names, marked, in block and in flow style.
BUILD = "participants: {build: {type: exec, run: make}}\n"
STRUCTURES = {
    "unknown field": ("flow:\n  - type: exec\n    run: make\n    «timout»: 5s\n", "DF201"),
    "unknown field in flow": ("flow: [{type: exec, run: make, «timout»: 5s}]\n", "DF201"),
    "duration": ("flow:\n  - {type: exec, run: make, timeout: «5 minutes»}\n", "DF205"),
    "quoted duration": ("flow:\n  - {type: exec, run: make, timeout: «'5 minutes'»}\n", "DF205"),
    "step": (BUILD + "flow:\n  - «biuld»\n", "DF301"),
    "quoted step": (BUILD + "flow:\n  - «\"biuld\"»\n", "DF301"),
    "override": (BUILD + "flow:\n  - «biuld»:\n      when: env.CI == '1'\n", "DF301"),
    "override in flow": (BUILD + "flow: [{«biuld»: {timeout: 5s}}]\n", "DF301"),
    "target": ("participants:\n  build: {type: exec, run: make, onError: «ignore»}\nflow: [build]\n", "DF304"),
    "second key": ("flow:\n  - type: exec\n    run: ls\n    «run»: make\n", "DF102"),
    "missing field": ("participants:\n  «build»:\n    type: exec\nflow: [build]\n", "DF202"),
    "alias": ("participants:\n  build: {type: exec, run: make, retry: «*often»}\nflow: [build]\n", "DF106"),
    "set key of a branch": ("flow:\n  - parallel: [set: {a: '1'}, set: {«a»: '2'}]\n", "DF510"),
    "merge": ("flow:\n  - parallel: [wait: {timeout: 1s}]\n  - {type: exec, run: ls, «input»: {}}\n", "DF504"),
}  # fmt: skip

TEXTS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "after non-BMP text": lambda text: f"# 🦆 «🦆»\nid: '🦆𝒳'\n{text}".replace("«🦆»", "🦆"),
    "with a BOM": lambda text: "\ufeff" + text,
    "after tabs": lambda text: f"name: a\tb\t# c\t\n{text}",
    "with comments": lambda text: text.replace("\n", " # «»\n".replace("«»", "why"), 1),
    "without a last line end": lambda text: text.rstrip("\n"),
}


@pytest.mark.parametrize("change", TEXTS)
@pytest.mark.parametrize("name", STRUCTURES)
def test_in_each_text(name: str, change: str) -> None:
    template, code = STRUCTURES[name]
    text, (start, end) = marked(TEXTS[change](template))
    found = [(d.start, d.end) for d in analyse(text).diagnostics if d.code == code]
    assert found == [(start, end)], text


@pytest.mark.parametrize("change", TEXTS)
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expressions_in_each_text(name: str, change: str) -> None:
    template, code = EXPRESSIONS[name]
    text, (start, end) = marked(TEXTS[change](BLOCK.format(when=template)))
    found = [(d.start, d.end) for d in analyse(text).diagnostics if d.code == code]
    assert found == [(start, end)], text


def test_what_is_wrong_at_an_anchor_is_said_there_and_at_its_aliases() -> None:
    text = "flow:\n  - {type: exec, run: ls, when: &w env.A + 1}\n  - {type: exec, run: ls, when: *w}\n"
    assert selected(text, "DF405") == ["env.A + 1", "*w"]


def test_a_step_behind_an_alias_is_named_by_the_alias() -> None:
    text = "participants:\n  a: &a {type: exec, run: ls, timeout: soon}\n  b: *a\nflow: [a, b]\n"
    assert selected(text, "DF205") == ["soon"]
