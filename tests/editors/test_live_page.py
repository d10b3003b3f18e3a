"""The page of a run that goes on, in a browser, while a person types; and what helps to find something on it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from duckflux.trace.export.html import export, export_news
from duckflux.trace.export.page_data import page_data
from duckflux.trace.follow import Known, News, whole_news
from duckflux.trace.model import Execution, Step, Trace
from duckflux.trace.output_log import Piece

from .page_browser import chromium, drive

__all__ = ["chromium"]

STEPS, THERE, EVENTS_A_MESSAGE = 10_000, 8_000, 250
# A run that goes on lasts until now.
BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(milliseconds=THERE * 10)
BEGIN_MS = round(BEGIN.timestamp() * 1000)

pytestmark = pytest.mark.editor


def at(milliseconds: int) -> str:
    return (BEGIN + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds")


def step(seq: int, name: str, kind: str, begin: int, end: int | None, **fields: Any) -> Step:
    ended = ("", 0, "running") if end is None else (at(end), end - begin, fields.pop("status", "success"))
    return Step(seq, name, kind, at(begin), *ended, **fields)


def iteration(seq: int, *, ended: bool) -> Step:
    """Step `seq` of a loop with ten steps in each iteration."""
    begin = seq * 10
    index = (seq - 2) // 10
    return step(
        seq, f"step of iteration {index + 1}", "exec", begin, begin + 10 if ended else None,
        parent=1, iterations=(index,), output=f"output of step {seq}",
    )  # fmt: skip


def execution(status: Any = "running", end: int | None = None, **fields: Any) -> Execution:
    finished = ("", 0) if end is None else (at(end), end)
    return Execution("the-id", at(0), *finished, status, {}, None, workflow_name="live", **fields)


@pytest.fixture(scope="module")
def live(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A loop with 8,000 steps on the page, to which 2,000 come at 1,000 events a second."""
    folder = tmp_path_factory.mktemp("live")
    loop = step(1, "many", "loop", 0, None)
    there = (loop, *(iteration(seq, ended=True) for seq in range(2, THERE + 1)))
    (folder / "first.html").write_bytes(export_news(whole_news(Trace(execution(), there), "running", ())))
    news = []
    size = EVENTS_A_MESSAGE // 2
    for first in range(THERE + 1, STEPS + 1, size):
        seqs = range(first, min(first + size, STEPS + 1))
        # Each message has the end of all but the last step, which the next one has.
        steps = [iteration(seq, ended=seq < seqs[-1]) for seq in seqs]
        steps += [iteration(first - 1, ended=True)] if first > THERE + 1 else []
        printed = [Piece(1, at(first * 10), "stdout", "more\n")]
        news.append(
            page_data(News(execution(), "running", tuple(steps), printed, None, Known(last=seqs[-1])))
        )
    end = (step(1, "many", "loop", 0, STEPS * 10), iteration(STEPS, ended=True))
    last = News(execution("success", STEPS * 10), "success", end, [], BEGIN_MS + STEPS * 10, Known())
    (folder / "news.json").write_text(json.dumps([*news, page_data(last)]))
    return drive("live.mjs", chromium, folder / "first.html", folder / "news.json")


def test_the_page_asks_for_what_is_new_beyond_what_it_has(live: dict[str, Any]) -> None:
    known = {"journal": 0, "log": 0, "last": THERE, "open": [1]}
    assert live["asked"] == [{"known": known}]
    assert live["errors"] == []


def test_rows_are_appended_and_what_is_in_sight_stays(live: dict[str, Any]) -> None:
    before, after = live["stays"]["before"], live["stays"]["after"]
    assert after["rows"] > before["rows"]
    assert {**after, "rows": 0} == {**before, "rows": 0}
    assert before["open"] == ["live", "many", "iteration 3"] and before["title"] == "iteration 3"


