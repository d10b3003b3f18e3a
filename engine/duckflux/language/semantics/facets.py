"""Facets of a semantic model: what the answers of queries depend on, and what an edit can leave unchanged.

A query declares its facets with `depends_on`. While all of them are unchanged since an earlier model, so is every
answer of the query, and nobody needs to ask again. A query without a declaration is always asked again. The tests
of incremental analysis (tests/language/test_incremental.py) hold the declarations to be true.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeAlias, TypeVar

Query: TypeAlias = Callable[..., Any]
"""A method of `SemanticModel`."""

_Q = TypeVar("_Q", bound=Query)


class Facet(Enum):
    """A part of what a semantic model knows."""

    NAMES = "the names of the steps, in their order"
    TYPES = "the variables and their types"
    FLOW = "the steps, their order, and what happens when one fails or times out"


Facets: TypeAlias = frozenset[Facet]
_DEPENDENCIES: dict[Query, Facets] = {}


def depends_on(*facets: Facet) -> Callable[[_Q], _Q]:
    """Declare the facets that the answers of the decorated query depend on."""

    def declare(query: _Q) -> _Q:
        _DEPENDENCIES[query] = frozenset(facets)
        return query

    return declare


def settled_queries(unchanged: Facets) -> frozenset[Query]:
    """Return the queries whose answers cannot have changed while these facets have not."""
    return frozenset(query for query, facets in _DEPENDENCIES.items() if facets <= unchanged)
