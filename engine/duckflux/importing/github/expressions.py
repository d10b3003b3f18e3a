"""Translates expressions of GitHub Actions to CEL.

An operand of `&&` and `||` may be of any type there; here conditions are booleans, so that each translated
part has a type and its truth is spelled out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, TypeAlias

from ...json_text import JsonError, parse_json
from ..plan import cel_text
from ..tokens import UntranslatableError, tokens_of
from .script_text import EXPRESSION

Kind: TypeAlias = Literal["bool", "string", "number", "null", "list", "any"]
_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:e[-+]?\d+)?))|(?P<string>'(?:[^']|'')*')"
    r"|(?P<name>[A-Za-z_][\w-]*)|(?P<operator>&&|\|\||[=!<>]=|[<>!().,*\[\]]))"
)


class Translated(NamedTuple):
    """An expression in CEL. `is_atom` says that it needs no parentheses; `literal` is the value of a constant.

    `choice` are the parts of `a && b` of another type than boolean, which a following `||` completes.
    """

    cel: str
    kind: Kind
    is_atom: bool = True
    literal: Any = None
    choice: tuple[Translated, Translated] | None = None


# Finds what a name such as `github.ref` or `steps.x.outputs.y` stands for. Raises UntranslatableError.
Lookup: TypeAlias = Callable[[tuple[str, ...]], Translated]
# Without one of these, a condition holds only while nothing has failed.
_STATUS = re.compile(r"\b(?:always|cancelled|failure|success)\s*\(", re.I)


def translate(text: str, lookup: Lookup, *, has_failed: bool = False) -> Translated:
    """Return an expression, without its `${{ }}`, in CEL: where a step before has failed, or where none has.

    Raises UntranslatableError.
    """
    return _Parser(text, lookup, has_failed).parse()


def condition(text: str, lookup: Lookup, *, has_failed: bool = False) -> str:
    """Return a condition in CEL, empty if it always holds, `false` if never. Raises UntranslatableError."""
    text = text.strip()
    if text.startswith("${{") and text.endswith("}}") and text.count("${{") == 1:
        text = text[3:-2]
    elif "${{" in text:
        raise UntranslatableError(
            "a condition with `${{ }}` inside a text is always true; check what is meant"
        )
    if has_failed and not _STATUS.search(text):
        return "false"
    found = truth(translate(text, lookup, has_failed=has_failed))
    return "" if found.cel == "true" else found.cel


def text_value(text: str, lookup: Lookup, *, has_failed: bool = False) -> str:
    """Return a text with `${{ }}` in it as one expression in CEL. Raises UntranslatableError."""
    parts = []
    for index, part in enumerate(EXPRESSION.split(text)):
        if index % 2:
            parts.append(_atom(as_text(translate(part, lookup, has_failed=has_failed))))
        elif part:
            parts.append(cel_text(part))
    return " + ".join(parts) or "''"


def as_text(found: Translated) -> Translated:
    """Return a value as a string."""
    if found.kind == "string":
        return found
    if found.kind == "null":
        return _string("")
    if found.literal is not None and not isinstance(found.literal, (list, dict)):
        shown = str(found.literal).lower() if isinstance(found.literal, bool) else str(found.literal)
        return _string(shown)
    if found.kind == "list":
        raise UntranslatableError("a list as text has no counterpart")
    return Translated(f"string({found.cel})", "string")


def truth(found: Translated) -> Translated:
    """Return whether a value counts as true in GitHub's expressions."""
    if found.literal is not None:
        return _constant(bool(found.literal))
    if found.choice is not None:
        return _both(found.choice[0], truth(found.choice[1]))
    match found.kind:
        case "bool":
            return found
        case "string":
            return Translated(f"{_atom(found)} != ''", "bool", is_atom=False)
        case "number":
            return Translated(f"{_atom(found)} != 0", "bool", is_atom=False)
        case "null":
            return _constant(False)
        case _:
            raise UntranslatableError("whether a list or an object is there has no counterpart")


