"""The page of a flow diagram in a browser, and what Mermaid itself draws of a flowchart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from duckflux.diagram.layout import layout_of
from duckflux.diagram.model import diagram_of
from duckflux.diagram.page import diagram_page
from duckflux.diagram.svg import svg_of
from duckflux.language.analysis import analyse

from .page_browser import chromium, drive

__all__ = ["chromium"]

DATA = Path(__file__).parent.parent / "data" / "diagrams"
RESULTS = {
    "/flow/0": {"status": "success", "label": "✓ 1.2s"},
    "/flow/1/parallel/0": {"status": "failure", "label": "✗ exit 1 · 340ms"},
    "/flow/1/parallel/1": {"status": "cancelled", "label": "⊘ cancelled"},
    "/flow/1": {"status": "failure", "label": "✗ failed · 341ms"},
}

pytestmark = pytest.mark.editor


@pytest.fixture(scope="module")
def seen(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("diagram")
    flow = "  - a\n" * 10_000
    large = analyse(f"participants: {{a: {{type: exec, run: 'true'}}}}\nflow:\n{flow}")
    written = {
        "page.html": diagram_page(),
        "small.svg": drawn((DATA / "branches.duck.yaml").read_text("utf-8")),
        "large.svg": svg_of(layout_of(diagram_of(large.workflow, "large")), styled=False),
        "results.json": json.dumps(RESULTS),
    }
    for name, text in written.items():
        (folder / name).write_text(text, "utf-8")
    mermaids = ",".join(map(str, sorted(DATA.glob("*.mmd"))))
    return drive("diagram.mjs", chromium, *(folder / name for name in written), mermaids)


def drawn(text: str) -> str:
    return svg_of(layout_of(diagram_of(analyse(text).workflow, "untitled")), styled=False)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_results_are_shown_in_words_and_accessible(seen: dict[str, Any], theme: str) -> None:
    assert not seen[theme]["violations"], "\n".join(seen[theme]["violations"])
    assert seen[theme]["current"] == "/flow/1"
    assert "test, exec: make test: ✗ exit 1 · 340ms" in seen[theme]["labels"]
    assert "release, workflow: release.duck.yaml" in seen[theme]["labels"]
    assert seen["light"]["back"] != seen["dark"]["back"]


def test_the_page_is_used_by_keyboard(seen: dict[str, Any]) -> None:
    steps = ["/flow/0", "/flow/1", "/flow/1/parallel/0"]
    last = ["/flow/2/if/then/0", "/flow/2"]
    assert seen["keyboard"]["order"] == [*steps, *last, "/flow/0", "/flow/0"]
    assert seen["keyboard"]["chosen"] == [{"step": "/flow/0"}]
    assert seen["keyboard"]["left"] == 0


def test_a_large_workflow_is_drawn_at_once(seen: dict[str, Any]) -> None:
    assert seen["large"]["colored"] == 2_000
    assert seen["large"]["current"] == 1
    assert max(seen["large"]["times"]) < 3_000


def test_mermaid_draws_every_text(seen: dict[str, Any]) -> None:
    assert seen["mermaid"]["loops.mmd"] == [
        "loop tries",
        *("begin", "loop tries | until execution.context.good, max 5", "draft | writer draft"),
        *("review | ./review.sh", "set | good", "echo done …", "end"),
    ]
    assert 'class "x" & <y> | a b �[31m #35; {{x}} -->|y| \\N' in seen["mermaid"]["hostile.mmd"]
    assert seen["mermaid"].keys() == {"branches.mmd", "failures.mmd", "hostile.mmd", "loops.mmd"}


def test_nothing_is_complained_about(seen: dict[str, Any]) -> None:
    assert seen["errors"] == []
