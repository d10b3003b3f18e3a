"""What may stand as a value: words of a list, names, durations, files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

from duckflux.language import schema
from duckflux.language.model.workflow import ON_ERROR_STRATEGIES, ON_TIMEOUT_STRATEGIES, Call, Wait
from duckflux.language.schema import Schema
from duckflux.language.semantics.semantic_model import SemanticModel
from duckflux.language.syntax import Mapping, Scalar
from duckflux.language.workflow_files import is_workflow_name
from lsprotocol.types import CompletionItemKind

from ...documents import Edit
from ..schema_text import summary
from .candidate import Candidate

Events: TypeAlias = Callable[[], Iterable[str]]

_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATIONS = ("500ms", "10s", "30s", "1m", "5m", "30m", "1h", "1d")

_MAX_FILES = 200


def values(
    rules: tuple[Schema, ...], edit: Edit, typed: str, model: SemanticModel, elsewhere: Events
) -> Iterator[Candidate]:
    """The values that the schemas name; `typed` is what stands before the cursor, `elsewhere` gives the events
    of other files."""
    for rule in rules:
        default = rule.get("default")
        for word in schema.words(rule):
            yield _word(str(word), edit, "default" if word == default else "")
        kinds = rule.get("type", ())
        if kinds == "boolean":
            yield from (_word(word, edit) for word in ("true", "false"))
        match rule.get("x-kind"):
            case "duration":
                yield from _durations(edit, typed)
            case "participant":
                yield from names(model, edit, group=1)
            case "onError":
                yield from (_word(word, edit) for word in ON_ERROR_STRATEGIES)
                yield from names(model, edit)
            case "onTimeout":
                yield from (_word(word, edit) for word in ON_TIMEOUT_STRATEGIES)
                yield from names(model, edit)
            case "server":
                yield from (_word(name, edit, "MCP server") for name in model.mcp_servers() or ())
            case "event":
                yield from (_word(name, edit, "event") for name in events(model))
                yield from (_word(name, edit, "event of another file") for name in sorted(elsewhere()))
            case "path":
                yield from _files(model.path, typed, edit)


def names(model: SemanticModel, edit: Edit, group: int = 6) -> Iterator[Candidate]:
    """The declared participants."""
    for name in model.declared_names():
        participant = model.participant(name)
        yield Candidate(
            label=name,
            kind=CompletionItemKind.Function,
            edit=edit._replace(text=name),
            detail=participant.type if participant else "",
            doc=summary(participant) if participant else "",
            group=group,
        )


def events(model: SemanticModel) -> list[str]:
    """The event names used anywhere in the file."""
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


def _word(word: str, edit: Edit, detail: str = "") -> Candidate:
    return Candidate(word, CompletionItemKind.EnumMember, edit._replace(text=word), detail)


def _durations(edit: Edit, typed: str) -> Iterable[Candidate]:
    number = re.match(r"\d+", typed)
    if number is None:
        return (_word(text, edit) for text in _DURATIONS)
    return (_word(number[0] + item, edit, f"{number[0]} {words}") for item, words in _UNITS.items())


def _files(workflow: Path | None, typed: str, edit: Edit) -> Iterator[Candidate]:
    """Workflow files and folders, one level at a time; the folder typed so far stays."""
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
            yield Candidate(path, CompletionItemKind.Folder, edit._replace(text=path), group=3)
        elif is_workflow_name(entry.name):
            path = f"{folder or './'}{entry.name}"
            yield Candidate(path, CompletionItemKind.File, edit._replace(text=path), group=2)
