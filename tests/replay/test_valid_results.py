"""Which results of a run still hold after an edit: random workflows, random edits, steps that are functions."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from duckflux.language.analysis import analyse
from duckflux.language.model.workflow import Workflow
from duckflux.language.semantics.valid_results import valid_results
from duckflux.runtime.engine.loading import WorkflowLoader
from duckflux.runtime.engine.run_workflow import run
from duckflux.runtime.events import Event
from duckflux.runtime.events.stream import Listener
from duckflux.trace.model import Step, trace_from_events
from msgspec import UNSET

SEEDS = range(40)


def holds(before: str, after: str) -> list[str]:
    """The names of the steps, or their pointers, whose results hold."""
    old, new = (analyse(dedent(text)).workflow for text in (before, after))
    return sorted(valid_results(old, new))


FLOW = """
    participants:
      fix: {type: exec, run: ./fix}
    flow:
      - set: {a: '1'}
      - {as: one, type: exec, run: ./one}
      - set: {b: '2'}
      - if:
          condition: execution.context.b > 1
          then:
            - set: {c: execution.context.a}
      - loop:
          as: again
          max: 3
          steps:
            - fix
            - set: {d: again.index}
"""
ALL = [f"/flow/{index}" for index in range(5)]
INNER = ["/flow/3/if/then/0", "/flow/4/loop/steps/0", "/flow/4/loop/steps/1"]


@pytest.mark.parametrize(
    ("old", "new", "stale"),
    [
        ("'1'", "'1'  # a comment", []),
        ("flow:", "name: other\n    flow:", []),
        ("a: '1'", "a: '5'", ["/flow/0", "/flow/3", "/flow/3/if/then/0"]),
        ("b: '2'", "b: '5'", ["/flow/2", "/flow/3", "/flow/3/if/then/0"]),
        ("./fix", "./fixed", ["/flow/4", "/flow/4/loop/steps/0"]),
        ("max: 3", "max: 4", ["/flow/4", "/flow/4/loop/steps/0", "/flow/4/loop/steps/1"]),
        ("again.index", "again.iteration", ["/flow/4", "/flow/4/loop/steps/1"]),
        ("./one", "./two", ["/flow/1", "/flow/3", "/flow/4", "/flow/4/loop/steps/0"]),
    ],
)
def test_what_an_edit_makes_stale(old: str, new: str, stale: list[str]) -> None:
    found = [pointer for pointer in holds(FLOW, FLOW.replace(old, new)) if pointer.startswith("/flow")]
    assert found == sorted({*ALL, *INNER} - {*stale})


class Maker:
    """Makes workflows whose steps depend on nothing but what they read."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._count = 0

    def flow(self, depth: int, known: list[str]) -> list[Any]:
        return [self._step(depth, known) for _ in range(self._rng.randint(1, 4))]

    def _step(self, depth: int, known: list[str]) -> Any:
        kinds = ["call", "call", "set", "set", *(["if", "loop", "parallel"] if depth else [])]
        kind = self._rng.choice(kinds)
        if kind == "call":
            self._count += 1
            step = {"as": f"s{self._count}", "type": "exec", "run": f"echo {self._rng.randint(1, 3)}; cat"}
            if self._rng.random() < 0.3:
                step["when"] = self._condition(known)
            known.append(step["as"])
            return step
        if kind == "set":
            return {"set": {self._rng.choice("abc"): self._value(known)}}
        if kind == "if":
            body = {"condition": self._condition(known), "then": self.flow(depth - 1, known)}
            return {"if": body | ({"else": self.flow(depth - 1, known)} if self._rng.random() < 0.5 else {})}
        if kind == "loop":
            self._count += 1
            until = f"loop.index >= 1 || {self._condition(known)}"
            return {
                "loop": {
                    "as": f"l{self._count}",
                    "max": 3,
                    "until": until,
                    "steps": self.flow(depth - 1, known),
                }
            }
        return {"parallel": [self._call(known) for _ in range(2)]}

    def _call(self, known: list[str]) -> dict[str, Any]:
        self._count += 1
        known.append(f"s{self._count}")
        return {"as": f"s{self._count}", "type": "exec", "run": f"echo {self._rng.randint(1, 3)}; cat"}

    def _value(self, known: list[str]) -> str:
        name = self._rng.choice([*known, ""])
        if name and self._rng.random() < 0.6:
            return f"has({name}.output) ? size(string({name}.output)) : 0"
        key = self._rng.choice("abc")
        return self._rng.choice([str(self._rng.randint(0, 9)), f"has(execution.context.{key}) ? 1 : 2"])

    def _condition(self, known: list[str]) -> str:
        return f"({self._value(known)}) > {self._rng.randint(0, 3)}"

    def edited(self, flow: list[Any]) -> list[Any]:
        """The same flow with one edit."""
        lists = [*_lists(flow)]
        steps = self._rng.choice(lists)
        at = self._rng.randrange(len(steps))
        kind = self._rng.choice(["change", "change", "remove", "add"])
        if kind == "remove" and len(steps) > 1:
            del steps[at]
        elif kind == "add":
            steps.insert(at, {"set": {self._rng.choice("abc"): str(self._rng.randint(10, 19))}})
        else:
            _change(steps[at], self._rng.randint(4, 99))
        return flow


