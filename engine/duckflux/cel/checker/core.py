"""The state of a check that the rules for all kinds of nodes share: types, variables and problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

from ..errors import Problem
from ..syntax.nodes import Ast, Expr
from ..types import BOOL, DYN, STRING, Field, RecordType, Type, Variable
from .inference import Inference

Scope: TypeAlias = Mapping[str, Type | Field]
"""The variables an expression may use; given as a Field, a variable has a doc."""


class Checker:
    """Checks one expression; `rules` has the function that returns the type of each kind of node."""

    def __init__(self, ast: Ast, scope: Scope, rules: TypeRules) -> None:
        self.ast = ast
        self._rules = rules
        self.scope = scope
        self.locals: dict[str, Type] = {}
        self.inference = Inference()
        self.types: dict[Expr, Type] = {}
        self.problems: list[Problem] = []

    def infer(self, node: Expr) -> Type:
        """Return the type of ``node``, recorded for it and for all nodes below."""
        type_ = self._rules[type(node)](self, node)
        self.types[node] = type_
        return type_

    def resolved_types(self) -> dict[Expr, Type]:
        """Return the types of all nodes, without type variables."""
        if not self.inference.variable_count:
            return self.types
        return {node: self.inference.substitute(type_) for node, type_ in self.types.items()}

    def infer_resolved(self, node: Expr) -> Type:
        return self.inference.resolve(self.infer(node))

    def problem(self, code: str, message: str, start: int, end: int, suggestion: str | None = None) -> None:
        if suggestion:
            message = f"{message}; did you mean `{suggestion}`?"
        self.problems.append(Problem(code, message, start, end, suggestion))

    def display(self, type_: Type) -> str:
        """Return the name of a type for a message."""
        resolved_types = self.inference.substitute(type_)
        return "map" if isinstance(resolved_types, RecordType) else str(resolved_types)

    def expect(self, node: Expr, actual: Type, expected: Type) -> None:
        if expected == BOOL:
            return self.expect_bool(node, actual, "the condition must be a bool")
        if not self.inference.is_assignable(actual, expected):
            message = f"expected {self.display(expected)}, not {self.display(actual)}"
            self.problem("wrong-type", message, node.start, node.end)
        return None

    def expect_bool(self, node: Expr, actual: Type, sentence: str) -> None:
        if not self.inference.is_assignable(actual, BOOL):
            self.problem("not-bool", f"{sentence}, not {self.display(actual)}", node.start, node.end)

    @contextmanager
    def variables(self, added: Mapping[str, Type]) -> Iterator[None]:
        """Declare the variables of a macro while its arguments are checked."""
        outer, self.locals = self.locals, {**self.locals, **added}
        try:
            yield
        finally:
            self.locals = outer

    def expect_container(self, container: Expr, type_: Type, user: str, hint: str = "") -> None:
        if type_ == DYN or isinstance(type_, Variable):
            return
        message = (
            f"{user} works on lists and maps, not {self.display(type_)}{hint if type_ == STRING else ''}"
        )
        self.problem("wrong-type", message, container.start, container.end)


TypeRules: TypeAlias = Mapping[type, Callable[[Checker, Any], Type]]
