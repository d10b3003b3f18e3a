"""Validates values against field schemas (docs/language.md#field-schemas).

`jsonschema` is imported only when a schema needs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list, tuple),
    "object": (dict,),
}
_TRIVIAL = {"type", "description", "default"}


def violations(schema: dict[str, Any], value: Any) -> list[str]:
    """Return everything that is wrong with a JSON value, with paths but without values, which may be secret."""
    if schema.keys() <= _TRIVIAL:
        return [] if has_type(value, schema.get("type", "string")) else [_must_be(schema)]
    errors: Iterable[ValidationError] = _validator(schema).iter_errors(value)
    return [_sentence(error) for error in sorted(errors, key=lambda e: [str(p) for p in e.absolute_path])]


def has_type(value: Any, name: str) -> bool:
    """Return whether a JSON value has a JSON Schema type, where 3.0 is an integer."""
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(name, ()))


def _validator(schema: dict[str, Any]) -> Validator:
    from jsonschema import Draft202012Validator, FormatChecker, validators

    checker = FormatChecker(formats=())
    for name, check in _FORMATS.items():
        checker.checks(name)(check)
    # Python's `re`, which jsonschema uses, takes exponentially long for some patterns.
    extend: Callable[..., type[Validator]] = validators.extend
    return extend(Draft202012Validator, {"pattern": _check_pattern})(schema, format_checker=checker)


def _check_pattern(_: Validator, pattern: str, value: Any, __: dict[str, Any]) -> Iterator[ValidationError]:
    from jsonschema import ValidationError

    from ...cel.errors import Failure
    from ...cel.library.regex import schema_matcher

    try:
        if isinstance(value, str) and not schema_matcher(pattern)(value):
            yield ValidationError("no match")
    except Failure as failure:
        yield ValidationError("not checked", cause=failure)


def _must_be(schema: dict[str, Any]) -> str:
    name = schema.get("type", "string")
    return f"must be {'an' if name[0] in 'aeio' else 'a'} {name}"


def _sentence(error: ValidationError) -> str:
    path = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path
    ).lstrip(".")
    what = _describe(error)
    return f"{path} {what}" if path else what


def _describe(error: ValidationError) -> str:
    limit: Any = error.validator_value
    match error.validator:
        case "type":
            return _must_be({"type": limit})
        case "required":
            # The message is "'name' is a required property"; it names no value.
            return f"lacks the field {error.message.split(' is a required')[0]}"
        case "enum":
            return "must be one of " + ", ".join(map(str, limit))
        case "minimum":
            return f"must be at least {limit}"
        case "maximum":
            return f"must be at most {limit}"
        case "minLength":
            return f"must have at least {limit} characters"
        case "maxLength":
            return f"must have at most {limit} characters"
        case "pattern" if error.cause is not None:
            return f"cannot be checked against the pattern {limit}: {error.cause}"
        case "pattern":
            return f"must match the pattern {limit}"
        case "format":
            return f"must be a valid {limit}"
        case _:
            return f"does not fit `{error.validator}`"


_DATE = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"


def _matches(pattern: str) -> Callable[[object], bool]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda value: not isinstance(value, str) or compiled.fullmatch(value) is not None


def _is_date(value: object) -> bool:
    from datetime import date

    if not isinstance(value, str):
        return True
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        return False
    return True


def _is_ip(version: int) -> Callable[[object], bool]:
    def check(value: object) -> bool:
        from ipaddress import IPv4Address, IPv6Address

        if not isinstance(value, str):
            return True
        try:
            (IPv4Address if version == 4 else IPv6Address)(value)
        except ValueError:
            return False
        return "%" not in value

    return check


def _both(*checks: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: all(check(value) for check in checks)


_FORMATS: dict[str, Callable[[object], bool]] = {
    "date": _both(_matches(_DATE), _is_date),
    "date-time": _both(_matches(f"{_DATE}[Tt]{_TIME}"), _is_date),
    "time": _matches(_TIME),
    "email": _matches(rf"[^\s@\"(),:;<>\[\]\\]+@{_LABEL}(?:\.{_LABEL})*"),
    "uri": _matches(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+"),
    "uuid": _matches(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "ipv4": _is_ip(4),
    "ipv6": _is_ip(6),
}
