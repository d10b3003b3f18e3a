"""Knows fields and steps of other tools, and how their idea is written here.

Imported only once a field or step is unknown.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..syntax import Mapping, Node, Scalar, Sequence
from . import Schema, resolve
from .json_types import accepted_types
from .participant_types import BUILT_IN


class Habit(NamedTuple):
    """The answer to a field or step of another tool: `advice` for people, and `replacement` if that is clear.

    The replacement is the name of a field, or with a value a whole field such as `onError: skip`.
    """

    advice: str
    replacement: str | None = None


# By the field here: what other tools call it.
_NAMES = {
    "run": "command cmd script shell bash sh exec execute",
    "input": "env environment with args arguments params parameters vars variables inputs",
    "inputs": "args arguments params parameters vars variables",
    "when": "if condition cond run_if only_if",
    "flow": "steps tasks jobs stages pipeline",
    "cwd": "working-directory working_directory workdir directory dir chdir",
    "onError": "on_failure on-failure onFailure rescue catch",
    "as": "name id label title register",
    "max": "times count iterations max_iterations",
    "steps": "do body tasks flow",
    "then": "do steps tasks",
    "condition": "if when cond test expression",
    "timeout": "for duration delay sleep",
    "backoff": "delay interval",
    "url": "uri endpoint address",
    "body": "json data payload",
    "payload": "data body message",
    "path": "file workflow uses",
    "event": "topic channel signal",
    "output": "outputs returns result",
    "name": "title",
}
_FIELDS: dict[str, tuple[str, ...]] = {}
for _field, _names in _NAMES.items():
    for _name in _names.split():
        _FIELDS[_name] = (*_FIELDS.get(_name, ()), _field)

_ORDER = "steps run in the order of `flow`; those that may run at the same time belong under `parallel`"
_LOOP = "steps run again in a `loop`, with `max: size(LIST)` for a list, whose items are `LIST[loop.index]`"
_WHERE = "commands run on this machine, in `cwd`; leave it out"
_STARTED = "a workflow runs when somebody or another workflow runs it; leave it out"
_SKIP = "a step that may fail has `onError: skip`"
_RETRY = "a step is tried again with `onError: retry` and `retry: {max: 3}`"
_DURATION = "a duration has its unit: `timeout: 5m`"
_JOBS = "declare each under `participants`, and name them in `flow` in their order"
_ENVIRONMENT = (
    "expressions read the environment as `env.NAME`; what a caller gives is declared under `inputs`"
)
_ELSE_IF = "write an `if` step in `else`"
_CONDITION = "the condition of a step stands in `flow`: `- NAME: {when: CONDITION}`"
_USES = "a step runs a command, a request, a tool of an MCP server or a workflow file; see `type`"
_ADVICE = {
    _ORDER: "needs depends_on depends-on dependsOn requires run_after",
    _LOOP: "foreach for_each for-each forEach with_items items each matrix strategy while repeat loop_over",
    _WHERE: "runs-on runs_on image container docker agent",
    _STARTED: "on triggers trigger schedule cron",
    _SKIP: "continue-on-error continue_on_error continueOnError ignore_errors allow_failure",
    _RETRY: "retries attempts max_retries max_attempts maxRetries",
    _DURATION: "timeout-minutes timeout_minutes timeoutMinutes timeout_seconds timeoutSeconds timeoutMs",
    _JOBS: "jobs stages tasks agents",
    _ENVIRONMENT: "env environment variables",
    _ELSE_IF: "elif else_if elseif else-if elseIf",
    _USES: "uses",
    _CONDITION: "when if cond run_if only_if",
}
_ADVICE_OF = {word: advice for advice, words in _ADVICE.items() for word in words.split()}
# A field of the maps that such an advice is about.
_TOLD_BESIDE = {
    _JOBS: "flow",
    _ENVIRONMENT: "flow",
    _STARTED: "flow",
    _CONDITION: "onError",
    _ELSE_IF: "else",
}
_UNITS = {"minutes": "m", "seconds": "s", "ms": "ms"}

_COMMAND = "a step that runs a command has `type: exec` and `run`"
_WAIT = "a step that waits is `wait: {timeout: 5s}`"
_PARALLEL = "steps that run at the same time stand in a list under `parallel`"
_LIST = "the steps of a list stand in it one by one, each with its `- `"
_STEPS = {
    _COMMAND: "command cmd script shell bash sh exec",
    _WAIT: "sleep delay pause",
    _LOOP: "foreach for_each for-each forEach for with_items while repeat each",
    "a choice is an `if` step, with another one in its `else`": "switch case choose",
    "what happens when a step fails is its `onError`": "try catch rescue",
    _LIST: "steps tasks sequence group block",
    _PARALLEL: "concurrent fork concurrently",
    _USES: "uses",
}
_STEP_ADVICE = {word: advice for advice, words in _STEPS.items() for word in words.split()}


# Listed values: the participant types, those of field schemas, and the strategies of `onError`.
_VALUES = {
    "exec": "shell bash sh command script cmd run process",
    "http": "rest fetch request curl api https",
    "workflow": "subworkflow sub-workflow include call",
    "emit": "event publish signal",
    "string": "str text",
    "integer": "int long",
    "number": "float double decimal",
    "boolean": "bool",
    "array": "list",
    "object": "map dict hash",
}
VALUES = {word: value for value, words in _VALUES.items() for word in words.split()}


def field_habit(
    key: str, value: Node, properties: dict[str, Schema], present: Mapping, type_: str | None
) -> Habit | None:
    """Return what to write instead of an unknown field of a map with these fields; None if it is a new one."""
    for field in _FIELDS.get(key, ()):
        part = properties.get(field)
        if part is None or field in present or (type_ and type_ not in part.get("x-types", (type_,))):
            continue
        if not _takes(resolve(part), value):
            continue
        texts = ", whose texts are expressions" if field == "input" and isinstance(value, Mapping) else ""
        return Habit(f"write `{field}`{texts}", field)
    advice = _ADVICE_OF.get(key)
    if advice is None or _TOLD_BESIDE.get(advice, "") not in ("", *properties):
        return None
    if advice == _CONDITION and "when" in properties:
        return None
    return Habit(advice, _whole_field(key, advice, value) if "onError" in properties else None)


def _takes(schema: Schema, value: Node) -> bool:
    """Return whether a field may have a value of this shape."""
    kinds = set(accepted_types(schema))
    match value:
        case Mapping():
            return "object" in kinds
        case Sequence():
            return "array" in kinds
        case _:
            return bool(kinds - {"object", "array"})


def _whole_field(key: str, advice: str, value: Node) -> str | None:
    """Return the field that says the same, if its value is clear."""
    if not isinstance(value, Scalar):
        return None
    if advice == _SKIP and value.value is True:
        return "onError: skip"
    number = value.value if isinstance(value.value, int) and not isinstance(value.value, bool) else 0
    if advice == _DURATION and number > 0:
        unit = next(short for long, short in _UNITS.items() if key.lower().endswith(long))
        return f"timeout: {number}{unit}"
    return None


def step_habit(key: str, value: Node, override: Schema) -> Habit | None:
    """Return what to write instead of a step `key: value`; None where it may be a participant with overrides."""
    advice = _STEP_ADVICE.get(key)
    if advice is None or (
        isinstance(value, Mapping) and any(p.key.text in override["properties"] for p in value)
    ):
        return None
    if isinstance(value, Scalar):
        return _scalar_step(key, value, advice)
    is_parallel = isinstance(value, Sequence) and advice == _PARALLEL
    return Habit(advice, "parallel" if is_parallel else None)


def unknown_name_habit(name: str, has_fields: bool) -> str | None:
    """Return what to write instead of a step that names no participant: a command, or a type with fields."""
    if has_fields and name in BUILT_IN:
        return f"it is a type: write `type: {name}`, with its fields beside it"
    return _COMMAND if not has_fields and " " in name.strip() else None


def _scalar_step(key: str, value: Scalar, advice: str) -> Habit | None:
    if value.value is None:
        return None
    if advice == _COMMAND:
        return Habit(advice, "run")
    is_wait = advice == _WAIT and re.fullmatch(r"\d+(?:ms|s|m|h|d)", value.text)
    return Habit(advice, f"wait: {{timeout: {value.text}}}" if is_wait else None)