def _lists(flow: list[Any]) -> Any:
    yield flow
    for step in flow:
        for field in ("if", "loop"):
            for key in ("then", "else", "steps"):
                if key in step.get(field, {}):
                    yield from _lists(step[field][key])


def _change(step: dict[str, Any], number: int) -> None:
    if "run" in step:
        step["run"] = f"echo {number}; cat"
    elif "set" in step:
        step["set"] = {key: str(number) for key in step["set"]}
    elif "if" in step:
        step["if"]["condition"] = f"{number} > 50"
    elif "loop" in step:
        step["loop"]["max"] = 1 + number % 3
    else:
        step["parallel"][0]["run"] = f"echo {number}; cat"


class _Events(Listener):
    def __init__(self) -> None:
        self.events: list[Event] = []

    def notify(self, event: Event) -> None:
        self.events.append(event)


def executions(workflow: Workflow, folder: Path) -> dict[str, list[Any]]:
    """What each step did in a run, by its JSON pointer."""
    listener = _Events()
    loader = WorkflowLoader()
    asyncio.run(run(workflow, str(folder / "w.duck.yaml"), {}, load=loader, listeners=[listener]))
    found: dict[str, list[Any]] = {}
    for step in trace_from_events(listener.events).steps:
        found.setdefault(step.path or "", []).append(_what(step))
    return found


def _what(step: Step) -> Any:
    output = None if step.output is UNSET else step.output
    return step.status, step.iterations, step.input if step.input is not UNSET else None, output


def test_no_result_is_kept_that_a_fresh_run_would_change(tmp_path: Path, record_property: Any) -> None:
    counts: Counter[str] = Counter()
    for seed in SEEDS:
        maker = Maker(seed)
        flow = maker.flow(2, [])
        before, after = (
            analyse(json.dumps({"defaults": {"onError": "skip"}, "flow": each}))
            for each in (flow, maker.edited(json.loads(json.dumps(flow))))
        )
        if before.errors or after.errors:
            counts["wrong workflows"] += 1
            continue
        then, now = executions(before.workflow, tmp_path), executions(after.workflow, tmp_path)
        valid = valid_results(before.workflow, after.workflow)
        for new, old in valid.items():
            assert then.get(old) == now.get(new), (seed, new, json.dumps(flow))
        same = [new for new in now if new not in valid and now[new] in then.values()]
        counts["kept"] += len([new for new in valid if new in now])
        counts["dropped needlessly"] += len(same)
        counts["dropped"] += len([new for new in now if new not in valid])
    record_property("staleness", dict(counts))
    assert counts["kept"] > counts["wrong workflows"] and counts["dropped"] > 0
