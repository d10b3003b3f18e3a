"""One analysis is asked by several threads at once: hints, tokens and code actions of a text that is shown."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from duckflux.language.analysis import names_only
from duckflux.language.semantics.called_workflows import DISK
from duckflux.language.semantics.reaching_definitions import ProgramPoint
from duckflux.language.semantics.semantic_model import SemanticModel

_THREADS = 8
_TEXT = (
    "participants:\n  a: {type: exec, run: ls, output: {n: {type: integer}}, onError: skip}\nflow:\n"
    + "".join(
        f'  - {{as: s{number}, type: exec, run: ls, when: a.status == "success"}}\n  - a\n'
        f"  - {{type: exec, run: ls, output: {{n{number}: {{type: integer}}}}}}\n"
        for number in range(60)
    )
)


@pytest.fixture(autouse=True)
def often() -> Iterator[None]:
    """Threads take turns as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def model() -> SemanticModel:
    work = names_only(_TEXT, "/w.duck.yaml", DISK).state
    assert work is not None
    return work.model


def answers(asked: SemanticModel) -> list[object]:
    found: list[object] = []
    for number, item in enumerate(asked.items.steps):
        place = item.flow_nodes[0]
        found.append(asked.chain_before(item, place))
        found.append(asked.has_run(f"s{number % 60}", "output", ProgramPoint(item, place), frozenset()))
    return found


def test_all_get_the_same_answers() -> None:
    alone = model()
    expected = answers(alone)
    for _ in range(4):
        shared, together = model(), Barrier(_THREADS)

        def asked(_: int, shared: SemanticModel = shared, together: Barrier = together) -> list[object]:
            together.wait()
            return answers(shared)

        with ThreadPoolExecutor(_THREADS) as pool:
            found = list(pool.map(asked, range(_THREADS)))
        assert all(one == expected for one in found)
        rests_on = [names for _, names in alone.reaching_definitions._reachabilities.values()]
        assert [names for _, names in shared.reaching_definitions._reachabilities.values()] == rests_on
