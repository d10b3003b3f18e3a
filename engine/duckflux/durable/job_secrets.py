"""Tells the secrets of a run to the worker that performs a job of it, without storing them once more.

What the job does not contain, its worker cannot meet: the request says where in the job's texts secrets are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ..runtime.participants.job import Job
from ..runtime.secrets import Secrets
from .records import Place


def places_in(job: Job, secrets: Secrets) -> tuple[Place, ...]:
    """Return where the secrets of a run are in a job."""
    return secrets.places(_text_of(job))


def secrets_at(places: tuple[Place, ...], job: Job) -> set[str]:
    """Return the secrets of a run that are in a job."""
    text = _text_of(job) if places else ""
    return {text[start:end] for start, end in places}


def _text_of(job: Job) -> str:
    """Return all texts of a job, the same on every machine; no secret reaches from one into the next."""
    return "\0".join(_texts(msgspec.to_builtins(job, builtin_types=(bytes,))))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield str(name)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield repr(value)
