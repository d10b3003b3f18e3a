"""The stream of events: a listener that lags is waited for by the memory its queue keeps, not by events alone."""

from __future__ import annotations

import threading

import pytest
from duckflux.runtime.events import Event, OutputChunk, StepFinished, StepStarted
from duckflux.runtime.events.stream import BackgroundListener

TIME = "2026-01-01T00:00:00.000Z"
LARGE = "x" * 1_000_000


def started(value: object) -> StepStarted:
    return StepStarted(1, "s", "exec", "/flow/0", None, "/w", (), None, 1, TIME, input=value)


def finished(value: object) -> StepFinished:
    return StepFinished(1, "success", TIME, 1, output=value)


@pytest.mark.parametrize(
    ("event", "most"),
    [
        (finished(1), 4_097),
        (finished(LARGE), 70),
        (started({"a": [LARGE, 1]}), 70),
        (finished([["x" * 100] * 10] * 10_000), 10),
        (OutputChunk(1, "stdout", LARGE), 5),
    ],
    ids=["small", "a long text", "a text within", "many texts", "printed"],
)
def test_a_queue_is_full_by_what_it_keeps(event: Event, most: int):
    stuck, go_on = threading.Event(), threading.Event()

    def consume(batch: list[Event]) -> None:
        stuck.set()
        go_on.wait()

    listener = BackgroundListener("slow", consume, lambda _: None, interval=0.001)
    try:
        listener.notify(finished(None))
        assert stuck.wait(10)
        count = 0
        while not listener.congested and count <= most:
            listener.notify(event)
            count += 1
        assert listener.congested and most / 2 <= count <= most
    finally:
        go_on.set()
        listener.close()
    assert not listener.congested
