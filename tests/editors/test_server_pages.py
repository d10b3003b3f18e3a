"""The pages of `duckflux server` in a browser: everything a person does there, by axe's rules, with pictures."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import msgspec
import pytest
from duckflux.trace.model import Execution, Trace
from duckflux.trace.writers.json import write_trace

from ..web.conftest import WORKFLOWS, Server
from .page_browser import chromium, drive
from .test_trace_page import large

__all__ = ["chromium"]

RUNS = 10_000

pytestmark = pytest.mark.editor


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    found = tmp_path_factory.mktemp("server") / "workflows"
    for name, text in WORKFLOWS.items():
        (found / name).parent.mkdir(parents=True, exist_ok=True)
        (found / name).write_text(dedent(text))
    with tempfile.TemporaryDirectory(prefix="df") as sockets:
        before = os.environ.get("DUCKFLUX_RUNTIME_DIR")
        os.environ["DUCKFLUX_RUNTIME_DIR"] = sockets
        yield found
        del os.environ["DUCKFLUX_RUNTIME_DIR"]
        if before is not None:
            os.environ["DUCKFLUX_RUNTIME_DIR"] = before


@pytest.fixture(scope="module")
def many(folder: Path) -> Path:
    """A folder with the traces of 10,000 runs, and of one with 10,000 steps."""
    traces = folder.parent / "many"
    traces.mkdir()
    for number in range(RUNS):
        time = f"2026-01-{1 + number // 1000:02}T{number % 1000 // 60:02}:{number % 60:02}:00.000Z"
        status: Any = "success" if number % 7 else "failure"
        error = None if number % 7 else "exit code 1"
        run = Execution(
            f"id-{number}", time, time, number, status, {}, None, workflow_name="many", error=error
        )
        (traces / f"{number}.json").write_bytes(msgspec.json.encode({"execution": run, "steps": []}))
    trace = large()
    write_trace(
        traces / "large.json", Trace(msgspec.structs.replace(trace.execution, id="large"), trace.steps)
    )
    return traces


@pytest.fixture(scope="module")
def seen(chromium: str, folder: Path, many: Path) -> Iterator[dict[str, Any]]:
    server, other = Server(folder), Server(folder, "--trace-dir", str(many))
    try:
        yield drive("server.mjs", chromium, server.address, other.address)
    finally:
        server.end()
        other.end()


def test_no_page_complains_or_asks_others(seen: dict[str, Any]) -> None:
    assert seen["errors"] == []
    assert all(origin.startswith("http://127.0.0.1:") for origin in seen["requests"])


def test_the_token_leaves_the_address_and_no_script_sees_the_cookie(seen: dict[str, Any]) -> None:
    entered = seen["entered"]
    assert "token" not in entered["url"] and entered["httpOnly"] and entered["sameSite"] == "Lax"
    assert entered["readable"] == ""


def test_axe_finds_nothing_serious(seen: dict[str, Any]) -> None:
    assert {name: found for name, found in seen["axe"].items() if found} == {}
    assert len(seen["axe"]) >= 10


def test_everything_fits_a_phone(seen: dict[str, Any]) -> None:
    assert {name: width for name, width in seen["overflow"].items() if width > 0} == {}


def test_a_workflow_is_run_by_its_form(seen: dict[str, Any]) -> None:
    run = seen["run"]
    assert run["bounds"] == ["2", "1", "5"]
    assert run["moods"] == ["(not given)", "glad", "sad"]
    assert run["missing"] is True
    assert run["state"] == "success"
    assert run["rows"][:2] == ["Greeting", "hello"]
    assert any("hello" in line and "✓" in line for line in run["results"])
    assert any("again" in line and "✓ ×3" in line for line in run["results"])
    assert run["colors"] == ["# Greets.", "italic"]


def test_the_flow_is_drawn_with_results_and_leads_to_lines(seen: dict[str, Any]) -> None:
    shapes = seen["run"]["shapes"]
    assert len(shapes) == 3 and all("✓" in shape for shape in shapes)
    assert "as: again" in seen["run"]["marked"]


def test_a_wait_is_answered_on_the_page_of_the_run(seen: dict[str, Any]) -> None:
    wait = seen["wait"]
    assert (wait["state"], wait["dialogs"]) == ("success", 0)
    assert wait["rows"][-1] == "publish"
    # The flow is colored while the run goes on.
    assert wait["before"].startswith("wait") and wait["chosen"] == "wait"


def test_a_run_is_resumed_run_from_a_step_and_cancelled(seen: dict[str, Any]) -> None:
    failed = seen["failed"]
    assert failed["failed"] == failed["again"] == "failure"
    assert failed["isLinked"]
    assert "Resume" in failed["tools"] and "Cancel" not in failed["tools"]
    assert seen["cancelled"] == {"running": "running", "state": "cancelled"}


def test_runs_are_compared_and_downloaded(seen: dict[str, Any]) -> None:
    assert seen["compared"] == {"steps": ["The run", "first", "second"], "kind": "html"}


def test_the_list_follows_runs_and_keeps_the_theme(seen: dict[str, Any]) -> None:
    listed = seen["listed"]
    assert (listed["started"], listed["added"]) == (202, 1)
    assert "exec needs `run`" in listed["broken"]
    assert listed["theme"] == ["dark", "rgb(22, 24, 29)"]


def test_the_history_is_filtered_and_used_by_keyboard(seen: dict[str, Any]) -> None:
    history = seen["history"]
    assert history["cancelled"] == "1 run"
    assert history["opened"] == "sub/approve.duck.yaml"


def test_ten_thousand_runs_and_steps(seen: dict[str, Any]) -> None:
    many = seen["many"]
    assert many["count"] == f"{RUNS + 1:,} runs"
    assert many["scrolled"]["most"] < 100
    assert many["steps"].endswith("10001 steps")
    print(
        f"{RUNS} runs shown in {many['shown']} ms, a frame {many['scrolled']['median']:.0f} ms, at most "
        f"{many['scrolled']['slowest']:.0f} ms; a run of 10,000 steps opened in {many['opened']} ms"
    )


def test_what_is_not_there_is_told(seen: dict[str, Any]) -> None:
    assert "there is no workflow missing.duck.yaml in the folder of this server" in seen["unknown"]
