"""Asks for the payload which answers a `wait`, and sends what was typed in to the run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from duckflux.wait_answers import WHOLE, AnswerError, AnswerForm, not_awaited, send_answer

from ..session.client import Client
from ..session.documents import OpenDocument
from .inputs import question
from .overlay import Overlay, Waiting

_JSON = "json"


def questions(form: AnswerForm) -> list[dict[str, Any]]:
    """Return what the client asks, as for the inputs of a run."""
    if form.fields:
        return [question(field, {}, {}) for field in form.fields.values()]
    return [
        {
            "name": WHOLE,
            "type": form.schema.get("type", _JSON),
            "description": None,
            "default": None,
            "enum": form.schema.get("enum"),
            "secret": False,
            "required": False,
        }
    ]


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
    await asyncio.to_thread(send_answer, overlay.execution_id, waiting.event, payload, form.match, "editor")
    return waiting.event


async def _ask(client: Client, uri: str, form: AnswerForm, waiting: Waiting) -> Any:
    """Return the payload that the user gives. Raises AnswerError, an empty one if they cancelled."""
    if not client.can_ask_inputs:
        raise AnswerError(
            f"this editor can't ask for the payload of {waiting.event}: "
            f"answer in a terminal with `duckflux emit {waiting.event}`"
        )
    about = {"title": f"Answer {waiting.event}", "wait": waiting.step}
    answers = await client.ask_inputs(uri, questions(form), **about)
    if answers is None:
        raise AnswerError("")
    return form.payload(answers)


def _chosen(waiting: Sequence[Waiting], step: str | None, event: str | None) -> Waiting:
    """Return the wait that is meant: that of a step or of an event, or the first one. Raises AnswerError."""
    if event is not None:
        waiting = [one for one in waiting if one.event == event]
        if not waiting:
            raise not_awaited(event)
    return next((one for one in waiting if one.step == step), waiting[0])
