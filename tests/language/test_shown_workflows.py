"""No rule says error or warning of the workflows that are shown to people: the examples and those in the docs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from duckflux.language.analysis import Analysis, analyse, load
from duckflux.language.registry import Severity

PROJECT = Path(__file__).parent.parent.parent
EXAMPLES = sorted(p for p in (PROJECT / "examples").glob("*.duck.yaml") if p.name != "broken.duck.yaml")
# docs/rules is tested by test_explanations: half of it is wrong on purpose.
PAGES = sorted(
    [PROJECT / "README.md", *(p for p in (PROJECT / "docs").rglob("*.md") if p.parent.name != "rules")]
)
BLOCK = re.compile(r"^( *)```ya?ml\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


def workflows(page: Path) -> list[str]:
    """The YAML blocks of a page that are whole workflows, but for those that show how mistakes are silenced."""
    blocks = [text for _, text in BLOCK.findall(page.read_text("utf-8"))]
    whole = (text for text in blocks if re.search(r"^flow:", text, re.MULTILINE))
    return [text for text in whole if "duckflux-ignore" not in text]


def complaints(analysis: Analysis) -> list[str]:
    lines = analysis.document.lines
    return [
        f"{lines.position(d.start)[0] + 1}: {d.code} {d.message}"
        for d in analysis.diagnostics
        if d.severity is not Severity.INFORMATION
    ]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name.removesuffix(".duck.yaml"))
def test_examples_get_no_complaint(path: Path) -> None:
    assert complaints(load(path)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_workflows_in_the_docs_get_no_complaint(page: Path) -> None:
    for text in workflows(page):
        assert complaints(analyse(text)) == [], text


def test_some_page_has_workflows() -> None:
    assert sum(len(workflows(page)) for page in PAGES) > 0
