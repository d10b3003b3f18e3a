"""Writes paths of what a run tells relative to a folder: those of a worker mean nothing on other machines."""

from __future__ import annotations

import os
from collections.abc import Callable

import msgspec

from ..runtime.errors import StepError
from ..runtime.events import Event, ExecutionStarted, StepStarted


def relative_event(event: Event, folder: str) -> Event:
    """Return an event whose paths are relative to a folder."""
    return _with_paths(event, lambda path: os.path.relpath(path, folder))


def absolute_event(event: Event, folder: str) -> Event:
    """Return an event whose paths are relative to a folder with absolute ones."""
    return _with_paths(event, lambda path: os.path.normpath(os.path.join(folder, path)))


def _with_paths(event: Event, changed: Callable[[str], str]) -> Event:
    match event:
        case ExecutionStarted():
            return msgspec.structs.replace(event, workflow_path=changed(event.workflow_path))
        case StepStarted():
            return msgspec.structs.replace(event, workflow=changed(event.workflow))
        case _:
            return event


def relative_text(error: StepError, folder: str) -> str:
    """Return the text of an error, which names its file relative to a folder."""
    text = str(error)
    if error.location is None:
        return text
    return os.path.relpath(error.location.file, folder) + text.removeprefix(error.location.file)
