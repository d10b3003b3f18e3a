"""Runs the participant types of plugins (docs/plugins.md)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Self

import msgspec
from msgspec.structs import replace

from duckflux.cel.json_values import to_json
from duckflux.language import schema
from duckflux.language.schema import Schema, participant_types
from duckflux.language.schema.plugins import PluginError
from duckflux.language.syntax import Mapping as MapNode
from duckflux.language.syntax import Node, Scalar, Sequence, plain_value

from ..engine.chain import ABSENT
from ..engine.control_thread import ControlThread
from ..engine.evaluate import evaluate, evaluate_condition, map_texts, text_or_expression
from ..errors import StepError
from .job import Done, Host, Job, Problem, StepOutput, moved_path
from .participant_call import Outcome, ParticipantCall
from .performable import Performable


class PluginJob(Job, frozen=True):
    """Holds what a plugin's participant is to do: its fields, evaluated, and the merged input, None for none."""

    fields: dict[str, Any]
    input: Any
    folder: str

    def moved(self, old: str, new: str) -> Self:
        """Return the job with its folder below another."""
        return replace(self, folder=moved_path(self.folder, old, new))


class PluginDone(Done, frozen=True):
    """Holds what a plugin's function returned."""

    value: Any = None


class PluginStep:
    """One execution of a step, as its plugin sees it. A timeout or Ctrl-C cancels the plugin's function."""

    def __init__(self, job: PluginJob, host: Host, output: StepOutput) -> None:
        self._job = job
        self._host = host
        self._output = output

    @property
    def input(self) -> Any:
        """The merged input: a JSON value, None for no input."""
        return self._job.input

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables of the run."""
        return self._host.environment

    @property
    def folder(self) -> Path:
        """The workflow file's folder, which relative paths in the file are relative to."""
        return Path(self._job.folder)

    @property
    def shared(self) -> dict[str, Any]:
        """A map that the steps of one run share, for example for a client; use the plugin's name as the key."""
        return self._host.shared

    def at_end(self, close: Callable[[], Awaitable[None]]) -> None:
        """Have `close` called when the run ends, however it ends."""
        self._host.at_end.append(close)

    def value(self, field: str, default: Any = None) -> Any:
        """Return a field as a JSON value, evaluated where its schema says that it is CEL."""
        return self._job.fields.get(field, default)

    def print(self, text: str) -> None:
        """Show text like the output of a command."""
        if self._output.write is not None:
            self._output.write("stdout", text)


def plugin_error(type_: str) -> str | None:
    """Return why the plugin for a type cannot be used, as a sentence; None if it can."""
    try:
        plugin_performable(type_)
    except PluginError as error:
        return str(error)
    return None


def plugin_performable(type_: str) -> Performable[PluginJob, PluginDone]:
    """Return how a plugin's participants are performed. Raises PluginError."""
    descriptor = participant_types.find(type_)
    if descriptor is None:
        raise PluginError(f"no plugin for participants of type {type_} is installed")
    function, fields = _load(type_, descriptor.run), descriptor.fields

    def prepare(call: ParticipantCall) -> PluginJob:
        values = {name: _value(call, name, node) for name in fields if (node := call.field(name)) is not None}
        return PluginJob(
            values, None if call.input is ABSENT else to_json(call.input), call.thread.frame.folder
        )

    async def perform(job: PluginJob, host: Host, output: StepOutput) -> PluginDone:
        try:
            value = await function(PluginStep(job, host, output))
            return PluginDone(value=msgspec.to_builtins(to_json(value)))
        except StepError as error:
            return PluginDone(
                Problem(
                    error.message,
                    code=error.code,
                    field=error.field,
                    output=error.output,
                    exit_code=error.exit_code,
                    stderr=error.stderr,
                )
            )
        except Exception as error:
            message = f"{type_} failed: {str(error) or type(error).__name__}"
            return PluginDone(Problem(message, code=f"{type_}-failed"))

    return Performable(PluginJob, PluginDone, prepare, perform, lambda call, job, done: Outcome(done.value))


def _value(call: ParticipantCall, field: str, node: Node) -> Any:
    """Return a field as a JSON value, evaluated where its schema says that it is CEL. Raises StepError."""
    field_schema = schema.field(schema.definition("participant"), field) or {}
    return to_json(_evaluated(call.thread, node, field_schema, field))


def _evaluated(thread: ControlThread, node: Node, field_schema: Schema, field: str) -> Any:
    kind = field_schema.get("x-cel")
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
            k.text: _evaluated(thread, v, schema.field(field_schema, k.text) or {}, field) for k, v in node
        }
    if isinstance(node, Sequence):
        items = schema.resolve(field_schema.get("items", {}))
        return [_evaluated(thread, item, items, field) for item in node.items]
    return plain_value(node)


def _load(type_: str, name: str) -> Callable[[PluginStep], Awaitable[Any]]:
    try:
        function: Callable[[PluginStep], Awaitable[Any]] = participant_types.load_function(name)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise PluginError(f"the plugin for {type_} can't be loaded: {reason}") from error
    return function
