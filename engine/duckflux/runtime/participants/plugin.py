"""Runs the participant types of plugins (docs/plugins.md)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from duckflux.cel.json_values import to_json
from duckflux.language import schema
from duckflux.language.schema import Schema, participant_types
from duckflux.language.schema.plugins import PluginError
from duckflux.language.syntax import Mapping as MapNode
from duckflux.language.syntax import Node, Scalar, Sequence, plain_value

from ..engine.chain import ABSENT
from ..engine.evaluate import evaluate, evaluate_condition, map_texts, text_or_expression
from ..errors import StepError
from .participant_call import Outcome, ParticipantCall, Runner


class PluginStep:
    """One execution of a step, as its plugin sees it. A timeout or Ctrl-C cancels the plugin's function."""

    def __init__(self, call: ParticipantCall) -> None:
        self._call = call

    @property
    def input(self) -> Any:
        """The merged input: a JSON value, None for no input."""
        return None if self._call.input is ABSENT else to_json(self._call.input)

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables of the run."""
        return self._call.thread.frame.run.environment

    @property
    def folder(self) -> Path:
        """The workflow file's folder, which relative paths in the file are relative to."""
        return Path(self._call.thread.frame.folder)

    @property
    def shared(self) -> dict[str, Any]:
        """A map that the steps of one run share, for example for a client; use the plugin's name as the key."""
        return self._call.thread.frame.run.shared

    def at_end(self, close: Callable[[], Awaitable[None]]) -> None:
        """Have `close` called when the run ends, however it ends."""
        self._call.thread.frame.run.at_end.append(close)

    def value(self, field: str, default: Any = None) -> Any:
        """Return a field as a JSON value, evaluated where its schema says that it is CEL. Raises StepError."""
        node = self._call.field(field)
        if node is None:
            return default
        field_schema = schema.field(schema.definition("participant"), field) or {}
        return to_json(self._evaluate(node, field_schema, field))

    def print(self, text: str) -> None:
        """Show text like the output of a command."""
        if self._call.thread.frame.run.stream.wants_output:
            self._call.reporter.output("stdout", text)

    def _evaluate(self, node: Node, field_schema: Schema, field: str) -> Any:
        kind, thread = field_schema.get("x-cel"), self._call.thread
        evaluators: dict[Any, Callable[[Scalar], Any]] = {
            "condition": lambda text: evaluate_condition(thread, text, field),
            "value": lambda text: evaluate(thread, text, field),
            "text": lambda text: text_or_expression(thread, text, field),
            "body": lambda text: text_or_expression(thread, text, "body"),
        }
        if kind is not None:
            return map_texts(node, evaluators[kind])
        if isinstance(node, MapNode):
            return {
                k.text: self._evaluate(v, schema.field(field_schema, k.text) or {}, field) for k, v in node
            }
        if isinstance(node, Sequence):
            items = schema.resolve(field_schema.get("items", {}))
            return [self._evaluate(item, items, field) for item in node.items]
        return plain_value(node)


def plugin_error(type_: str) -> str | None:
    """Return why the plugin for a type cannot be used, as a sentence; None if it can."""
    try:
        plugin_runner(type_)
    except PluginError as error:
        return str(error)
    return None


def plugin_runner(type_: str) -> Runner:
    """Return the function that runs a plugin's participants. Raises PluginError."""
    descriptor = participant_types.find(type_)
    if descriptor is None:
        raise PluginError(f"no plugin for participants of type {type_} is installed")
    function = _load(type_, descriptor.run)

    async def run(call: ParticipantCall) -> Outcome:
        location = call.thread.frame.location(call.settings.node)
        try:
            return Outcome(msgspec.to_builtins(to_json(await function(PluginStep(call)))))
        except StepError as error:
            error.location = error.location or location
            raise
        except Exception as error:
            reason = str(error) or type(error).__name__
            message = f"{type_} failed: {reason}"
            raise StepError(message, code=f"{type_}-failed", location=location) from error

    return run


def _load(type_: str, name: str) -> Callable[[PluginStep], Awaitable[Any]]:
    try:
        function: Callable[[PluginStep], Awaitable[Any]] = participant_types.load_function(name)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise PluginError(f"the plugin for {type_} can't be loaded: {reason}") from error
    return function
