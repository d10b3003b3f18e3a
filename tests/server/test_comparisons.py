"""Two runs are compared on the lines; the time of a step is compared with the runs before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from duckflux.trace.model import Execution, Step, Trace
from duckflux.trace.writers.json import write_trace
from duckflux_ls.session import command_names
from lsprotocol import types

from .conftest import Editor, File
from .test_recorded_values import hovered

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = """
    inputs: {target: {default: web}}
    flow:
      - as: build
        type: exec
        run: ./build
      - as: check
        type: exec
        run: ./check
        when: build.output.size > 10 && workflow.inputs.target == 'web'
      - as: report
        type: exec
        run: ./report
"""


def step(seq: int, name: str, duration: int, status: str = "success", **fields: Any) -> Step:
    time = f"2026-01-01T00:00:0{seq}.000Z"
    return Step(seq, name, "exec", time, time, duration, status, path=f"/flow/{seq - 1}", **fields)  # type: ignore[arg-type]


def trace(file: File, name: str, *steps: Step, hour: int = 0, target: str = "web") -> Path:
    """A trace of a run of the workflow at an hour."""
    path = file.path.parent / ".duckflux" / "traces" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    started = f"2026-01-01T{hour:02}:00:00.000Z"
    execution = Execution(
        name, started, started, 9, "success", {"target": target}, None, workflow_path=str(file.path)
    )
    write_trace(path, Trace(execution, steps))
    return path


@pytest.fixture
def file(editor: Editor, tmp_path: Path) -> File:
    return editor.write(tmp_path / "w.duck.yaml", TEXT)


@pytest.fixture
def pair(file: File) -> dict[str, str]:
    """Two traces: the second one was slower, and has failed."""
    before = trace(
        file,
        "before",
        step(1, "build", 1_000, output={"size": 12, "log": "x" * 80, "same": 1}),
        step(2, "check", 40, output="fine"),
        step(3, "report", 5),
    )
    after = trace(
        file,
        "after",
        step(1, "build", 1_250, output={"size": 120, "log": "x" * 79 + "y", "same": 1}),
        step(2, "check", 41, "failure", error="exit status 1", exit_code=1),
        hour=1,
        target="app",
    )
    return {"before": str(before), "after": str(after)}


def by_step(file: File, labels: dict[int, str]) -> dict[str, str]:
    lines = file.text.splitlines()
    return {lines[line].strip().removeprefix("- as: "): label for line, label in labels.items()}


async def test_hints_say_what_was_before(editor: Editor, file: File, pair: dict[str, str]) -> None:
    answer = await editor.command(command_names.COMPARE, {"uri": file.uri} | pair)
    assert answer == {"executionId": "after", "tracePath": pair["after"]}
    assert by_step(file, await file.labels()) == {
        "build": "✓ 1.0s → ✓ 1.2s (+25%)",
        "check": "✓ 40ms → ✗ exit 1 · 41ms",
        "report": "✓ 5ms → did not run",
    }
    [build, check, report] = [str(hint.tooltip.value) for hint in (await file.hints()).values()]  # type: ignore[union-attr]
    assert "changed\n```text\noutput.size: 12 → 120\noutput.log: " in build
    assert 'xxx" → "' not in build and 'xxxy"' in build
    assert 'error: null → "exit status 1"' in check
    assert "It ran only in the run before." in report


async def test_the_text_goes_on_changing(editor: Editor, file: File, pair: dict[str, str]) -> None:
    await editor.command(command_names.COMPARE, {"uri": file.uri} | pair)
    file.replace("flow:", "name: test\nflow:")
    assert by_step(file, await file.labels())["build"] == "✓ 1.0s → ✓ 1.2s (+25%)"


async def test_hovers_say_how_values_differ(editor: Editor, file: File, pair: dict[str, str]) -> None:
    await editor.command(command_names.COMPARE, {"uri": file.uri} | pair)
    size = await hovered_with_before(editor, file, "build.output.si|ze > 10")
    assert size.startswith("`120` (`int`)\n\n**Before** (2026-01-01 00:00:00): `12`")
    assert 'workflow.inputs.target                                    "web" → "app"' in size
    step_ = await hovered_with_before(editor, file, "as: bu|ild")
    assert "**Before** (2026-01-01 00:00:00):\n```text\noutput.size: 12 → 120\n" in step_
    assert '`"app"` (`string`)\n\n**Before** (2026-01-01 00:00:00): `"web"`' in await hovered_with_before(
        editor, file, "inputs: {tar|get"
    )
    same = await hovered_with_before(editor, file, "build.output.size > 1|0")
    assert same.startswith("`true` (`bool`)\n\n**Before** (2026-01-01 00:00:00): the same\n")


async def hovered_with_before(editor: Editor, file: File, place: str) -> str:
    return (await hovered(editor, file, place)).removeprefix(": ")


async def test_a_comparison_is_left(editor: Editor, file: File, pair: dict[str, str]) -> None:
    await editor.command(command_names.COMPARE, {"uri": file.uri} | pair)
    titles = {lens.command.title: lens.command for lens in await file.lenses() if lens.command is not None}
    stop = titles["Compared with the run of 2026-01-01 00:00:00: stop comparing"]
    assert stop.arguments is not None
    assert await editor.command(stop.command, stop.arguments[0]) is True
    assert by_step(file, await file.labels()) == {"build": "✓ 1.2s", "check": "✗ exit 1 · 41ms"}
    assert await editor.command(stop.command, stop.arguments[0]) is False
    assert "Before" not in await hovered(editor, file, "build.output.si|ze > 10")


async def test_a_new_run_is_compared_too(editor: Editor, file: File, pair: dict[str, str]) -> None:
    await editor.command(command_names.COMPARE, {"uri": file.uri} | pair)
    file.rewrite(file.text.replace("run: ./build", "run: 'true'").replace("size > 10", "size > 10 || true"))
    await file.run()
    assert by_step(file, await file.settled())["build"].startswith("✓ 1.0s → ✓ ")


async def test_both_runs_are_one_page(editor: Editor, file: File, pair: dict[str, str]) -> None:
    assert await editor.command(command_names.COMPARISON_PAGE, {"uri": file.uri}) is None
    assert "no runs are compared" in await editor.shown()
    await editor.command(command_names.COMPARE, {"uri": file.uri} | pair)
    page = await editor.command(command_names.COMPARISON_PAGE, {"uri": file.uri})
    assert page["title"] == "w.duck.yaml, 2026-01-01 00:00:00 and 2026-01-01 01:00:00"
    assert '"before: ' in page["html"] and '"after: ' in page["html"]


async def test_a_run_is_compared_with_a_chosen_one(editor: Editor, file: File, pair: dict[str, str]) -> None:
    await editor.command(command_names.SHOW_TRACE, {"uri": file.uri, "tracePath": pair["after"]})
    await editor.command(command_names.COMPARE, {"uri": file.uri, "before": pair["before"]})
    assert by_step(file, await file.labels())["build"] == "✓ 1.0s → ✓ 1.2s (+25%)"
    await editor.command(command_names.REMOVE_TRACE, {"tracePath": pair["before"]})
    assert by_step(file, await file.labels())["build"] == "✓ 1.2s"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"before": "after"}, "the same run: choose another one"),
        ({"before": "nothing"}, "No such file"),
        ({"uri": "file:///nowhere.duck.yaml"}, "open the workflow in the editor"),
    ],
)
async def test_what_can_not_be_compared(
    editor: Editor, file: File, pair: dict[str, str], changed: dict[str, str], message: str
) -> None:
    paths = {name: pair.get(value, value) for name, value in changed.items()}
    answer = await editor.command(command_names.COMPARE, {"uri": file.uri} | pair | paths)
    assert answer["executionId"] is None and message in answer["message"]
    assert message in await editor.shown()


@pytest.mark.parametrize(
    ("earlier", "now", "label"),
    [
        ((1_000, 1_000, 1_000), 1_350, "✓ 1.4s +35%"),
        ((900, 5_000, 1_000), 500, "✓ 500ms -50%"),
        ((1_000, 1_000), 1_350, "✓ 1.4s"),
        ((1_000, 1_000, 1_000), 1_100, "✓ 1.1s"),
        ((2, 2, 2), 9, "✓ 9ms"),
    ],
    ids=["slower", "faster, and one run was odd", "too few", "much the same", "a few milliseconds"],
)
async def test_the_time_of_a_step_beside_its_median(
    editor: Editor, file: File, earlier: tuple[int, ...], now: int, label: str
) -> None:
    for hour, duration in enumerate(earlier):
        trace(file, f"run-{hour}", step(1, "build", duration), hour=hour)
    last = trace(file, "last", step(1, "build", now), hour=20)
    await editor.command(command_names.SHOW_TRACE, {"uri": file.uri, "tracePath": str(last)})
    # Hints do not wait for earlier traces to be read; a hover does.
    await hovered(editor, file, "as: bu|ild")
    hints = await file.hints()
    assert by_step(file, await file.labels()) == {"build": label}
    [tooltip] = [hint.tooltip for hint in hints.values()]
    assert isinstance(tooltip, types.MarkupContent)
    assert ("Median of the earlier runs" in tooltip.value) == (len(earlier) > 2)


async def test_the_median_is_not_wanted(start: Any, tmp_path: Path) -> None:
    asked = types.WorkspaceClientCapabilities(configuration=True)
    editor = await start(configuration={"hints": {"median": False}}, workspace=asked)
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    for hour in range(3):
        trace(file, f"run-{hour}", step(1, "build", 1_000), hour=hour)
    last = trace(file, "last", step(1, "build", 2_000), hour=20)
    await editor.command(command_names.SHOW_TRACE, {"uri": file.uri, "tracePath": str(last)})
    await hovered(editor, file, "as: bu|ild")
    assert by_step(file, await file.labels()) == {"build": "✓ 2.0s"}
