"""Check the shape of a tree by schema.json, with an interpreter of JSON Schema that knows ranges.

An error in a union is reported for one of its branches: the one that the discriminating key selects.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import TYPE_CHECKING, Any, TypeAlias

from .. import registry, schema
from ..suggest import closest, did_you_mean
from ..syntax import Mapping, Node, Pair, Problem, Scalar, Sequence, Span
from ..syntax.nodes import Ranged
from . import CONSTRUCTS, Schema, resolve
from .indentation import fields_beside, fields_beside_step
from .json_types import type_of

if TYPE_CHECKING:
    from .habits import Habit

_TYPE_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map",
    "null": "empty",
}
_KEY_WITHOUT_SPACE = re.compile(r"[A-Za-z_][\w-]*:(?=[^\s:/])")
_DURATION_WORDS = "a duration such as `5m`"


def check(root: Node) -> list[Problem]:
    """Return all structural problems of a workflow's tree."""
    return check_items(root, {}, {})[0]


def check_against(root: Node, rule: Schema, name: str) -> list[Problem]:
    """Return all structural problems of a tree by the schema `rule`; `name` is what messages call the root."""
    checker = _Checker((), {})
    checker.value(root, rule, _first_key(root), name)
    return checker.problems


ProblemsOfItems: TypeAlias = dict[Node, tuple[Problem, ...]]


def check_items(
    root: Node, items: Container[Node], previous: ProblemsOfItems
) -> tuple[list[Problem], ProblemsOfItems]:
    """Return all problems, and separately those of each node of `items`.

    `previous` has the problems of items from an earlier check, which are reused for nodes that still exist.
    """
    checker = _Checker(items, previous)
    checker.value(root, schema.root(), _first_key(root), "a workflow")
    return checker.problems, checker.problems_of_items


