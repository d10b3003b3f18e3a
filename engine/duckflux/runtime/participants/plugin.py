"""Types of participants that plugins add (docs/plugins.md)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from duckflux.cel.json_values import to_json
from duckflux.language import schema
from duckflux.language.schema import Schema
from duckflux.language.schema.plugins import PluginError, participant_type
from duckflux.language.syntax import Mapping as MapNode
from duckflux.language.syntax import Node, Scalar, Sequence, plain_value

from ..engine.chain import ABSENT
from ..engine.evaluate import evaluate, evaluate_condition, map_texts, text_or_expression
from ..errors import StepError
from . import Outcome, Participant, ParticipantCall


class PluginStep:
    """One execution of a step, as its plugin sees it. Cancelling it (a timeout, Ctrl-C) cancels the function."""

    def __init__(self, call: ParticipantCall) -> None:
        self._call = call

    @property
    def input(self) -> Any:
        """What the step is given: a JSON value, None for nothing."""
        return None if self._call.input is ABSENT else to_json(self._call.input)

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables of the run."""
        return self._call.thread.frame.run.environment

    @property
    def folder(self) -> Path:
        """The workflow file's folder, which relative paths in the file are meant from."""
        return Path(self._call.thread.frame.folder)

    @property
    def shared(self) -> dict[str, Any]:
        """What steps of one run share, such as a client; use the plugin's name as the key."""
        return self._call.thread.frame.run.shared

    def at_end(self, close: Callable[[], Awaitable[None]]) -> None:
        """Have something closed when the run ends, however it ends."""
        self._call.thread.frame.run.at_end.append(close)

    def value(self, field: str, default: Any = None) -> Any:
        """A field's value, a JSON value: evaluated where its schema says that it is CEL. Raises StepError."""
        node = self._call.field(field)
        if node is None:
            return default
        known = schema.field(schema.definition("participant"), field) or {}
        return to_json(self._evaluated(node, known, field))

    def print(self, text: str) -> None:
        """Show text like what a command prints."""
        if self._call.thread.frame.run.stream.wants_output:
            self._call.reporter.output("stdout", text)

    def _evaluated(self, node: Node, rule: Schema, field: str) -> Any:
        kind, thread = rule.get("x-cel"), self._call.thread
        evaluators: dict[Any, Callable[[Scalar], Any]] = {
            "condition": lambda text: evaluate_condition(thread, text, field),
            "value": lambda text: evaluate(thread, text, field),
            "text": lambda text: text_or_expression(thread, text, field),
            "body": lambda text: text_or_expression(thread, text, "body"),
        }
        if kind is not None:
            return map_texts(node, evaluators[kind])
        if isinstance(node, MapNode):
            return {k.text: self._evaluated(v, schema.field(rule, k.text) or {}, field) for k, v in node}
        if isinstance(node, Sequence):
            items = schema.resolve(rule.get("items", {}))
            return [self._evaluated(item, items, field) for item in node.items]
        return plain_value(node)


def unreachable_reason(type_: str) -> str | None:
    """Why the plugin for a type can't be used, in words; None when it can."""
    try:
        plugin_runner(type_)
    except PluginError as error:
        return str(error)
    return None


def plugin_runner(type_: str) -> Participant:
    """The function that runs a plugin's participants. Raises PluginError."""
    found = participant_type(type_)
    if found is None:
        raise PluginError(f"no plugin for participants of type {type_} is installed")
    function = _imported(type_, found.run)

    async def run(call: ParticipantCall) -> Outcome:
        location = call.thread.frame.location(call.settings.node)
        try:
            return Outcome(msgspec.to_builtins(to_json(await function(PluginStep(call)))))
        except StepError as error:
            error.location = error.location or location
            raise
        except Exception as error:
            what = str(error) or type(error).__name__
            raise StepError(f"{type_} failed: {what}", code=f"{type_}-failed", location=location) from error

    return run


def _imported(type_: str, name: str) -> Callable[[PluginStep], Awaitable[Any]]:
    module, _, function = name.partition(":")
    try:
        found: Callable[[PluginStep], Awaitable[Any]] = getattr(import_module(module), function)
    except Exception as error:
        raise PluginError(
            f"the plugin for {type_} can't be loaded: {type(error).__name__}: {error}"
        ) from error
    return found
