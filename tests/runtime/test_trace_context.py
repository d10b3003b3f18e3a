"""W3C Trace Context: steps are told the span that they belong to."""

from __future__ import annotations

import pytest
from duckflux.runtime.trace_context import TraceContext, parse_traceparent

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"{PARENT}x",
    ],
)
def test_an_invalid_parent_is_none(text):
    assert parse_traceparent(text) is None


def test_a_later_version_may_have_more_fields():
    assert parse_traceparent(f"01-{TRACE}-{SPAN}-00-more").traceparent == f"00-{TRACE}-{SPAN}-00"


def test_without_a_recorder_requests_belong_to_the_span_of_the_run():
    context = TraceContext({"TRACEPARENT": PARENT, "TRACESTATE": "a=b"}, "run", has_spans=False)
    assert context.headers(3) == {"traceparent": PARENT, "tracestate": "a=b"}
    assert context.variables(3) == {}
    assert TraceContext({"TRACEPARENT": "?"}, "run", has_spans=False).headers(3) == {}


def test_with_a_recorder_each_step_has_its_span():
    context = TraceContext({"TRACEPARENT": PARENT}, "run", has_spans=True)
    first, second = context.headers(1)["traceparent"], context.variables(2)["TRACEPARENT"]
    assert first != second
    assert {parse_traceparent(text).trace_id for text in (first, second)} == {TRACE}
    assert context.span(2).traceparent == second