class _Checker:
    def __init__(self, items: Container[Node], previous: ProblemsOfItems) -> None:
        self.problems: list[Problem] = []
        self.problems_of_items: ProblemsOfItems = {}
        self._items = items
        self._previous = previous

    def value(self, node: Node, rule: Schema, owner: Ranged, name: str) -> None:
        """Check one value.

        A missing field is reported at `owner`; `name` is what messages call the value.
        """
        if node not in self._items:
            self._value(node, rule, owner, name)
            return
        problems = self._previous.get(node)
        if problems is None:
            checker = _Checker((), {})
            checker.value(node, rule, owner, name)
            problems = tuple(checker.problems)
        self.problems_of_items[node] = problems
        self.problems.extend(problems)

    def _value(self, node: Node, rule: Schema, owner: Ranged, name: str) -> None:
        rule = resolve(rule)
        if "anyOf" in rule and "properties" not in rule:
            if isinstance(node, Mapping) and (keys := fields_beside_step(node, rule)):
                self._report_beside(node.pairs[0].key, keys)
                return
            branch = self._branch(node, rule["anyOf"])
            if branch is None:
                return
            rule = branch
        if not self._has_type(node, rule, owner, name) or not self._is_listed(node, rule, owner, name):
            return
        match node:
            case Mapping():
                self._mapping(node, rule, owner, name)
            case Sequence():
                self._sequence(node, rule, owner, name)
            case Scalar():
                self._scalar(node, rule, name)

    def _report(self, code: str, message: str, span: Ranged, suggestion: str | None = None) -> None:
        self.problems.append(Problem(code, message, span, suggestion=suggestion))

    def _has_type(self, node: Node, rule: Schema, owner: Ranged, name: str) -> bool:
        types = rule.get("type")
        if types is None:
            return True
        accepted = [types] if isinstance(types, str) else types
        if type_of(node) in accepted or (type_of(node) == "integer" and "number" in accepted):
            return True
        words = " or ".join(_TYPE_WORDS[kind] for kind in accepted)
        is_duration = rule.get("x-kind") == "duration"
        if is_duration:
            words = _DURATION_WORDS
        is_empty = isinstance(node, Scalar) and node.value is None
        span = _span_of(node, owner)
        message = f"{name} must be {words}, {_actual(node)}"
        if is_duration and isinstance(node, Scalar) and not is_empty:
            self._report(registry.INVALID_DURATION, _invalid_duration(node, None), span)
            return False
        if "string" in accepted and isinstance(node, Scalar) and not is_empty:
            self._report(
                registry.WRONG_TYPE, f'{message}: write "{node.text}" in quotes', span, f'"{node.text}"'
            )
            return False
        if isinstance(node, Scalar) and (key := _KEY_WITHOUT_SPACE.match(node.text)) and "object" in accepted:
            message += f": write a space after `{key[0]}`"
        suggestion = "- " if accepted == ["array"] and not is_empty else None
        message += ": begin each item with `- `" if suggestion else ""
        self._report(registry.WRONG_TYPE, message, span, suggestion)
        return False

    def _is_listed(self, node: Node, rule: Schema, owner: Ranged, name: str) -> bool:
        listed = rule.get("enum")
        if listed is None or (isinstance(node, Scalar) and node.value in listed):
            return True
        suggestion = _listed_word(node.text, listed) if isinstance(node, Scalar) else None
        message = f"{name} must be {_words(listed)}, {_actual(node)}{did_you_mean(suggestion)}"
        if rule.get("x-plugins") and isinstance(node, Scalar):
            message = schema.add_plugin_type(node.text) or message
        self._report(registry.INVALID_VALUE, message, _span_of(node, owner), suggestion)
        return False

    def _branch(self, node: Node, branches: list[Schema]) -> Schema | None:
        """Return the branch of a union that a value stands for."""
        resolved = [resolve(branch) for branch in branches]
        if isinstance(node, Mapping):
            return self._mapping_branch(node, [b for b in resolved if b.get("type") == "object"], resolved)
        kind = type_of(node)
        fitting = (b for b in resolved if b.get("type") == kind)
        return next(fitting, _any_of_types(resolved))

    def _mapping_branch(self, node: Mapping, objects: list[Schema], branches: list[Schema]) -> Schema:
        if not objects:
            return _any_of_types(branches)
        for branch in objects:
            keys = branch.get("x-select")
            if keys and any(isinstance(node.get(key), Mapping) for key in keys):
                return branch
        keyed = [b for b in objects if "x-select" not in b and b.get("required")]
        keyed.sort(key=lambda branch: "type" not in branch["required"])
        for branch in keyed:
            if all(key in node for key in branch["required"]):
                return branch
        if len(keyed) > 1:
            return self._step_branch(node, objects, keyed)
        return next((b for b in objects if "x-select" not in b), objects[-1])

    def _step_branch(self, node: Mapping, objects: list[Schema], keyed: list[Schema]) -> Schema:
        """Return the branch for a step without the key of a construct.

        It is a misspelled construct, an inline step without `type`, or an override.
        """
        inline = next(b for b in keyed if "type" in b["properties"])
        if len(node.pairs) != 1:
            fields = sum(pair.key.text in inline["properties"] for pair in node)
            return inline if fields or not node.pairs else objects[-1]
        pair = node.pairs[0]
        candidates = [construct for construct in CONSTRUCTS if _looks_like(construct, pair.value)]
        construct = closest(pair.key.text, candidates) if candidates else None
        if not construct and (habit := step_habit(pair)) is not None:
            message = f"there is no step `{pair.key.text}`: {habit.advice}"
            self._report(registry.FOREIGN_FIELD, message, pair.key, habit.replacement)
            return {}
        if construct:
            message = f"unknown step `{pair.key.text}`{did_you_mean(construct)}"
            self._report(registry.UNKNOWN_FIELD, message, pair.key, construct)
            wrapper = next(b for b in keyed if construct in b["properties"])
            return wrapper | {"required": [], "properties": {pair.key.text: wrapper["properties"][construct]}}
        if (
            isinstance(pair.value, Scalar)
            and pair.value.value is not None
            and pair.key.text in inline["properties"]
        ):
            return inline
        return objects[-1]

    def _mapping(self, node: Mapping, rule: Schema, owner: Ranged, name: str) -> None:
        properties: dict[str, Schema] = rule.get("properties", {})
        additional = rule.get("additionalProperties", True)
        names = resolve(rule["propertyNames"]) if "propertyNames" in rule else None
        discriminated = _discriminator(node, rule)
        beside: set[Scalar] = set()
        for empty, keys in fields_beside(node, rule).items():
            self._report_beside(empty, keys)
            beside |= {empty, *keys}
        for key, value in node.pairs:
            if key in beside:
                continue
            if names is not None:
                self._check_reserved(key, names)
            part = properties.get(key.text)
            if part is None and additional is not True and additional is not False:
                part = additional
            if part is None:
                if additional is False:
                    self._unknown(key, value, node, rule, name)
                continue
            types = part.get("x-types")
            if types and discriminated and discriminated not in types:
                message = f"`{key.text}` is a field of {_words(types, 'and')}, not of {discriminated}"
                self._report(registry.FIELD_OF_OTHER_TYPE, message, key)
            self.value(value, part, key, f"`{key.text}`")
        self._whole_map(node, rule, _owner_of_missing(node, owner, rule), name)

    def _whole_map(self, node: Mapping, rule: Schema, owner: Ranged, name: str) -> None:
        """Check a map as a whole: required, excluded and dependent fields, and its size."""
        for missing in missing_fields(node, rule):
            self._missing(f"{_display_name(node, rule, name)} needs `{missing}`", node, owner, missing)
        choices = [branch["required"][0] for branch in rule.get("anyOf", ()) if "required" in branch]
        if choices and not any(key in node for key in choices):
            self._missing(f"{name} needs {_words([f'`{key}`' for key in choices])}", node, owner, choices[-1])
        if len(node.pairs) < rule.get("minProperties", 0) and not choices:
            self._report(registry.EMPTY_VALUE, f"{name} must not be empty", owner)
        if len(node.pairs) > rule.get("maxProperties", len(node.pairs)):
            message = "a step has only one key: is a `- ` or an indentation missing here?"
            self._report(registry.UNKNOWN_FIELD, message, node.pairs[1].key)
        for key, needed in rule.get("dependentRequired", {}).items():
            pair = node.pair(key)
            if pair is not None and not all(other in node for other in needed):
                self._report(
                    registry.CONFLICTING_FIELDS, f"`{key}` works only together with `{needed[0]}`", pair.key
                )
        excluded = rule.get("not", {}).get("required", ())
        if excluded and all(key in node for key in excluded):
            second = max((pair.key for pair in node if pair.key.text in excluded), key=lambda key: key.start)
            message = (
                f"{_words([f'`{key}`' for key in excluded], 'and')} cannot both be in one {name.strip('`')}"
            )
            self._report(registry.CONFLICTING_FIELDS, message, second)

    def _missing(self, message: str, node: Mapping, owner: Ranged, key: str) -> None:
        keys = {pair.key for pair in node if pair.key.text != key}
        if any(problem.span in keys and problem.suggestion == key for problem in self.problems):
            # Its name is reported.
            return
        self._report(registry.MISSING_FIELD, message, owner, key)

    def _report_beside(self, owner: Scalar, keys: list[Scalar]) -> None:
        first, *others = keys
        message = (
            f"`{first.text}` stands beside `{owner.text}` instead of under it: indent it by two more spaces"
        )
        related = ((owner, "the field it belongs under"), *((key, "this one too") for key in others))
        self.problems.append(Problem(registry.BESIDE_OWNER, message, first, related))

    def _unknown(self, key: Scalar, value: Node, node: Mapping, rule: Schema, name: str) -> None:
        properties: dict[str, Schema] = rule["properties"]
        if key.text == "workflow" and "when" in properties:
            message = "a step cannot name a file: declare a participant of type workflow with `path`"
            self._report(registry.UNKNOWN_FIELD, message, key)
            return
        if name == "a workflow" and not properties.keys() & {pair.key.text for pair in node}:
            name = "a duckflux workflow"
        habit = _field_habit(key, value, node, rule)
        if habit is not None:
            message = f"{name} has no field `{key.text}`: {habit.advice}"
            self._report(registry.FOREIGN_FIELD, message, key, habit.replacement)
            return
        if (glued := _KEY_WITHOUT_SPACE.match(key.text)) and glued[0][:-1] in properties:
            spaced = f"{glued[0]} {key.text[glued.end() :]}"
            self._report(registry.UNKNOWN_FIELD, f"write a space after `{glued[0]}`", key, spaced)
            return
        suggestion = closest(key.text, (field for field in properties if field not in node))
        message = f"{name} has no field `{key.text}`{did_you_mean(suggestion)}"
        self._report(registry.UNKNOWN_FIELD, message, key, suggestion)

    def _sequence(self, node: Sequence, rule: Schema, owner: Ranged, name: str) -> None:
        if len(node.items) < rule.get("minItems", 0):
            self._report(registry.EMPTY_VALUE, f"{name} needs at least one step", owner)
        items = rule.get("items")
        if items is None:
            return
        for item in node.items:
            self.value(item, items, _first_key(item), "a step")

    def _scalar(self, node: Scalar, rule: Schema, name: str) -> None:
        if "pattern" in rule and isinstance(node.value, str) and not re.search(rule["pattern"], node.value):
            self._report(*_pattern_problem(node, rule, name))
        if isinstance(node.value, int | float) and node.value < rule.get("minimum", node.value):
            least = str(rule["minimum"])
            self._report(registry.INVALID_VALUE, f"{name} must be at least {least}", node, least)
        if rule.get("minLength") and node.value == "":
            self._report(registry.EMPTY_VALUE, f"{name} must not be empty", node)
        if rule.get("x-kind") == "pattern" and (reason := _pattern_error(node.text)):
            self._report(registry.INVALID_VALUE, f"{name} is not a valid regular expression: {reason}", node)
        self._check_reserved(node, rule)

    def _check_reserved(self, node: Scalar, rule: Schema) -> None:
        if node.text in rule.get("not", {}).get("enum", ()):
            message = f"`{node.text}` is the name of a built-in variable: choose another name"
            self._report(registry.RESERVED_NAME, message, node)


