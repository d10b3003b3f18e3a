"""Traces in the forms of other tools."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from duckflux.runtime.events import Attempt
from duckflux.trace.export import chrome, html, otlp
from duckflux.trace.model import Execution, Step, Trace
from google.protobuf.json_format import Parse
from opentelemetry.proto.trace.v1.trace_pb2 import Status, TracesData

ID = "5e3c6f0e-90a1-4f6b-8e0b-2f1d6a7f4c11"
BEGIN = 1_767_225_600_000


def at(milliseconds: int) -> str:
    return f"2026-01-01T00:00:{milliseconds // 1000:02}.{milliseconds % 1000:03}Z"


def step(seq: int, name: str, type_: str, begin: int, end: int, **fields: Any) -> Step:
    given = {"status": "success"} | fields
    return Step(seq, name, type_, at(begin), at(end), end - begin, **given)


def trace(**fields: Any) -> Trace:
    """A sequence, a loop, and in it a `parallel` with an `if` in its second lane."""
    failed = (Attempt(1, at(0), 20, "exit code 3", 3),)
    steps = (
        step(1, "build", "exec", 0, 100, output={"ok": True}, retries=1, attempts=failed),
        step(2, "rounds", "loop", 100, 300),
        step(3, "parallel", "parallel", 100, 300, parent=2, iterations=(0,)),
        step(4, "left", "exec", 100, 250, parent=3, iterations=(0,), branch="0", input="in"),
        step(5, "if", "if", 100, 300, parent=3, iterations=(0,), branch="1"),
        step(6, "right", "exec", 150, 300, parent=5, iterations=(0,), branch="1", output="out"),
        step(7, "end", "exec", 300, 400, status="failure", error="exit code 2: no", exit_code=2),
        step(8, "never", "exec", 400, 400, status="skipped", reason="when"),
    )
    given = {"status": "failure", "error": "exit code 2: no", "workflow_name": "W"} | fields
    return Trace(Execution(ID, at(0), at(400), 400, inputs={"a": 1}, output=None, **given), steps)


# Chrome


def events(found: bytes, phase: str) -> list[dict[str, Any]]:
    return [event for event in json.loads(found)["traceEvents"] if event["ph"] == phase]


def test_chrome_has_a_complete_event_a_step():
    found = events(chrome.export(trace(), "failure"), "X")
    assert [event["name"] for event in found] == [
        "build",
        "rounds",
        "parallel",
        "left",
        "if",
        "right",
        "end",
        "never",
    ]
    build = found[0]
    assert (build["cat"], build["ts"], build["dur"]) == ("exec", BEGIN * 1000, 100_000)
    assert build["args"]["output"] == {"ok": True} and build["args"]["attempts"][0]["exitCode"] == 3
    assert found[6]["args"]["error"] == "exit code 2: no"


def test_chrome_has_a_thread_a_lane_and_its_events_nest():
    content = chrome.export(trace(), "failure")
    threads = {event["tid"]: event["args"]["name"] for event in events(content, "M") if event["tid"]}
    assert list(threads.values()) == ["main", "branch 0", "branch 1"]
    for tid in threads:
        open_until: list[int] = []
        for event in events(content, "X"):
            if event["tid"] != tid:
                continue
            while open_until and open_until[-1] <= event["ts"]:
                open_until.pop()
            assert all(event["ts"] + event["dur"] <= end for end in open_until)
            open_until.append(event["ts"] + event["dur"])


def test_chrome_puts_what_overlaps_without_nesting_on_threads_of_their_own():
    steps = (
        step(1, "loop", "loop", 0, 1000),
        step(2, "a", "exec", 100, 500, loop_index=0),
        step(3, "b", "exec", 200, 700, loop_index=0),
        step(4, "c", "exec", 700, 900, loop_index=0),
    )
    content = chrome.export(Trace(trace().execution, steps), "success")
    assert [event["tid"] for event in events(content, "X")] == [1, 1, 2, 1]
    assert [event["args"]["name"] for event in events(content, "M")][1:] == ["main", "main (2)"]


def test_a_step_that_ran_when_the_run_broke_off_lasts_to_the_end():
    whole = trace(status="running", error=None)
    running = Step(9, "stuck", "exec", at(350), "", 0, "running")
    found = events(chrome.export(Trace(whole.execution, (*whole.steps, running)), "interrupted"), "X")
    assert (found[-1]["name"], found[-1]["dur"]) == ("stuck", 50_000)


def with_fallbacks() -> Trace:
    """In a loop, `deploy` fails, and so does its fallback `undo`, whose fallback is `tell`."""
    steps = (
        step(1, "loop", "loop", 0, 400, path="/flow/0"),
        step(2, "deploy", "exec", 0, 100, status="failure", parent=1, path="/flow/0/loop/steps/0"),
        step(3, "undo", "exec", 110, 200, status="failure", parent=2, path="/participants/undo"),
        step(4, "tell", "workflow", 210, 300, parent=3, path="/participants/tell"),
        step(5, "mail", "exec", 220, 290, parent=4, path="/flow/0", workflow="tell.duck.yaml"),
    )
    return Trace(trace().execution, steps)


def test_chrome_has_an_arrow_to_each_fallback():
    content = chrome.export(with_fallbacks(), "success")
    starts, ends = events(content, "s"), events(content, "f")
    assert [event["ts"] - BEGIN * 1000 for event in starts] == [99_999, 199_999]
    assert [event["ts"] - BEGIN * 1000 for event in ends] == [110_000, 210_000]
    assert [event["id"] for event in starts] == [event["id"] for event in ends] == [3, 4]
    assert {event["tid"] for event in (*starts, *ends)} == {1}


# OpenTelemetry; its own protobuf messages say whether the JSON is theirs


def spans(content: bytes) -> list[Any]:
    message = Parse(content, TracesData())
    (resource,) = message.resource_spans
    (scope,) = resource.scope_spans
    return list(scope.spans)


def raw_spans(content: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(content)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    return found


def attributes(span: Any) -> dict[str, Any]:
    return {item.key: getattr(item.value, item.value.WhichOneof("value")) for item in span.attributes}


def test_otlp_has_a_span_for_the_run_and_one_a_step():
    run, *steps = spans(otlp.export(trace(), "failure"))
    assert run.name == "RUN W" and run.status.code == Status.STATUS_CODE_ERROR
    assert [span.name for span in steps] == [found.name for found in trace().steps]
    build = steps[0]
    assert (build.start_time_unix_nano, build.end_time_unix_nano) == (
        BEGIN * 1_000_000,
        (BEGIN + 100) * 1_000_000,
    )
    assert attributes(build)["duckflux.output"] == '{"ok":true}'
    assert attributes(build)["duckflux.retries"] == 1
    assert [event.name for event in build.events] == ["attempt failed"]
    assert attributes(build.events[0])["exception.message"] == "exit code 3"
    assert attributes(steps[3])["duckflux.input"] == "in"
    assert attributes(steps[6])["process.exit.code"] == 2
    assert (steps[6].status.code, steps[6].status.message) == (Status.STATUS_CODE_ERROR, "exit code 2: no")
    assert steps[7].status.code == Status.STATUS_CODE_UNSET


def test_otlp_ids_are_hex_and_name_the_parents():
    found = raw_spans(otlp.export(trace(), "failure"))
    assert {span["traceId"] for span in found} == {ID.replace("-", "")}
    ids = [span["spanId"] for span in found]
    assert len(set(ids)) == 9 and all(re.fullmatch("[0-9a-f]{16}", id_) for id_ in ids)
    parents = [ids.index(span["parentSpanId"]) if "parentSpanId" in span else None for span in found]
    assert parents == [None, 0, 0, 2, 3, 3, 5, 0, 0]
    assert otlp.export(trace(), "failure") == otlp.export(trace(), "failure")


@pytest.mark.parametrize("id_", ["not-a-uuid", "0" * 32, ""])
def test_otlp_hashes_other_ids(id_):
    whole = trace()
    execution = Execution(id_, at(0), at(1), 1, "success", {}, None)
    (found, *_) = raw_spans(otlp.export(Trace(execution, whole.steps), "success"))
    assert re.fullmatch("[0-9a-f]{32}", found["traceId"]) and found["traceId"] != "0" * 32


# HTML; tests/editors uses it in a browser


def data_of(page: str) -> dict[str, Any]:
    (found,) = re.findall(r'<script id="data" type="application/json">(.*?)</script>', page, re.DOTALL)
    read: dict[str, Any] = json.loads(found)
    return read


def page_of(whole: Trace, state: str = "success") -> str:
    return html.export(whole, state).decode()


def test_the_page_holds_the_steps():
    data = data_of(page_of(trace(), "failure"))
    assert (data["title"], data["state"], data["begin"], data["length"]) == ("W", "failure", BEGIN, 400)
    left = data["steps"][3]
    assert (left["begin"], left["end"], left["parent"], left["branch"]) == (100, 250, 3, "0")
    assert data["steps"][0]["output"] == '{\n  "ok": true\n}'


HOSTILE = "</script><script>alert(1)</script><!-- {{script}} {{data}} <img src=x onerror=alert(1)>"


def test_no_text_of_a_trace_can_end_the_data():
    plain = page_of(trace())
    hostile = page_of(
        Trace(
            Execution("x", at(0), at(9), 9, "success", {HOSTILE: HOSTILE}, HOSTILE, workflow_name=HOSTILE),
            (step(1, HOSTILE, HOSTILE, 0, 9, output=HOSTILE, error=HOSTILE, path=HOSTILE),),
        )
    )
    assert hostile.count("<script") == plain.count("<script")
    assert hostile.count("</script") == plain.count("</script") and "<img" not in hostile
    assert data_of(hostile)["steps"][0]["output"] == HOSTILE


def test_the_page_needs_no_network():
    page = page_of(trace())
    assert "default-src 'none'" in page and "unsafe" not in page
    assert not re.search(r"(?:src|href)\s*=|url\(|@import|https?://", page)


def test_long_values_share_what_a_browser_can_load():
    steps = tuple(step(seq, "s", "exec", 0, 1, output="x" * 50_000) for seq in range(1, 3_001))
    page = page_of(Trace(trace().execution, steps))
    assert len(page) < 30_000_000
    assert "more characters: see the trace file" in data_of(page)["steps"][0]["output"]


def test_otlp_has_a_fallback_beside_the_failed_step_with_a_link_to_it():
    run, *steps = spans(otlp.export(with_fallbacks(), "success"))
    loop, deploy, undo, tell, mail = steps
    assert [span.parent_span_id for span in steps] == [
        run.span_id,
        *[loop.span_id] * 3,
        tell.span_id,
    ]
    links = {span.name: [link.span_id for link in span.links] for span in steps if span.links}
    assert links == {"undo": [deploy.span_id], "tell": [undo.span_id]}
    assert undo.links[0].trace_id == run.trace_id and mail.name == "mail"
