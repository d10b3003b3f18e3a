"""Completes values: words of a list, names, durations, events and files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...language import schema
from ...language.model.workflow import ON_ERROR_STRATEGIES, ON_TIMEOUT_STRATEGIES, Call, Wait
from ...language.semantics.semantic_model import SemanticModel
from ...language.syntax import Mapping, Scalar
from ...language.syntax.edits import TextEdit
from ...language.workflow_files import is_workflow_name
from ..descriptions import participant_summary
from .completion import Completion
from .context import CompletionContext

_UNITS = {"ms": "millisecond", "s": "second", "m": "minute", "h": "hour", "d": "day"}
_DURATIONS = ("500ms", "10s", "30s", "1m", "5m", "30m", "1h", "1d")
_MAX_FILES = 200


def contribute(context: CompletionContext) -> Iterator[Completion]:
    """Yield the values that the schemas name."""
    if not context.takes_values or context.needs_dash:
        return
    edit, model = context.value_edit, context.model
    for candidate in context.schemas:
        default = candidate.get("default")
        for word in schema.listed_values(candidate):
            yield _word(str(word), edit, "default" if word == default else "")
        if candidate.get("type", ()) == "boolean":
            yield from (_word(word, edit) for word in ("true", "false"))
        match candidate.get("x-kind"):
            case "duration":
                yield from _durations(edit, context.probe.before)
            case "participant":
                yield from participant_names(model, edit, group=1)
            case "onError":
                yield from (_word(word, edit) for word in ON_ERROR_STRATEGIES)
                yield from participant_names(model, edit)
            case "onTimeout":
                yield from (_word(word, edit) for word in ON_TIMEOUT_STRATEGIES)
                yield from participant_names(model, edit)
            case "server":
                yield from (_word(name, edit, "MCP server") for name in model.mcp_servers() or ())
            case "event":
                yield from (_word(name, edit, "event") for name in _events(model))
                others = sorted(context.workspace.events())
                yield from (_word(name, edit, "event of another file") for name in others)
            case "path":
                yield from _files(model.path, context.probe.before, edit)


def participant_names(model: SemanticModel, edit: TextEdit, group: int = 6) -> Iterator[Completion]:
    """Yield the participants that the workflow declares."""
    for name in model.declared_names():
        participant = model.participant(name)
        yield Completion(
            label=name,
            kind="function",
            edit=edit._replace(text=name),
            detail=participant.type if participant else "",
            documentation=participant_summary(participant) if participant else "",
            group=group,
        )


def _events(model: SemanticModel) -> list[str]:
    """Return the names of events that are used anywhere in the file."""
    holders = [participant.node for participant in model.workflow.participants.values()]
    for item in model.items.steps:
        for flow_node in item.flow_nodes:
            match flow_node.step:
                case Wait(body=holder) | Call(overrides=Mapping() as holder):
                    holders.append(holder)
                case Call(inline=inline) if inline is not None:
                    holders.append(inline.node)
    found = (holder.get("event") for holder in holders)
    return list(dict.fromkeys(node.text for node in found if isinstance(node, Scalar) and node.text))


def _word(word: str, edit: TextEdit, detail: str = "") -> Completion:
    return Completion(word, "value", edit._replace(text=word), detail)


def _durations(edit: TextEdit, typed: str) -> Iterable[Completion]:
    number = re.match(r"\d+", typed)
    if number is None:
        return (_word(text, edit)._replace(is_provisional=True) for text in _DURATIONS)
    plural = "" if int(number[0]) == 1 else "s"
    return (_word(number[0] + unit, edit, f"{number[0]} {word}{plural}") for unit, word in _UNITS.items())


def _files(workflow: Path | None, typed: str, edit: TextEdit) -> Iterator[Completion]:
    """Yield the workflow files and the folders in the folder that is typed so far."""
    if workflow is None:
        return
    folder = typed.rpartition("/")[0] + "/" if "/" in typed else ""
    try:
        entries = sorted(os.scandir(workflow.parent / folder), key=lambda entry: entry.name)[:_MAX_FILES]
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") or Path(entry.path) == workflow:
            continue
        if entry.is_dir():
            path = f"{folder or './'}{entry.name}/"
            yield Completion(path, "folder", edit._replace(text=path), group=3)
        elif is_workflow_name(entry.name):
            path = f"{folder or './'}{entry.name}"
            yield Completion(path, "file", edit._replace(text=path), group=2)
