"""Reading values: names, fields, indices, and what to say where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from .catalogue import TYPE_NAMES
from .environment import Bindings, Environment, Evaluate
from .errors import EvaluationError, Failure
from .nodes import Ident, Select
from .operators import contains_key, find_index
from .values import NONE, OptionalValue, TypeValue, class_of, type_name

_MISSING = object()
_SHOWN = 60


class ErrorSite(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A place in an expression; makes the errors that stand there."""

    text: str
    start: int
    end: int

    def error(self, message: str, code: str = "evaluation") -> EvaluationError:
        """An error here."""
        return EvaluationError(message, self.start, self.end, code)

    def refused(self, failure: Failure) -> EvaluationError:
        """The error for an operation that refused its operands."""
        return self.error(failure.message, failure.code)

    def source(self) -> str:
        """The expression's own words, cut when long."""
        text = " ".join(self.text[self.start : self.end].split())
        return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def path(text: str, base: Ident, selects: tuple[Select, ...]) -> Evaluate:
    """``name.field.field``: ``base`` with all that is selected from it.

    The usual case is a chain of Python subscriptions; anything else is looked at again, slowly, to do it right.
    """
    name, fields = base.name, [part.field for part in selects]

    def careful(environment: Environment) -> Any:
        while base.absolute and isinstance(environment, Bindings):
            environment = environment.outer
        value, taken = _resolve(environment, name, fields)
        if value is _MISSING:
            site = ErrorSite(text, base.start, base.end)
            raise site.error(f"undeclared reference to `{name}`", "undeclared")
        for part in selects[taken:]:
            value = select_field(value, part.field, ErrorSite(text, part.start, part.end))
        return value

    if base.absolute:
        return careful
    if not fields:
        return _name(name, careful)
    if len(fields) == 1:
        return _one_field(name, fields[0], careful)
    if len(fields) == 2:
        return _two_fields(name, fields[0], fields[1], careful)
    return _many_fields(name, fields, careful)


def _name(name: str, careful: Evaluate) -> Evaluate:
    def evaluate(environment: Environment) -> Any:
        try:
            return environment[name]
        except KeyError:
            return careful(environment)

    return evaluate


def _one_field(name: str, field: str, careful: Evaluate) -> Evaluate:
    def evaluate(environment: Environment) -> Any:
        try:
            return environment[name][field]
        except (KeyError, TypeError):
            return careful(environment)

    return evaluate


def _two_fields(name: str, first: str, second: str, careful: Evaluate) -> Evaluate:
    def evaluate(environment: Environment) -> Any:
        try:
            return environment[name][first][second]
        except (KeyError, TypeError):
            return careful(environment)

    return evaluate


def _many_fields(name: str, fields: list[str], careful: Evaluate) -> Evaluate:
    first, second, *rest = fields

    def evaluate(environment: Environment) -> Any:
        try:
            value = environment[name][first][second]
            for field in rest:
                value = value[field]
        except (KeyError, TypeError):
            return careful(environment)
        return value

    return evaluate


def _resolve(environment: Environment, name: str, fields: list[str]) -> tuple[Any, int]:
    """The value of the longest qualified name, and how many fields it took (CEL spec, "Name Resolution")."""
    for taken in range(len(fields), -1, -1):
        qualified = ".".join((name, *fields[:taken]))
        value = _lookup(environment, qualified)
        if value is _MISSING and qualified in TYPE_NAMES:
            value = TypeValue(TYPE_NAMES[qualified][0])
        if value is not _MISSING:
            return value, taken
    return _MISSING, 0


def _lookup(environment: Environment, name: str) -> Any:
    try:
        return environment[name]
    except KeyError:
        return _MISSING


def select(operand: Evaluate, field: str, site: ErrorSite) -> Evaluate:
    """``operand.field``."""

    def evaluate(environment: Environment) -> Any:
        return select_field(operand(environment), field, site)

    return evaluate


def select_field(value: Any, field: str, site: ErrorSite) -> Any:
    """The field of a map. Raises EvaluationError when there is none."""
    kind = class_of(value)
    if kind is OptionalValue:
        return _optional_item(value, field, site)
    if kind is not dict:
        raise site.error(
            f"`{site.source()}`: a value of type {type_name(value)} has no fields", "no-such-field"
        )
    try:
        return value[field]
    except KeyError:
        raise _no_such_key(value, field, site) from None


def _no_such_key(mapping: Any, key: Any, site: ErrorSite) -> EvaluationError:
    explain = getattr(mapping, "__missing_message__", None)
    message = explain(key) if explain else None
    return site.error(message or f"no such key: {site.source()}", "no-such-key")


def index(operand: Evaluate, key: Evaluate, site: ErrorSite) -> Evaluate:
    """``operand[key]``."""

    def evaluate(environment: Environment) -> Any:
        container, at = operand(environment), key(environment)
        if type(container) is OptionalValue:
            return _optional_item(container, at, site)
        return _item(container, at, site)

    return evaluate


def optional_index(operand: Evaluate, key: Evaluate, site: ErrorSite) -> Evaluate:
    """``operand[?key]`` and ``operand.?field``."""

    def evaluate(environment: Environment) -> Any:
        return _optional_item(operand(environment), key(environment), site)

    return evaluate


def _item(container: Any, key: Any, site: ErrorSite) -> Any:
    found = _find(container, key, site)
    if found is not _MISSING:
        return found
    if isinstance(container, Mapping):
        raise _no_such_key(container, key, site)
    raise site.error(f"index out of range: {site.source()}", "out-of-range")


def _optional_item(container: Any, key: Any, site: ErrorSite) -> OptionalValue:
    """The item as an optional; none where there is none or the container is none itself."""
    if isinstance(container, OptionalValue):
        if not container.present:
            return NONE
        container = container.value
    found = _find(container, key, site)
    return NONE if found is _MISSING else OptionalValue(True, found)


def _find(container: Any, key: Any, site: ErrorSite) -> Any:
    kind = class_of(container)
    if kind is dict:
        return container[key] if contains_key(container, key) else _MISSING
    if kind is not list:
        raise site.error(f"a value of type {type_name(container)} cannot be indexed", "no-such-overload")
    try:
        position = find_index(container, key)
    except Failure as failure:
        raise site.refused(failure) from None
    return _MISSING if position is None else container[position]


def has(operand: Evaluate, field: str, site: ErrorSite) -> Evaluate:
    """``has(operand.field)``."""

    def evaluate(environment: Environment) -> bool:
        value = operand(environment)
        if type(value) is dict:
            return field in value
        return _has_field(value, field, site)

    return evaluate


def _has_field(value: Any, field: str, site: ErrorSite) -> bool:
    if isinstance(value, OptionalValue):
        return value.present and _has_field(value.value, field, site)
    if class_of(value) is not dict:
        raise site.error(
            f"`{site.source()}`: a value of type {type_name(value)} has no fields", "no-such-field"
        )
    return field in value