class _Parser:
    """A recursive descent over the tokens of one expression."""

    def __init__(self, text: str, lookup: Lookup, has_failed: bool) -> None:
        self._lookup = lookup
        self._has_failed = has_failed
        self._tokens = tokens_of(text, _TOKEN)
        self._at = 0

    def parse(self) -> Translated:
        found = self._or()
        if self._at < len(self._tokens):
            raise UntranslatableError(f"`{self._tokens[self._at][1]}` is not expected here")
        return found

    def _next(self, *wanted: str) -> str | None:
        """Take the next token if it is one of some operators."""
        if self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            if kind == "operator" and text in wanted:
                self._at += 1
                return text
        return None

    def _expect(self, wanted: str) -> None:
        if self._next(wanted) is None:
            raise UntranslatableError(f"`{wanted}` is missing")

    def _or(self) -> Translated:
        left = self._and()
        while self._next("||"):
            left = _either(left, self._and())
        return left

    def _and(self) -> Translated:
        left = self._comparison()
        while self._next("&&"):
            left = _both(left, self._comparison())
        return left

    def _comparison(self) -> Translated:
        left = self._unary()
        while operator := self._next("==", "!=", "<", "<=", ">", ">="):
            left = _compared(operator, left, self._unary())
        return left

    def _unary(self) -> Translated:
        if self._next("!"):
            found = truth(self._unary())
            if found.literal is not None:
                return _constant(not found.literal)
            return Translated(f"!{_atom(found)}", "bool")
        return self._primary()

    def _primary(self) -> Translated:
        if self._next("("):
            found = self._or()
            self._expect(")")
            return found
        if self._at >= len(self._tokens):
            raise UntranslatableError("the expression ends too early")
        kind, text = self._tokens[self._at]
        self._at += 1
        match kind:
            case "string":
                return _string(text[1:-1].replace("''", "'"))
            case "number":
                number = float(text) if "." in text or "e" in text.lower()[2:] else int(text, 0)
                return Translated(str(number), "number", literal=number)
            case "name" if text.lower() in ("true", "false"):
                return _constant(text.lower() == "true")
            case "name" if text.lower() == "null":
                return Translated("null", "null")
            case "name" if self._next("("):
                return self._call(text.lower())
            case "name":
                return self._lookup(self._path(text))
        raise UntranslatableError(f"`{text}` is not expected here")

    def _call(self, name: str) -> Translated:
        if name == "contains" and (results := self._results_of_needs()) is not None:
            return results
        arguments = self._arguments()
        if name in ("success", "failure") and not arguments:
            return _constant((name == "failure") == self._has_failed)
        return _call(name, arguments)

    def _results_of_needs(self) -> Translated | None:
        """Take `needs.*.result, 'failure')`, the way to ask whether a job has failed; None if it is not there."""
        texts = [text for _, text in self._tokens[self._at : self._at + 8]]
        if texts[:6] != ["needs", ".", "*", ".", "result", ","] or texts[7:] != [")"]:
            return None
        asked = texts[6].strip("'").lower()
        if asked not in ("failure", "cancelled") and self._has_failed:
            return None
        self._at += 8
        return _constant(asked == ("failure" if self._has_failed else "success"))

    def _arguments(self) -> list[Translated]:
        if self._next(")"):
            return []
        found = [self._or()]
        while self._next(","):
            found.append(self._or())
        self._expect(")")
        return found

    def _path(self, first: str) -> tuple[str, ...]:
        path = [first]
        while operator := self._next(".", "["):
            kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
            self._at += 1
            if text == "*":
                raise UntranslatableError("`.*` has no counterpart")
            if operator == "[":
                self._expect("]")
                if kind != "string":
                    raise UntranslatableError("an index that is computed has no counterpart")
                text = text[1:-1].replace("''", "'")
            path.append(text)
        return tuple(path)


def _both(left: Translated, right: Translated) -> Translated:
    holds = truth(left)
    if holds.literal is not None:
        return right if holds.literal else left
    if right.kind == "bool":
        if right.literal is not None:
            return holds if right.literal else _constant(False)
        return Translated(f"{_operand(holds)} && {_operand(right)}", "bool", is_atom=False)
    if right.kind not in ("string", "number"):
        raise UntranslatableError("a choice between values that are not texts has no counterpart")
    # `a && 'b' || 'c'` is a choice; without `||` the false side is empty.
    cel = f"{_operand(holds)} ? {_atom(as_text(right))} : ''"
    return Translated(cel, "string", is_atom=False, choice=(holds, as_text(right)))