def step_habit(pair: Pair) -> Habit | None:
    """Return what to write instead of a step of another tool; None if it may be a participant with overrides."""
    from . import habits

    return habits.step_habit(pair.key.text, pair.value, schema.definition("overrides"))


def _field_habit(key: Scalar, value: Node, node: Mapping, rule: Schema) -> Habit | None:
    from . import habits

    return habits.field_habit(key.text, value, rule["properties"], node, _discriminator(node, rule))


def _listed_word(word: str, listed: list[str]) -> str | None:
    """Return the listed value that a word most likely stands for."""
    from . import habits

    return (
        habits.VALUES.get(word.lower())
        if habits.VALUES.get(word.lower()) in listed
        else closest(word, listed)
    )


def _actual(node: Node) -> str:
    return "but it is empty" if isinstance(node, Scalar) and node.value is None else f"not {_shown(node)}"


def _shown(node: Node) -> str:
    match node:
        case Mapping():
            return "a map"
        case Sequence():
            return "a list"
        case Scalar(value=""):
            return "empty text"
        case Scalar(value=str()):
            return f"`{_cut(node.text)}`"
        case _:
            assert isinstance(node, Scalar)  # noqa: S101
            return f"the {'value' if isinstance(node.value, bool) else 'number'} {node.text[:40]}"


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _words(names: list[str], last: str = "or") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def _any_of_types(branches: list[Schema]) -> Schema:
    """Return the schema for a value that fits no branch: one of their types."""
    kinds: list[str] = []
    for branch in branches:
        kind: Any = branch.get("type")
        kinds.extend(k for k in ([kind] if isinstance(kind, str) else kind) if k not in kinds)
    return {"type": kinds}


