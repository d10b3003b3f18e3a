"""The work for a request grows no faster than the text: counted in executed lines, for every construct.

Time would tell as much only of texts for which nobody waits; the number of lines is the same on every machine.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from duckflux.language.budget import Budget
from duckflux_ls.session import diagnostics_publisher

from .conftest import FULL
from .constructs import CONSTRUCTS, TEST_CONSTRUCTS
from .requests import REQUESTS, Server

# With twice as much of a construct, at most so many times the lines. Sorting takes a little more than twice.
_MOST = 2.5
# What is limited to some depth may grow with its square.
_MOST_OF_DEPTH = 4.5
_DEEP = ("nested", "chain of")
_SIZE = 250 if FULL else 24
# A difference of so few lines tells nothing of growth: what is cached, or not yet, makes as much.
_FEW = 6_000 if FULL else 3_000
# What tries each fix or refactoring on the whole text is bounded by the budget, not by its growth; see
# test_server_bounds.py.
_TRIED = ("actions", "actions of the file", "all fixes")
# Bounded by a number that the short form does not reach: names that a misspelt one is compared with,
# diagnostics with fixes.
_LARGE = (
    "misspelt names among many",
    "misspelt inputs among many",
    "duplicate keys",
    "duplicate keys of one step",
    "duplicate keys at the top",
)
_SHORT = ("diagnostics", "tokens", "symbols", "hover")
ALL = {
    **{name: (text, "main.duck.yaml") for name, text in CONSTRUCTS.items()},
    **{name: (text, "main.ducktest.yaml") for name, text in TEST_CONSTRUCTS.items()},
}
_CALLED = "participants:\n  greet: {type: exec, run: echo hi}\nflow: [greet]\n"


class _Lines:
    """Counts the lines that run while it is active."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> _Lines:
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.count += 1
        return self._trace


def _lines(construct: str, requests: tuple[str, ...], size: int, folder: Path) -> dict[str, int]:
    """The executed lines of each request, the first of them on a text that was just opened."""
    generate, name = ALL[construct]
    server = Server(folder)
    opened = server.open(generate(size), name)
    found = {}
    for request in requests:
        with _Lines() as lines:
            server.answer(request, opened)
        found[request] = lines.count
    server.close()
    return found


@pytest.mark.promise("work is bounded")
@pytest.mark.parametrize("construct", ALL if FULL else [name for name in ALL if name not in _LARGE])
def test_work_grows_as_the_text(construct: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Counting takes time, which must end nothing, and begin nothing in between.
    monkeypatch.setattr(Budget, "seconds_left", 1.0)
    monkeypatch.setattr(diagnostics_publisher, "_TYPING_PAUSE", 3600.0)
    (tmp_path / "main.duck.yaml").write_text(_CALLED)
    requests = tuple(name for name in REQUESTS if name not in _TRIED and (FULL or name in _SHORT))
    # The first time, modules are imported.
    _lines(construct, requests, 1, tmp_path)
    one, some, twice = (_lines(construct, requests, size, tmp_path) for size in (1, _SIZE, 2 * _SIZE))
    most = _MOST_OF_DEPTH if construct.startswith(_DEEP) else _MOST
    growth = {
        request: round((twice[request] - one[request]) / max(1, some[request] - one[request]), 2)
        for request in requests
        if twice[request] - one[request] > _FEW
    }
    assert {request: ratio for request, ratio in growth.items() if ratio > most} == {}
