"""An exported trace in a browser: 10,000 steps, by keyboard, light and dark, with outputs that are markup."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from duckflux.trace.export import html
from duckflux.trace.model import Execution, Step, Trace

from .page_browser import PICTURES, chromium, drive

__all__ = ["chromium"]

HERE = Path(__file__).parent
HOSTILE = "</script><script>hacked = 1</script><img src=x onerror='hacked = 1'><!-- {{script}} \u2028 & &lt;"
ROUNDS = 2_000

pytestmark = pytest.mark.editor


@pytest.fixture(scope="module")
def seen(chromium: str, workflows_once: Path) -> dict[str, Any]:
    """What the driver saw on the page of a large trace and on that of a real run."""
    folder = workflows_once
    (folder / "large.html").write_bytes(html.export(large(), "success"))
    duckflux = [sys.executable, "-m", "duckflux"]
    run = [*duckflux, "run", "pipeline.duck.yaml", "--quiet", "--trace-dir", "traces", "--trace-output"]
    assert subprocess.run(run, cwd=folder, stderr=subprocess.DEVNULL).returncode == 2
    export = [*duckflux, "trace", "export", "traces", "--to", "html", "-o", "small.html"]
    subprocess.run(export, cwd=folder, check=True)
    return drive("drive.mjs", chromium, folder / "large.html", folder / "small.html")


@pytest.fixture(scope="module")
def workflows_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(HERE / "workflows", tmp_path_factory.mktemp("page") / "workflows"))


def large() -> Trace:
    """A loop of 2,000 rounds: a `parallel` with two lanes, then two steps, the last with a hostile output."""
    time = "2026-01-01T00:{:02}:{:02}.{:03}Z"

    def at(milliseconds: int) -> str:
        return time.format(milliseconds // 60_000, milliseconds // 1_000 % 60, milliseconds % 1_000)

    def step(seq: int, name: str, kind: str, begin: int, end: int, **fields: Any) -> Step:
        return Step(seq, name, kind, at(begin), at(end), end - begin, "success", **fields)

    steps = [step(1, "many", "loop", 0, ROUNDS * 10)]
    for index in range(ROUNDS):
        seq, begin = 2 + index * 5, index * 10
        inside = {"parent": seq, "iterations": (index,)}
        steps += [
            step(seq, "parallel", "parallel", begin, begin + 6, parent=1, iterations=(index,)),
            step(seq + 1, "left", "exec", begin, begin + 4, branch="0", output="x" * 500, **inside),
            step(seq + 2, "right", "exec", begin, begin + 6, branch="1", **inside),
            step(seq + 3, "after", "set", begin + 6, begin + 6, parent=1, iterations=(index,)),
            step(
                seq + 4,
                "hostile" if index == ROUNDS // 2 else "last",
                "exec",
                begin + 6,
                begin + 10,
                parent=1,
                iterations=(index,),
                output=HOSTILE,
            ),
        ]
    execution = Execution(
        "the-id", at(0), at(ROUNDS * 10), ROUNDS * 10, "success", {}, HOSTILE, workflow_name=HOSTILE
    )
    return Trace(execution, tuple(steps))


def test_nothing_is_loaded_and_nothing_in_a_trace_is_run(seen: dict[str, Any]) -> None:
    assert {url.partition("://")[0] for url in seen["requests"]} == {"file"}
    assert len(seen["requests"]) == 5
    assert seen["errors"] == []
    assert seen["large"]["hacked"] == 0
    assert seen["large"]["output"] == HOSTILE


def test_ten_thousand_steps_are_few_elements(seen: dict[str, Any]) -> None:
    found = seen["large"]
    assert found["folded"] == 2
    assert found["unfolded"] == 1 + 1 + ROUNDS * 6
    scrolled = found["scrolled"]
    assert scrolled["most"] < 100
    assert scrolled["blank"] == 0
    assert scrolled["last"] == found["unfolded"]
    print(
        f"loaded in {found['loaded']:.0f} ms; a frame while scrolling {scrolled['median']:.1f} ms, "
        f"at most {scrolled['slowest']:.1f} ms"
    )


def test_the_filter_shows_matches_and_what_they_are_inside_of(seen: dict[str, Any]) -> None:
    assert seen["large"]["count"] == f"1 of {1 + ROUNDS * 5} steps"
    assert seen["large"]["nothing"] == f"0 of {1 + ROUNDS * 5} steps"
    keyboard = seen["keyboard"]
    assert keyboard["count"] == "1 of 21 steps"
    assert keyboard["shown"] == ["Build and release", "publish", "mirror"]
    assert keyboard["marked"] == "mirr"


def test_the_step_that_failed_is_shown_first(seen: dict[str, Any]) -> None:
    assert seen["keyboard"]["begin"] == {"title": "announce", "error": "exit code 2: no channel given"}


def test_everything_by_keyboard(seen: dict[str, Any]) -> None:
    found = seen["keyboard"]
    assert (found["first"], found["second"]) == ("Build and release", "checkout")
    assert found["reviews"] == "reviews"
    assert found["foldedState"] == "false"
    assert found["before"] == found["unfoldedRows"] > found["foldedRows"]
    assert found["wholeTicks"] == found["againTicks"] != found["zoomedTicks"]
    assert found["failure"] == "publish"
    assert found["focused"] == "details"
    assert found["afterEscape"] == ["rows", ""]
    assert found["withoutFailures"] == "19 of 21 steps"


def test_what_a_step_has_printed(seen: dict[str, Any]) -> None:
    printed = seen["printed"]
    time = r"\d\d:\d\d:\d\d\.\d{3} "
    assert [re.sub(time, "", line).strip() for line in printed["all"]] == [
        "warning: 2 unused names",
        "42 modules",
    ]
    assert printed["colored"] == "warning"
    assert len(printed["found"]) == 1
    assert re.fullmatch(rf"{time}42 modules\s*", printed["found"][0])


def test_light_and_dark(seen: dict[str, Any]) -> None:
    light, dark, chosen = (seen["themes"][name] for name in ("light", "dark", "chosen"))
    assert light == chosen == "rgb(255, 255, 255)"
    assert dark == "rgb(22, 24, 29)"
    assert seen["themes"]["contrast"] == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    assert all((PICTURES / f"trace-{theme}.png").stat().st_size > 10_000 for theme in ("light", "dark"))
