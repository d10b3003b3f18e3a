"""Events, listeners, controllers."""

from __future__ import annotations

import asyncio
import time

import pytest
from duckflux.runtime import events
from duckflux.runtime.clock import iso
from duckflux.runtime.engine.chain import merge
from duckflux.runtime.engine.controller import Controller, Identity, Proceed, Reuse
from duckflux.runtime.events import stream
from duckflux.runtime.events.stream import BackgroundListener, EventStream

from .conftest import Listening

WORKFLOW = """
    flow:
      - {as: a, type: exec, run: echo 1}
      - loop: {max: 2, steps: [{parallel: [{as: b, type: exec, run: echo 2}, set: {x: '1'}]}]}
"""


def test_events_come_in_order_and_survive_their_json_form(flow):
    ran = flow(WORKFLOW)
    kinds = [type(event).__name__ for event in ran.events if not isinstance(event, events.OutputChunk)]
    assert kinds[0] == "ExecutionStarted" and kinds[-1] == "ExecutionFinished"
    assert kinds.count("StepStarted") == kinds.count("StepFinished") == len(ran.trace.steps)
    assert [events.decode(events.encode(event)) for event in ran.events] == ran.events


def test_the_json_form_has_the_promised_keys(flow):
    import msgspec

    ran = flow(WORKFLOW)
    lines = [msgspec.json.decode(events.encode(event)) for event in ran.events]
    by_kind = {line["event"]: line for line in reversed(lines)}
    assert set(by_kind["execution.started"]) >= {"id", "workflowPath", "workflowHash", "startedAt", "inputs"}
    assert set(by_kind["step.started"]) >= {
        *("seq", "name", "type", "path", "parent", "workflow", "iterations", "branch", "attempt", "startedAt")
    }
    assert set(by_kind["step.finished"]) >= {"seq", "status", "finishedAt", "duration"}
    assert set(by_kind["execution.finished"]) >= {"status", "finishedAt", "duration"}
    assert by_kind["step.started"]["parent"] is None


def test_names_types_pointers_and_parents(flow):
    flow.write("child.yaml", "flow: [{as: in, type: exec, run: 'true'}]")
    ran = flow("""
        participants: {p: {as: Display, type: exec, run: 'true'}}
        flow:
          - p
          - {type: exec, run: 'true'}
          - loop: {as: round, max: 1, steps: [{loop: {max: 1, steps: [{as: x, type: exec, run: 'true'}]}}]}
          - if: {condition: 'true', then: [{wait: {timeout: 1ms}}]}
          - parallel: [{set: {a: '1'}}, {as: child, type: workflow, path: child.yaml}]
    """)
    assert [(s.name, s.type, s.path, s.parent) for s in ran.trace.steps] == [
        ("p", "exec", "/flow/0", None),
        ("exec", "exec", "/flow/1", None),
        ("round", "loop", "/flow/2", None),
        ("loop", "loop", "/flow/2/loop/steps/0", 3),
        ("x", "exec", "/flow/2/loop/steps/0/loop/steps/0", 4),
        ("if", "if", "/flow/3", None),
        ("wait", "wait", "/flow/3/if/then/0", 6),
        ("parallel", "parallel", "/flow/4", None),
        ("set", "set", "/flow/4/parallel/0", 8),
        ("child", "workflow", "/flow/4/parallel/1", 8),
        ("in", "exec", "/flow/0", 10),
    ]


def test_a_failing_listener_never_reaches_the_run(flow):
    warnings: list[str] = []

    class Broken(Listening):
        def notify(self, event):
            raise RuntimeError("broken pipe")

    ran = flow(WORKFLOW, listeners=[Broken()], warn=warnings.append)
    assert ran.result.success
    assert len(warnings) == 1 and "broken pipe" in warnings[0]


def test_a_listener_that_does_not_keep_up_is_left_out(flow, monkeypatch):
    monkeypatch.setattr(stream, "_MAX_WAIT", 0.05)
    warnings: list[str] = []

    class Stuck(Listening):
        congested = True

    ran = flow(WORKFLOW, listeners=[Stuck()], warn=warnings.append)
    assert ran.result.success
    assert warnings == ["Stuck is too slow; it gets no more events"]


