"""What the rules for all kinds of nodes share: types that are found, problems, and what is wanted of a node."""

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
    """Walks one expression; `rules` gives the type of each kind of node."""

    def __init__(self, ast: Ast, scope: Scope, rules: Rules) -> None:
        self.ast = ast
        self._rules = rules
        self.scope = scope
        self.locals: dict[str, Type] = {}
        self.inference = Inference()
        self.types: dict[Expr, Type] = {}
        self.problems: list[Problem] = []

    def infer(self, node: Expr) -> Type:
        """The type of ``node``, noted for it and for all nodes below."""
        type_ = self._rules[type(node)](self, node)
        self.types[node] = type_
        return type_

    def finished(self) -> dict[Expr, Type]:
        """The types of all nodes, with nothing left open."""
        if not self.inference.made:
            return self.types
        return {node: self.inference.finish(type_) for node, type_ in self.types.items()}

    def known(self, node: Expr) -> Type:
        return self.inference.known(self.infer(node))

    def problem(self, code: str, message: str, start: int, end: int, suggestion: str | None = None) -> None:
        if suggestion:
            message = f"{message}; did you mean `{suggestion}`?"
        self.problems.append(Problem(code, message, start, end, suggestion))

    def say(self, type_: Type) -> str:
        """A type for a message."""
        finished = self.inference.finish(type_)
        return "map" if isinstance(finished, RecordType) else str(finished)

    def expect(self, node: Expr, actual: Type, wanted: Type) -> None:
        if wanted == BOOL:
            return self.expect_bool(node, actual, "the condition must be a bool")
        if not self.inference.fits(actual, wanted):
            message = f"expected {self.say(wanted)}, not {self.say(actual)}"
            self.problem("wrong-type", message, node.start, node.end)
        return None

    def expect_bool(self, node: Expr, actual: Type, sentence: str) -> None:
        if not self.inference.fits(actual, BOOL):
            self.problem("not-bool", f"{sentence}, not {self.say(actual)}", node.start, node.end)

    @contextmanager
    def variables(self, added: Mapping[str, Type]) -> Iterator[None]:
        """The variables of a macro, while its arguments are checked."""
        outer, self.locals = self.locals, {**self.locals, **added}
        try:
            yield
        finally:
            self.locals = outer

    def expect_container(self, where: Expr, type_: Type, user: str, hint: str = "") -> None:
        if type_ == DYN or isinstance(type_, Variable):
            return
        message = f"{user} works on lists and maps, not {self.say(type_)}{hint if type_ == STRING else ''}"
        self.problem("wrong-type", message, where.start, where.end)


Rules: TypeAlias = Mapping[type, Callable[[Checker, Any], Type]]
