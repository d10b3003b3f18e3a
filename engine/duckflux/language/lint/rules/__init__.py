"""The semantic rules, one module each; `duckflux.language.registry` says which module checks which rule.

`SUBJECTS` lists the classes that a rule looks at: an `Item` (a participant or a top-level step, as nodes), a
`Section` (another top-level field), a `Participant`, a step (`Call`, `Loop`, ...), an `Expression`, a
`PlainText`, the `Output`, or the `Workflow`. `check` yields the problems of one of these subjects; it asks the
`QueryContext` for everything that lies outside of the subject.

CONTRIBUTING.md#add-a-rule is a walk through the files of a rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from ...registry import REGISTRY

if TYPE_CHECKING:
    from ...semantics.query_context import QueryContext
    from ...syntax import Problem


class RuleModule(Protocol):
    """A module of this package."""

    @property
    def SUBJECTS(self) -> tuple[type, ...]: ...  # noqa: N802

    def check(self, subject: Any, context: QueryContext, /) -> Iterator[Problem]:
        """Yield the problems of one subject."""
        ...


def _modules() -> Iterator[RuleModule]:
    for name in dict.fromkeys(rule.check for rule in REGISTRY.values() if rule.check):
        yield cast(RuleModule, import_module(f".{name}", __name__))


RULES: tuple[RuleModule, ...] = tuple(_modules())
