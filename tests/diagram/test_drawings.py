"""Diagrams of small workflows as they are drawn: look at tests/data/diagrams/*.svg in a browser.

`DUCKFLUX_UPDATE_GOLDEN=1 pytest tests/diagram/test_drawings.py` draws them anew: look at the difference.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from duckflux.diagram.dot import dot_of
from duckflux.diagram.layout import Box, Layout, layout_of
from duckflux.diagram.links import graph_of
from duckflux.diagram.mermaid import mermaid_of
from duckflux.diagram.model import Diagram, diagram_of
from duckflux.diagram.results import shown_results
from duckflux.diagram.svg import svg_of
from duckflux.language.analysis import analyse
from duckflux.trace.model import Step
from duckflux.trace.view.labels import results

DATA = Path(__file__).parent.parent / "data" / "diagrams"
WORKFLOWS = sorted(DATA.glob("*.duck.yaml"))
FORMATS: dict[str, Callable[[Diagram], str]] = {
    "svg": lambda diagram: svg_of(layout_of(diagram)),
    "mmd": lambda diagram: mermaid_of(graph_of(diagram), {}),
    "dot": lambda diagram: dot_of(graph_of(diagram), {}),
}
TIME = "2026-01-01T00:00:00.000Z"


def diagram(text: str, **options: int) -> Diagram:
    return diagram_of(analyse(text).workflow, "untitled", **options)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name.partition(".")[0])
def test_drawing(workflow: Path, suffix: str) -> None:
    drawn = FORMATS[suffix](diagram(workflow.read_text("utf-8")))
    golden = workflow.with_name(f"{workflow.name.partition('.')[0]}.{suffix}")
    if os.environ.get("DUCKFLUX_UPDATE_GOLDEN"):
        golden.write_text(drawn, "utf-8")
    assert drawn == golden.read_text("utf-8")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name.partition(".")[0])
def test_boxes_lie_beside_or_inside_each_other(workflow: Path) -> None:
    layout = layout_of(diagram(workflow.read_text("utf-8")))
    for index, box in enumerate(layout.boxes):
        assert is_inside(box, Box("", "", 0, 0, layout.width, layout.height, (), "", (0, 0)))
        for other in layout.boxes[index + 1 :]:
            assert is_beside(box, other) or (box.frame and is_inside(other, box)), (box.key, other.key)


def is_inside(box: Box, outer: Box) -> bool:
    return (
        outer.x <= box.x
        and outer.y <= box.y
        and box.x + box.width <= outer.x + outer.width
        and box.y + box.height <= outer.y + outer.height
    )


def is_beside(box: Box, other: Box) -> bool:
    return (
        box.x + box.width <= other.x
        or other.x + other.width <= box.x
        or box.y + box.height <= other.y
        or other.y + other.height <= box.y
    )


def test_svg_holds_any_text_as_text() -> None:
    root = ElementTree.fromstring(svg_of(layout_of(diagram((DATA / "hostile.duck.yaml").read_text("utf-8")))))
    tags = {element.tag.partition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "title", "style", "text", "g", "rect", "path", "polyline", "circle"}
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert '</svg><script>alert(1)</script> "quoted" & \\ `x` %% end' in texts
    assert 'class "x" & <y>' in texts


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name.partition(".")[0])
def test_graphviz_draws_it(workflow: Path) -> None:
    dot = shutil.which("dot")
    if dot is None:
        pytest.skip("no Graphviz")
    given = dot_of(graph_of(diagram(workflow.read_text("utf-8"))), {})
    drawn = subprocess.run([dot, "-Tplain"], input=given, text=True, capture_output=True, check=True)
    assert not drawn.stderr
    nodes = {line.split()[1] for line in drawn.stdout.splitlines() if line.startswith("node ")}
    assert nodes == {"begin", "done", *re.findall(r"^ +(s\d+) \[", given, re.M)}


# Large workflows.


def test_of_a_long_flow_the_first_steps_are_drawn() -> None:
    drawn = diagram(flow(10_000))
    assert len(drawn.flow.steps) == 2_001
    layout = layout_of(drawn)
    assert layout.notes == ("2,000 of 10,000 steps are drawn",)
    assert (layout.boxes[-1].key, layout.boxes[-1].lines[0]) == ("/flow/2000", "… 8,000 more steps")


def test_outer_steps_are_drawn_before_inner_ones() -> None:
    text = f"{flow(2)}  - loop:\n      max: 2\n      steps: {['a'] * 5}\n  - parallel: {['a'] * 9}\n"
    layout = layout_of(diagram(text, limit=8))
    assert shown(layout) == [
        *("/flow/0", "/flow/1", "/flow/2"),
        *(f"/flow/2/loop/steps/{index}" for index in range(4)),
        *("/flow/2/loop/steps/4", "/flow/3", "/flow/3/parallel/0"),
    ]
    more = {box.key: box.lines[0] for box in layout.boxes if box.kind == "more"}
    assert more == {"/flow/2/loop/steps/4": "… 1 more step", "/flow/3/parallel/0": "… 9 steps"}


def test_a_hidden_failure_is_shown_where_it_is_hidden() -> None:
    drawn = diagram(f"{flow(3)}  - parallel: {['a'] * 9}\n", limit=6)
    ran = [step(1, "/flow/0", "success"), step(2, "/flow/3/parallel/7", "failure")]
    ran += [step(3 + index, f"/flow/3/parallel/{index}", "success") for index in range(5)]
    found = shown_results(drawn, results(ran))
    assert found["/flow/0"] == ("success", "✓ 7ms")
    assert found["/flow/3/parallel/1"] == ("success", "✓ 7ms")
    assert found["/flow/3/parallel/2"] == ("failure", "✗ 1 failure")
    assert found.keys() <= set(shown(layout_of(drawn)))


def test_deep_nesting_ends_somewhere() -> None:
    layout = layout_of(diagram("participants: {a: {type: exec, run: 'true'}}\nflow: " + nested(45)))
    assert layout.boxes[-1].lines[0] == "… 22 steps"


def nested(levels: int) -> str:
    return "[a]" if levels == 0 else f"[{{loop: {{max: 1, steps: {nested(levels - 1)}}}}}]"


def flow(steps: int) -> str:
    return "participants: {a: {type: exec, run: 'true'}}\nflow:\n" + "  - a\n" * steps


def shown(layout: Layout) -> list[str]:
    return [box.key for box in layout.boxes]


# Results.


def step(seq: int, path: str, status: str, **fields: object) -> Step:
    return Step(seq, "a", "exec", TIME, TIME, 7, status, path=path, **fields)  # type: ignore[arg-type]


def test_results_are_symbols_words_and_classes() -> None:
    text = (DATA / "loops.duck.yaml").read_text("utf-8")
    ran = [
        Step(1, "tries", "loop", TIME, TIME, 90, "failure", path="/flow/0", error="step draft failed"),
        step(2, "/flow/0/loop/steps/0", "success", parent=1, iterations=(0,)),
        step(3, "/flow/0/loop/steps/1", "skipped", parent=1, iterations=(0,), reason="when"),
        step(4, "/flow/0/loop/steps/0", "failure", parent=1, iterations=(1,), exit_code=3),
    ]
    drawn = diagram(text)
    found = shown_results(drawn, results(ran))
    assert dict(described(svg_of(layout_of(drawn), found))) == {
        "step loop frame failure": "loop tries: until execution.context.good, max 5: ✗ ×2 · failed · 90ms",
        "step mcp failure": "draft, mcp: writer draft: ✗ ×2 · exit 3 · 14ms",
        "step exec skipped": "review, exec: ./review.sh: ⊘ skipped (when)",
        "step set": "set: good",
        "step exec": "echo done …, exec",
    }
    mermaid = mermaid_of(graph_of(drawn), found)
    assert '["draft<br/>writer draft<br/>✗ ×2 · exit 3 · 14ms"]' in mermaid
    assert "class s1,s2 failure" in mermaid
    dot = dot_of(graph_of(drawn), found)
    assert 's2 [label="draft\\nwriter draft\\n✗ ×2 · exit 3 · 14ms", color="#c9303e", penwidth=2]' in dot


def described(svg: str) -> Iterator[tuple[str, str]]:
    for group in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}g"):
        title = group.find("{http://www.w3.org/2000/svg}title")
        assert title is not None
        assert title.text == group.get("aria-label")
        yield group.get("class", ""), title.text or ""
