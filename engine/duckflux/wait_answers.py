"""Knows which payload answers a `wait`, reads what was typed in, and sends it to the run."""

from __future__ import annotations

from typing import Any

from .ide.event_payloads import payload_fields, payload_schema
from .json_text import JsonError, parse_json
from .language.analysis import Analysis
from .language.model.workflow import Input, Wait, walk
from .language.syntax import Scalar
from .live.client import LiveRunError, find_run
from .runtime.engine.inputs import InputError, TypedInput, resolve
from .runtime.events import Means
from .runtime.secrets import Secrets

WHOLE = "payload"
"""The one question of a form without fields."""


class AnswerError(Exception):
    """A payload can't be read or sent; the message is for the user."""


def not_awaited(event: str) -> AnswerError:
    """Return the error for an event that no step waits for any more."""
    return AnswerError(f"nobody waits for {event} now: it was answered meanwhile, or the wait has ended")


class AnswerForm:
    """The form for the payload of an event: its `fields`, or `WHOLE`, which has the `schema`.

    `match` is the condition that the payload must meet, None if there is none.
    """

    def __init__(self, analysis: Analysis, step: str | None) -> None:
        wait = _wait_at(analysis, step)
        self.fields: dict[str, Input] = {}
        self.schema: dict[str, Any] = {}
        self.match: str | None = None
        if wait is not None:
            match = wait.body.get("match")
            self.match = match.text if isinstance(match, Scalar) else None
            self.fields = {field.name: field for field in payload_fields(analysis, wait)}
            self.schema = payload_schema(analysis, wait)

    def problem(self, name: str, value: Any) -> str | None:
        """Return why a value is not valid for a question, or None if it is."""
        try:
            self.payload({name: value}, {name})
        except AnswerError as error:
            return str(error)
        return None

    def payload(self, answers: dict[str, Any], asked: set[str] | None = None) -> Any:
        """Return the payload that the answers give, those of the `asked` questions alone. Raises AnswerError."""
        if not self.fields:
            return self._whole(answers.get(WHOLE))
        fields = {name: field for name, field in self.fields.items() if asked is None or name in asked}
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
        return name in self.fields and self.fields[name].required

    def _whole(self, value: Any) -> Any:
        if self.schema.get("type") == "string" or not isinstance(value, str):
            return value
        try:
            return parse_json(value) if value.strip() else None
        except JsonError as error:
            raise AnswerError(
                f'not JSON: {error.reason}; write a text in quotes, as "{value[:20]}"'
            ) from None


def send_answer(run: str, event: str, payload: Any, match: str | None, by: Means) -> None:
    """Send an event to a live run. Raises AnswerError, also where nobody takes it. It blocks."""
    try:
        connection = find_run(run)
        try:
            sent = connection.ask("emit", event=event, payload=payload, by=by)
        finally:
            connection.close()
    except LiveRunError as error:
        raise AnswerError(f"{event} can't be sent: {error}") from None
    if not sent["awaited"]:
        raise not_awaited(event)
    if sent.get("taken") is False:
        condition = f" `{match}`" if match else ""
        raise AnswerError(
            f"the run goes on waiting for {event}: its condition{condition} does not accept this"
        )


def _wait_at(analysis: Analysis, step: str | None) -> Wait | None:
    waits = (wait for wait in walk(analysis.workflow.flow) if isinstance(wait, Wait))
    return next((wait for wait in waits if wait.pointer == step), None)
