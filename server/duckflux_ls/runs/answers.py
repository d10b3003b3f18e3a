"""Makes the form that asks for the payload which answers a `wait`, and sends what was typed in to the run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from duckflux.ide.event_payloads import payload_fields, payload_schema
from duckflux.json_text import JsonError, parse_json
from duckflux.language.analysis import Analysis
from duckflux.language.model.workflow import Input, Wait, walk
from duckflux.language.syntax import Scalar
from duckflux.live.client import LiveRunError, find_run
from duckflux.runtime.engine.inputs import InputError, TypedInput, resolve
from duckflux.runtime.secrets import Secrets

from ..session.client import Client
from ..session.documents import OpenDocument
from .inputs import question
from .overlay import Overlay, Waiting

# The one question of a form without fields.
_WHOLE = "payload"
_JSON = "json"


class AnswerError(Exception):
    """A payload can't be read or sent; the message is for the user."""


def _not_awaited(event: str) -> AnswerError:
    """Return the error for an event that no step waits for any more."""
    return AnswerError(f"nobody waits for {event} now: it was answered meanwhile, or the wait has ended")


class AnswerForm:
    """The form for the payload of an event: its fields, or one question for the whole.

    `match` is the condition that the payload must meet, None if there is none.
    """

    def __init__(self, analysis: Analysis, step: str | None) -> None:
        wait = _wait_at(analysis, step)
        self._fields: dict[str, Input] = {}
        self._schema: dict[str, Any] = {}
        self.match: str | None = None
        if wait is not None:
            match = wait.body.get("match")
            self.match = match.text if isinstance(match, Scalar) else None
            self._fields = {field.name: field for field in payload_fields(analysis, wait)}
            self._schema = payload_schema(analysis, wait)

    def questions(self) -> list[dict[str, Any]]:
        """Return what the client asks, as for the inputs of a run."""
        if self._fields:
            return [question(field, {}, {}) for field in self._fields.values()]
        return [
            {
                "name": _WHOLE,
                "type": self._schema.get("type", _JSON),
                "description": None,
                "default": None,
                "enum": self._schema.get("enum"),
                "secret": False,
                "required": False,
            }
        ]

    def problem(self, name: str, value: Any) -> str | None:
        """Return why a value is not valid for a question, or None if it is."""
        try:
            self.payload({name: value}, {name})
        except AnswerError as error:
            return str(error)
        return None

    def payload(self, answers: dict[str, Any], asked: set[str] | None = None) -> Any:
        """Return the payload that the answers give, those of the `asked` questions alone. Raises AnswerError."""
        if not self._fields:
            return self._whole(answers.get(_WHOLE))
        fields = {name: field for name, field in self._fields.items() if asked is None or name in asked}
        values = {
            name: TypedInput(value) if isinstance(value, str) else value
            for name, value in answers.items()
            if value != "" or self._is_required(name)
        }
        try:
            return resolve(fields, values, Secrets())
        except InputError as error:
            raise AnswerError(str(error).replace("input '", "'")) from None

    def _is_required(self, name: str) -> bool:
        return name in self._fields and self._fields[name].required

    def _whole(self, value: Any) -> Any:
        if self._schema.get("type") == "string" or not isinstance(value, str):
            return value
        try:
            return parse_json(value) if value.strip() else None
        except JsonError as error:
            raise AnswerError(
                f'not JSON: {error.reason}; write a text in quotes, as "{value[:20]}"'
            ) from None


async def answer(
    client: Client,
    document: OpenDocument | None,
    overlay: Overlay | None,
    step: str | None,
    event: str | None,
    given: dict[str, Any],
) -> str:
    """Send the event that a step, or the first one, of a document's run waits for, and return its name.

    The payload is asked for if it is not `given`. Raises AnswerError.
    """
    if document is None or overlay is None or overlay.execution_id is None or not overlay.waiting:
        raise AnswerError("no run of this workflow waits for an answer")
    waiting = _chosen(overlay.waiting, step, event)
    form = AnswerForm(overlay.analysis, waiting.step)
    payload = given["payload"] if "payload" in given else await _ask(client, document.uri, form, waiting)
    await asyncio.to_thread(_send, overlay.execution_id, waiting.event, payload, form.match)
    return waiting.event


async def _ask(client: Client, uri: str, form: AnswerForm, waiting: Waiting) -> Any:
    """Return the payload that the user gives. Raises AnswerError, an empty one if they cancelled."""
    if not client.can_ask_inputs:
        raise AnswerError(
            f"this editor can't ask for the payload of {waiting.event}: "
            f"answer in a terminal with `duckflux emit {waiting.event}`"
        )
    about = {"title": f"Answer {waiting.event}", "wait": waiting.step}
    answers = await client.ask_inputs(uri, form.questions(), **about)
    if answers is None:
        raise AnswerError("")
    return form.payload(answers)


def _chosen(waiting: Sequence[Waiting], step: str | None, event: str | None) -> Waiting:
    """Return the wait that is meant: that of a step or of an event, or the first one. Raises AnswerError."""
    if event is not None:
        waiting = [one for one in waiting if one.event == event]
        if not waiting:
            raise _not_awaited(event)
    return next((one for one in waiting if one.step == step), waiting[0])


def _send(run: str, event: str, payload: Any, match: str | None) -> None:
    """Send an event to a live run. Raises AnswerError, also where nobody takes it. Not for the event loop."""
    try:
        connection = find_run(run)
        try:
            sent = connection.ask("emit", event=event, payload=payload, by="editor")
        finally:
            connection.close()
    except LiveRunError as error:
        raise AnswerError(f"{event} can't be sent: {error}") from None
    if not sent["awaited"]:
        raise _not_awaited(event)
    if sent.get("taken") is False:
        condition = f" `{match}`" if match else ""
        raise AnswerError(
            f"the run goes on waiting for {event}: its condition{condition} does not accept this"
        )


def _wait_at(analysis: Analysis, step: str | None) -> Wait | None:
    waits = (wait for wait in walk(analysis.workflow.flow) if isinstance(wait, Wait))
    return next((wait for wait in waits if wait.pointer == step), None)