def test_a_background_listener_gets_everything_in_order_through_a_bounded_queue():
    seen: list[int] = []
    longest = 0

    def consume(batch):
        nonlocal longest
        longest = max(longest, len(batch))
        time.sleep(0.001)
        seen.extend(event.seq for event in batch)

    background = BackgroundListener("test", consume, print)

    async def main():
        engine = EventStream([background], print)
        for seq in range(20_000):
            engine.emit(events.StepFinished(seq, "success", "", 0))
            await engine.yield_control()

    asyncio.run(main())
    background.close()
    assert seen == list(range(20_000))
    assert longest <= stream._QUEUE_LIMIT + 1


def test_a_background_listener_that_fails_warns_once():
    warnings: list[str] = []

    def consume(batch):
        raise OSError("no space left")

    background = BackgroundListener("trace", consume, warnings.append)
    for seq in range(10):
        background.notify(events.StepFinished(seq, "success", "", 0))
    background.close()
    assert warnings == ["trace: no space left"]
    assert not background.congested


def test_a_cpu_bound_loop_can_be_cancelled(flow):
    async def main():
        task = asyncio.ensure_future(
            flow.start("flow: [{loop: {until: 'false', steps: [{set: {x: '1'}}]}}]", unchecked=True)
        )
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(main(), 5))


@pytest.mark.parametrize(
    ("mistake", "code"), [(RecursionError("x"), "too-deep"), (KeyError("value"), "internal")]
)
def test_a_mistake_of_the_engine_ends_the_run_as_an_error_without_values(flow, mistake, code):
    class Mistaken(Controller):
        async def before(self, step, about):
            raise mistake

    ran = flow(WORKFLOW, controller=Mistaken())
    assert ran.error.code == code
    assert "value'" not in str(ran.error)
    assert ran.step("a").error == "internal error"
    assert ran.trace.execution.status == "failure"


class Asked(Controller):
    def __init__(self, answers=None):
        self.identities: list[Identity] = []
        self._answers = answers or {}

    async def before(self, step, about):
        self.identities.append(step)
        return self._answers.get(step.path, Proceed())


def test_a_controller_is_asked_before_each_attempt_with_the_steps_identity(flow):
    flow.write("child.yaml", "flow: [{type: exec, run: 'true'}]")
    asked = Asked()
    flow(
        """
        flow:
          - loop:
              max: 2
              steps:
                - parallel:
                    - {type: exec, onError: retry, retry: {max: 1}, cwd: ./, run: rm flag || {touch flag;}}
                    - {type: workflow, path: child.yaml}
        """.replace("rm flag || {touch flag;}", "exit 0"),
        controller=asked,
    )
    main, child = str(flow.folder / "main.duck.yaml"), str(flow.folder / "child.yaml")
    assert set(asked.identities) == {
        identity
        for index in (0, 1)
        for identity in (
            Identity(main, "/flow/0/loop/steps/0/parallel/0", (index,), "0", 1),
            Identity(main, "/flow/0/loop/steps/0/parallel/1", (index,), "1", 1),
            Identity(child, "/flow/0", (index,), "1", 1, ("/flow/0/loop/steps/0/parallel/1",)),
        )
    }
    assert len(asked.identities) == 6


def test_attempts_have_identities_of_their_own(flow):
    asked = Asked()
    flow("flow: [{type: exec, onError: retry, retry: {max: 2}, run: exit 1}]", controller=asked)
    assert [identity.attempt for identity in asked.identities] == [1, 2, 3]


def test_a_controller_may_reuse_a_recorded_result(flow):
    asked = Asked({"/flow/0": Reuse({"a": "recorded"})})
    ran = flow(
        """
        flow: [{as: s, type: exec, run: exit 1}, {type: exec, run: printf %s "$a"}]
        output: {status: s.status, next: output}
        """,
        controller=asked,
    )
    assert ran.output == {"status": "success", "next": "recorded"}


def test_a_controller_may_wait(flow):
    class Debugger(Controller):
        async def before(self, step, about):
            await asyncio.sleep(0.05)
            return Proceed()

    assert flow("flow: [{as: s, type: exec, run: 'true'}]", controller=Debugger()).step("s").duration >= 50


def test_times_are_iso_8601_in_utc_with_milliseconds():
    assert iso(1_709_164_800_123_999_999) == "2024-02-29T00:00:00.123Z"


def test_merging_keeps_the_value_itself_where_there_is_nothing_to_merge():
    value = {"a": 1}
    assert merge(value, None, "left", "right") is value
    assert merge(None, value, "left", "right") is value
    assert merge(value, value, "left", "right") is value