def _either(left: Translated, right: Translated) -> Translated:
    if left.choice is not None:
        holds, then = left.choice
        cel = f"{_operand(holds)} ? {_atom(then)} : {_atom(as_text(right))}"
        return Translated(cel, "string", is_atom=False)
    holds = truth(left)
    if holds.literal is not None:
        return left if holds.literal else right
    if left.kind == "bool" and right.kind == "bool":
        if right.literal is not None:
            return _constant(True) if right.literal else left
        return Translated(f"{_operand(left)} || {_operand(right)}", "bool", is_atom=False)
    return Translated(
        f"{_operand(holds)} ? {_atom(as_text(left))} : {_atom(as_text(right))}", "string", is_atom=False
    )


def _compared(operator: str, left: Translated, right: Translated) -> Translated:
    if left.literal is not None and right.literal is not None and operator in ("==", "!="):
        same = str(left.literal).lower() == str(right.literal).lower()
        return _constant(same == (operator == "=="))
    if left.kind != right.kind:
        if operator not in ("==", "!="):
            raise UntranslatableError("values of different types are compared")
        if "null" in (left.kind, right.kind):
            other = right if left.kind == "null" else left
            return Translated(f"{_atom(as_text(other))} {operator} ''", "bool", is_atom=False)
        left, right = as_text(left), as_text(right)
    return Translated(f"{_atom(left)} {operator} {_atom(right)}", "bool", is_atom=False)


def _call(name: str, arguments: list[Translated]) -> Translated:
    match name, arguments:
        case "always", []:
            return _constant(True)
        case "cancelled", []:
            # A run that is cancelled runs no further step.
            return _constant(False)
        case ("contains", [Translated(kind="list") as items, wanted]):
            return Translated(f"{_atom(as_text(wanted))} in {items.cel}", "bool", is_atom=False)
        case (
            ("contains" | "startswith" | "endswith"),
            [Translated(literal=str() as text), Translated(literal=str() as part)],
        ):
            return _constant(_holds(name, text.lower(), part.lower()))
        case (("contains" | "startswith" | "endswith"), [text, part]):
            method = {"startswith": "startsWith", "endswith": "endsWith"}.get(name, name)
            return Translated(f"{_atom(as_text(text))}.{method}({as_text(part).cel})", "bool")
        case "format", [Translated(literal=str() as form), *values]:
            return _formatted(form, values)
        case "fromjson", [Translated(literal=str() as text)]:
            return _from_json(text)
        case (("fromjson" | "tojson" | "hashfiles" | "join"), _):
            shown = {"fromjson": "fromJSON", "tojson": "toJSON", "hashfiles": "hashFiles"}.get(name, name)
            raise UntranslatableError(f"`{shown}()` has no counterpart")
    raise UntranslatableError(f"the function `{name}` has no counterpart")


def _holds(name: str, text: str, part: str) -> bool:
    if name == "contains":
        return part in text
    return text.startswith(part) if name == "startswith" else text.endswith(part)


def _formatted(form: str, values: list[Translated]) -> Translated:
    parts = []
    for part in re.split(r"(\{\d+\})", form):
        if re.fullmatch(r"\{\d+\}", part):
            index = int(part[1:-1])
            if index >= len(values):
                raise UntranslatableError("`format()` lacks a value")
            parts.append(_atom(as_text(values[index])))
        elif part:
            parts.append(cel_text(part.replace("{{", "{").replace("}}", "}")))
    return Translated(" + ".join(parts) or "''", "string", is_atom=len(parts) < 2)


def _from_json(text: str) -> Translated:
    try:
        value = parse_json(text)
    except JsonError:
        raise UntranslatableError("`fromJSON()` of a text that is not JSON") from None
    match value:
        case bool():
            return _constant(value)
        case str():
            return _string(value)
        case int() | float():
            return Translated(str(value), "number", literal=value)
        case [*items] if all(isinstance(item, str) for item in items):
            return Translated(f"[{', '.join(cel_text(item) for item in items)}]", "list")
    raise UntranslatableError("`fromJSON()` of an object has no counterpart")


def _constant(value: bool) -> Translated:
    return Translated("true" if value else "false", "bool", literal=value)


def _string(value: str) -> Translated:
    return Translated(cel_text(value), "string", literal=value)


def _atom(found: Translated) -> str:
    return found.cel if found.is_atom else f"({found.cel})"


def _operand(found: Translated) -> str:
    """Return an operand of `&&`, `||` or `?`: comparisons bind closer, these themselves need parentheses."""
    return f"({found.cel})" if re.search(r"&&|\|\||\?", found.cel) and not found.is_atom else found.cel