def _looks_like(construct: str, value: Node) -> bool:
    if construct == "parallel":
        return isinstance(value, Sequence)
    fields = {"loop": "steps", "if": "condition", "set": "", "wait": "timeout"}
    return isinstance(value, Mapping) and fields[construct] in value


def _discriminator(node: Mapping, rule: Schema) -> str | None:
    key = rule.get("x-discriminator")
    value = node.get(key) if key else None
    if not isinstance(value, Scalar) or value.text not in rule["properties"].get(key, {}).get("enum", ()):
        return None
    return value.text


def missing_fields(node: Mapping, rule: Schema) -> list[str]:
    """Return the required fields that a map lacks, including those that its other fields require."""
    needed = list(rule.get("required", ()))
    for part in rule.get("allOf", ()):
        conditions = part["if"]["properties"].items()
        if all(isinstance(v := node.get(key), Scalar) and v.value == c["const"] for key, c in conditions):
            needed.extend(part["then"]["required"])
    return [key for key in needed if key not in node]


def _display_name(node: Mapping, rule: Schema, name: str) -> str:
    """Return what messages call a map that lacks a field: its type if it has one, else `name`."""
    return _discriminator(node, rule) or name


def _owner_of_missing(node: Mapping, owner: Ranged, rule: Schema) -> Ranged:
    """Return the range at which a missing field is reported: the map's type, else its key."""
    if isinstance(owner, Scalar) and owner.text == "type" and rule.get("x-discriminator"):
        return node.get("type") or owner
    return owner


