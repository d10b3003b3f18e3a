"""Shows values with their CEL types, part by part and with secrets masked; sets some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..cel.chrono import Duration, Timestamp
from ..cel.json_values import to_json
from ..runtime.secrets import Secrets
from ..runtime.values import encode_json, unicode_text

_PREVIEW = 100
_MAX_TEXT = 4096
_MAX_COPIED = 1_000_000
_PAGE = 1000


class NotSettableError(Exception):
    """A value can't be set; the message says why."""


class Container(NamedTuple):
    """A map or list that can be opened.

    `expression` is CEL that gives it, empty where there is none; `set_child` replaces the value under a key
    or index, None where nothing can be replaced; `sections` tells that its parts are not values of CEL.
    """

    value: Mapping[str, Any] | Sequence[Any]
    expression: str = ""
    set_child: Callable[[Any, Any], None] | None = None
    sections: bool = False


class Shown(NamedTuple):
    """A value as it is shown: `inner` is what it opens to, None for one without parts."""

    name: str
    text: str
    type: str
    expression: str
    inner: Container | None
    is_settable: bool

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many named and indexed parts it has."""
        if self.inner is None:
            return 0, 0
        size = len(self.inner.value)
        return (size, 0) if isinstance(self.inner.value, Mapping) else (0, size)


class Opened(NamedTuple):
    """A part of a container that has its own way to be opened and set."""

    value: Any
    inner: Container | None = None
    note: str = ""
    expression: str | None = None
    is_settable: bool = True


def shown(
    name: str,
    value: Any,
    secrets: Secrets,
    expression: str = "",
    set_value: Callable[[Any], None] | None = None,
) -> Shown:
    """Return a value as it is shown; `set_value` replaces it."""
    note, inner, settable = "", None, set_value is not None
    if isinstance(value, Opened):
        note, inner, settable = value.note, value.inner, settable and value.is_settable
        expression = expression if value.expression is None else value.expression
        value = value.value
    elif isinstance(value, Mapping | list | tuple) and value:
        inner = Container(value, expression, setter_of_parts(value, set_value))
    text = note or display(value, secrets)
    return Shown(secrets.mask(name), text, cel_type(value), secrets.mask(expression), inner, settable)


def parts(container: Container, secrets: Secrets, start: int = 0, count: int = 0) -> list[Shown]:
    """Return the parts of a container, all or `count` of them from `start` on, at most a page."""
    stop = start + min(count or _PAGE, _PAGE)
    found = [
        shown(str(key), value, secrets, _expression_of(container, key), _bound(container.set_child, key))
        for key, value in _slice(container.value, start, stop)
    ]
    rest = len(container.value) - stop
    if not count and rest > 0:
        found.append(Shown("…", f"{rest} more", "", "", None, False))
    return found


def key_of(container: Container, name: str, secrets: Secrets) -> Any:
    """Return the key or index that a part is shown under. Raises KeyError."""
    if isinstance(container.value, Mapping):
        for key in container.value:
            if secrets.mask(str(key)) == name:
                return key
    elif name.isdecimal() and int(name) < len(container.value):
        return int(name)
    raise KeyError(name)


def display(value: Any, secrets: Secrets, limit: int = _MAX_TEXT) -> str:
    """Return a value as one line of CEL, masked and shortened."""
    if isinstance(value, Mapping | list | tuple):
        return _shortened(_preview(value, secrets), _PREVIEW)
    return _shortened(secrets.mask(_text(value, limit)), limit)


def whole_text(value: Any, secrets: Secrets) -> str:
    """Return a value as JSON, or a text as it is, masked, to be copied."""
    value = secrets.mask_value(to_json(value))
    text = value if isinstance(value, str) else encode_json(value).decode("utf-8", "replace")
    return _shortened(unicode_text(text), _MAX_COPIED)


def cel_type(value: Any) -> str:
    """Return the name of a value's type in CEL."""
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case int():
            return "int"
        case float():
            return "double"
        case str():
            return "string"
        case bytes():
            return "bytes"
        case Mapping():
            return "map"
        case list() | tuple():
            return "list"
        case Timestamp():
            return "timestamp"
        case Duration():
            return "duration"
        case _:
            return type(value).__name__.lower()


def _preview(value: Any, secrets: Secrets, depth: int = 1) -> str:
    if isinstance(value, Opened):
        return value.note or _preview(value.value, secrets, depth)
    if isinstance(value, Mapping):
        if not value:
            return "{}"
        if depth < 0:
            return "{…}"
        items = (
            f"{secrets.mask(str(key))}: {_preview(item, secrets, depth - 1)}"
            for key, item in _slice(value, 0, 8)
        )
        return f"{{{', '.join(items)}{', …' if len(value) > 8 else ''}}}"
    if isinstance(value, list | tuple):
        if not value:
            return "[]"
        if depth < 0:
            return "[…]"
        items = (_preview(item, secrets, depth - 1) for item in value[:8])
        return f"[{', '.join(items)}{', …' if len(value) > 8 else ''}]"
    return _shortened(secrets.mask(_text(value, _PREVIEW)), _PREVIEW)


def _text(value: Any, limit: int) -> str:
    match value:
        case str():
            # A secret that begins before the limit may end behind it.
            return encode_json(unicode_text(value[: limit + 64 * 1024])).decode()
        case Timestamp() | Duration():
            return f'{cel_type(value)}("{to_json(value)}")'
        case bytes():
            return f"bytes of length {len(value)}"
        case _:
            return encode_json(to_json(value)).decode("utf-8", "replace")


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _slice(
    value: Mapping[str, Any] | Sequence[Any], start: int, stop: int
) -> Iterator[tuple[str | int, Any]]:
    if not isinstance(value, Mapping):
        yield from enumerate(value[start:stop], start)
        return
    for index, key in enumerate(value):
        if index >= stop:
            return
        if index >= start:
            yield key, value[key]


def _expression_of(container: Container, key: Any) -> str:
    if container.sections:
        return str(key)
    if not container.expression:
        return ""
    if isinstance(key, str) and key.isidentifier() and key.isascii():
        return f"{container.expression}.{key}"
    literal = str(key) if isinstance(key, int) else encode_json(unicode_text(str(key))).decode()
    return f"{container.expression}[{literal}]"


def _bound(set_child: Callable[[Any, Any], None] | None, key: Any) -> Callable[[Any], None] | None:
    return None if set_child is None else lambda value: set_child(key, value)


def setter_of_parts(
    value: Mapping[str, Any] | Sequence[Any], set_value: Callable[[Any], None] | None
) -> Callable[[Any, Any], None] | None:
    """Return what replaces a part of a value by replacing the value with a changed copy."""
    if set_value is None:
        return None

    def set_part(key: Any, part: Any) -> None:
        if isinstance(value, Mapping):
            set_value({**value, key: part})
        else:
            set_value([*value[:key], part, *value[key + 1 :]])

    return set_part