def test_no_keystroke_is_lost_at_a_thousand_events_a_second(live: dict[str, Any]) -> None:
    keys, frames = live["keys"], sorted(live["frames"])
    typed = live["typed"]
    assert typed["wrong"] == [] and typed["moves"] >= 20 and typed["texts"] >= 2
    drawn = sorted(key["drawn"] for key in keys)
    assert drawn[len(drawn) // 2] < 100
    print(
        f"{STEPS - THERE} steps in {live['seconds']:.1f} s: {len(keys)} keys, drawn after "
        f"{drawn[len(drawn) // 2]:.0f} ms, at most {drawn[-1]:.0f} ms; a frame at most {frames[-1]:.0f} ms"
    )


def test_the_page_ends_with_the_run(live: dict[str, Any]) -> None:
    assert live["begin"]["state"] == live["running"]["state"] == "running"
    assert live["end"]["state"] == "success"
    assert live["end"]["count"] == f"{STEPS} steps"
    assert live["end"]["summary"].startswith("1m 40s from ")


MINUTE = 60_000
HOUR = 60 * MINUTE


@pytest.fixture(scope="module")
def finding(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Two branches, a wait of six hours, a model."""
    page = tmp_path_factory.mktemp("finding") / "page.html"
    end = 6 * HOUR + 4 * MINUTE
    usage = {"usage": {"input_tokens": 12_000, "output_tokens": 345, "cost": 0.1234}}
    steps = (
        step(1, "parallel", "parallel", 0, MINUTE),
        step(2, "left", "exec", 0, 5_000, parent=1, branch="0", output="a needle in a haystack"),
        step(3, "right", "exec", 0, MINUTE, parent=1, branch="1"),
        step(4, "approval", "wait", MINUTE, 6 * HOUR + MINUTE),
        step(5, "model", "exec", 6 * HOUR + MINUTE, 6 * HOUR + 3 * MINUTE, output=usage),
        step(6, "stepping", "exec", 6 * HOUR + 3 * MINUTE, end, output={"usage": {"total_tokens": 655}}),
    )
    run = execution("success", end, resumed_from="the-run-before")
    page.write_bytes(export(Trace(run, steps), "success", earlier="the-run-before.html"))
    return drive("finding.mjs", chromium, page)


def test_steps_are_found_by_duration_and_by_values(finding: dict[str, Any]) -> None:
    assert finding["errors"] == []
    assert finding["long"] == ["approval"]
    assert finding["short"] == []
    assert finding["value"] == []
    assert finding["inValues"] == ["left"]


def test_the_critical_path_has_one_branch(finding: dict[str, Any]) -> None:
    assert finding["critical"] == ["parallel", "right", "approval", "model", "stepping"]


def test_idle_times_can_be_made_short(finding: dict[str, Any]) -> None:
    assert finding["gaps"] == ["6h 00m idle"]
    assert finding["plainTicks"] == ["0ms", "2h 00m", "4h 00m", "6h 00m"]
    assert finding["compressedTicks"] == ["0ms", "6h 02m", "6h 04m"]


def test_a_range_is_chosen_on_the_minimap(finding: dict[str, Any]) -> None:
    brush = finding["brush"]
    assert brush["dragged"] == "1h 31m to 3h 02m"
    assert brush["moved"] == "1h 49m to 3h 20m"
    assert brush["panned"] == "18m 12s to 1h 49m"
    assert brush["whole"] == "0ms to 6h 04m"


def test_links_to_steps_and_to_the_run_before(finding: dict[str, Any]) -> None:
    assert finding["address"] == "#step-5"
    assert finding["linked"] == "approval"
    assert finding["earlier"] == "the-run-before.html"
    assert finding["said"] == {"show": "trace", "tracePath": "the-run-before.html"}
    assert finding["copies"] == 0


def test_tokens_and_cost(finding: dict[str, Any]) -> None:
    assert finding["header"].endswith(" · 13k tokens · $0.12")
    assert finding["usage"] == "2m 00s · 12.3k tokens · $0.12"
    assert "12,000" in finding["details"] and "$0.1234" in finding["details"]