def _first_key(node: Node) -> Ranged:
    """Return the range that stands for a step: its `type`, else its first key; for an empty step, its dash."""
    if isinstance(node, Mapping) and node.pairs:
        pair = node.pair("type") or node.pairs[0]
        return pair.key
    if node.start == node.end:
        return Span(node.block, node.block.text.rfind("-", 0, node.start), node.end)
    return node


def _span_of(node: Node, owner: Ranged) -> Ranged:
    """Return the range of a wrong value: its first line, or its key if it is empty."""
    return owner if node.start == node.end else _first_line(node)


def _first_line(node: Node) -> Ranged:
    """Return a node's range, cut at the end of its first line."""
    end = node.block.text.find("\n", node.start, node.end)
    return node if end < 0 or isinstance(node, Scalar) else Span(node.block, node.start, end)


def _pattern_error(pattern: str) -> str | None:
    from ...cel.errors import Failure
    from ...cel.library.regex import schema_matcher

    try:
        schema_matcher(pattern)
    except Failure as failure:
        return str(failure)
    return None


def _pattern_problem(node: Scalar, rule: Schema, name: str) -> tuple[str, str, Scalar, str | None]:
    if rule.get("x-kind") != "duration":
        return registry.INVALID_VALUE, f"{name} does not match {rule['pattern']}", node, None
    suggestion = _duration_like(node.text)
    return registry.INVALID_DURATION, _invalid_duration(node, suggestion), node, suggestion


def _invalid_duration(node: Scalar, suggestion: str | None) -> str:
    advice = did_you_mean(suggestion) or ": write a number and a unit, such as `5m`"
    return f"invalid duration `{_cut(node.text)}`{advice}" if node.text else f"empty duration{advice}"


_UNITS = {"ms": "ms", "millis": "ms", "milliseconds": "ms", "s": "s", "sec": "s", "second": "s", "m": "m"}
_UNITS |= {"min": "m", "minute": "m", "h": "h", "hr": "h", "hour": "h", "d": "d", "day": "d"}
_DURATION_LIKE = re.compile(r"\s*(\d+)\s*([a-zA-Z]+)\s*")


def _duration_like(text: str) -> str | None:
    match = _DURATION_LIKE.fullmatch(text)
    if match is None:
        return None
    word = match[2].lower()
    unit = _UNITS.get(word) or _UNITS.get(word.removesuffix("s"))
    return f"{int(match[1])}{unit}" if unit else None
