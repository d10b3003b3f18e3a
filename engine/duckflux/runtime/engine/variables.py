"""Holds the variables that expressions see (docs/language.md#5-variables-in-expressions)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from duckflux.cel.chrono import Timestamp


class ScopedVariables(Mapping[str, Any]):
    """The variables of a thread of control.

    `own` ones (`input`, `output`, `event`, active loops) hide the `shared` ones of the frame; `now` is the
    current time.
    """

    __slots__ = ("own", "shared")

    def __init__(self, own: dict[str, Any], shared: dict[str, Any]) -> None:
        self.own = own
        self.shared = shared

    def __getitem__(self, name: str) -> Any:
        if name in self.own:
            return self.own[name]
        if name == "now":
            return Timestamp.now()
        return self.shared[name]

    def __contains__(self, name: object) -> bool:
        return name in self.own or name in self.shared or name == "now"

    def __iter__(self) -> Iterator[str]:
        return iter({**self.shared, **self.own, "now": None})

    def __len__(self) -> int:
        return len({**self.shared, **self.own, "now": None})


class LoopScope(msgspec.Struct, frozen=True):
    """The names that a loop has taken, and the values that they hid."""

    names: tuple[str, ...]
    hidden: dict[str, Any]


class Loops:
    """The active loops of a thread as variables: `loop` is the innermost one, also under its `as`."""

    __slots__ = ("_variables", "indices")

    def __init__(self, variables: ScopedVariables, indices: tuple[int, ...]) -> None:
        self._variables = variables
        self.indices = indices

    def enter(self, name: str) -> LoopScope:
        """Begin a loop and return its scope."""
        own = self._variables.own
        names = ("loop",) if name == "loop" else ("loop", name)
        self.indices = (*self.indices, 0)
        return LoopScope(names, {n: own[n] for n in names if n in own})

    def begin_iteration(self, scope: LoopScope, index: int, limit: int | None) -> None:
        """Begin the iteration `index` (from 0) of at most `limit`."""
        values = {
            "index": index,
            "iteration": index + 1,
            "first": index == 0,
            "last": limit is not None and index + 1 == limit,
        }
        self.indices = (*self.indices[:-1], index)
        for name in scope.names:
            self._variables.own[name] = values

    def leave(self, scope: LoopScope) -> None:
        """End a loop: names that it hid get their values back, other names keep their last values."""
        own, shared = self._variables.own, self._variables.shared
        self.indices = self.indices[:-1]
        for name in scope.names:
            last = own.pop(name, None)
            if last is not scope.hidden.get(name):
                shared[name] = last
        own.update(scope.hidden)
