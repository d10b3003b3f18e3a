"""Every code has an explanation whose examples are true, and a page in docs/rules made from it.

`DUCKFLUX_UPDATE_GOLDEN=1 pytest tests/language/test_explanations.py` writes the pages anew.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from duckflux.cli.main import main
from duckflux.language import registry
from duckflux.language.analysis import analyse
from duckflux.language.lint import explain

PAGES = Path(__file__).parent.parent.parent / "docs" / "rules"
# Where the files are that the examples of a code call.
FILES = Path(__file__).parent.parent / "data" / "rules"
EXAMPLE = re.compile(r"^(Wrong|Right):\n\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What these are about can't be shown on a page: huge files, and an invisible character.
NOT_SHOWN = {"DF103", "DF107", "DF111"}
# `last` is not known in a loop without a limit, which is information of its own; a step is only behind an end
# that never comes where a condition is constant.
COMES_WITH = {"DF515": {"DF514"}, "DF521": {"DF508"}}


def examples(code: str, kind: str) -> list[str]:
    return [
        text
        for found, text in EXAMPLE.findall(explain.explanation_file(code).read_text("utf-8"))
        if found == kind
    ]


@pytest.mark.parametrize("code", sorted(registry.REGISTRY.keys() - NOT_SHOWN))
def test_the_wrong_example_is_wrong_in_this_way_alone(code: str) -> None:
    wrong = examples(code, "Wrong")
    assert wrong
    for text in wrong:
        said = {diagnostic.code for diagnostic in analyse(text, FILES / code / "page.yaml").diagnostics}
        assert said - COMES_WITH.get(code, set()) == {code}


@pytest.mark.parametrize("code", sorted(registry.REGISTRY.keys() - NOT_SHOWN))
def test_the_right_example_is_right(code: str) -> None:
    right = examples(code, "Right")
    assert right
    for text in right:
        assert not analyse(text, FILES / code / "page.yaml").diagnostics


@pytest.mark.parametrize("name", [*registry.REGISTRY, "README"])
def test_the_pages_are_up_to_date(name: str) -> None:
    text = explain.index() if name == "README" else explain.page(name)
    page = PAGES / f"{name}.md"
    if os.environ.get("DUCKFLUX_UPDATE_GOLDEN"):
        page.parent.mkdir(exist_ok=True)
        page.write_text(text, "utf-8", newline="\n")
    assert page.read_text("utf-8") == text


def test_every_page_has_its_code() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == {*registry.REGISTRY, "README"}
    assert {path.stem for path in explain.explanation_file("DF101").parent.iterdir()} == {*registry.REGISTRY}


def test_explain_prints_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "df301"]) == 0
    by_code = capsys.readouterr().out
    assert by_code.startswith(
        "# unknown-participant (DF301)\n\nA step that names no participant. Severity: error."
    )
    assert main(["explain", "unknown-participant"]) == 0
    assert capsys.readouterr().out == by_code


def test_explain_lists_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(registry.REGISTRY)


def test_explain_refuses_an_unknown_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "DF999"]) == 1
    assert capsys.readouterr().err.startswith("unknown rule `DF999`")
