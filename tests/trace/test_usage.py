"""Tokens and cost: what steps report is added up (docs/traces.md#tokens-and-cost)."""

from __future__ import annotations

import msgspec
import pytest
from duckflux.trace.model import trace_from_events
from duckflux.trace.usage import Usage, reported_usage, short_number
from duckflux.trace.view.labels import label, results
from duckflux.trace.view.rows import headline

from .conftest import begun, end, over, start

AGENT = {"result": "ok", "total_cost_usd": 0.25, "usage": {"input_tokens": 1200, "output_tokens": 300}}
MODEL = {"usage": {"prompt_tokens": 900, "completion_tokens": 50, "total_tokens": 950}}


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (AGENT, Usage(1200, 300, 1500, 0.25)),
        (MODEL, Usage(900, 50, 950)),
        ({"usage": {"cost": 0.5}}, Usage(cost=0.5)),
        ({"total_cost_usd": 1}, Usage(cost=1.0)),
        ({"usage": "see the manual", "cost": 12}, None),
        ({"usage": {"input_tokens": "many", "output_tokens": -1, "cost": True}}, None),
        ("usage", None),
        ([AGENT], None),
        (msgspec.UNSET, None),
        (msgspec.Raw(msgspec.json.encode(AGENT)), Usage(1200, 300, 1500, 0.25)),
    ],
)
def test_usage_is_read_as_model_apis_and_command_lines_give_it(output, expected):
    assert reported_usage("exec", output) == expected


def test_what_only_flows_through_a_sub_workflow_is_not_counted_twice():
    assert reported_usage("workflow", AGENT) is None


def test_steps_and_the_run_show_sums():
    events = [begun()]
    for seq in (1, 2):
        events += [start(seq, path="/flow/0"), end(seq, output=AGENT)]
    events += [start(3, path="/flow/1"), end(3, output=AGENT, reused=True), over()]
    trace = trace_from_events(events)
    assert label(results(trace.steps)["/flow/0"]).endswith("· 3k tokens · $0.50")
    assert "tokens" not in label(results(trace.steps)["/flow/1"])
    assert "3 steps, 3k tokens · $0.50," in headline(trace, "success")


@pytest.mark.parametrize(("number", "text"), [(950, "950"), (12_345, "12.3k"), (2_000_000, "2M")])
def test_numbers_are_short(number, text):
    assert short_number(number) == text
