"""Reads text traces and the journals beside them.

The reference writes values unescaped: a text that looks like a section or a field may be taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ...files import TRACE_BYTES, open_regular_file, read_file
from ..journal import journal_path, read_journal, read_journal_execution
from ..model import Execution, Trace
from ..text_values import parse_fields, parse_value
from ..writers.txt import FORM, write_trace
from .abandoned_journals import is_being_written, recover_journal
from .error import TraceError
from .records import parse_execution, parse_trace

__all__ = ["is_being_written", "read", "read_execution", "recover"]

_STEPS = "\n# steps\n"
_SECTION = re.compile(r"^## \[(\d+)\] (.*) \(([^()\n]*)\)\n(?=startedAt: )", re.MULTILINE)
_OUTPUT = "\n# output\n"
_WORKFLOW = re.compile(r"(.*?)(?: \(v([^()]*)\))?", re.DOTALL)
_REFERENCE_FIELD = re.compile(
    r"^(startedAt|finishedAt|duration|status|loopIndex|retries|input|output|error): ", re.MULTILINE
)
_REFERENCE_ORDER = ("status", "loopIndex", "retries", "input", "output", "error")
_PLAIN = frozenset(("startedAt", "finishedAt", "status", "id", "error", "stderr"))
_HEAD_SIZE = 64 * 1024


def read(path: Path) -> Trace:
    """Return the trace of a file. Raises TraceError."""
    # The journal first: once it is removed, the file is complete.
    return read_journal(journal_path(path)) or _from_text(path, _text(path))


def read_execution(path: Path) -> Execution:
    """Return the execution of a file. Raises TraceError."""
    found = read_journal_execution(journal_path(path))
    if found is not None:
        return found
    text = _text(path, _HEAD_SIZE)
    if _STEPS not in text:
        text = _text(path)
    return parse_execution(path, _execution(path, text))


def recover(path: Path, trace: Trace) -> None:
    """Fold an abandoned journal into the file. Raises TraceError."""
    recover_journal(path, trace, write_trace)


def _text(path: Path, size: int = -1) -> str:
    try:
        if size < 0:
            return read_file(path, TRACE_BYTES).decode("utf-8-sig", "replace")
        with open_regular_file(path, TRACE_BYTES) as file:
            return file.read(size).decode("utf-8-sig", "replace")
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror}") from None


def _from_text(path: Path, text: str) -> Trace:
    execution = _execution(path, text)
    begin = text.index(_STEPS) + len(_STEPS)
    ours = execution.pop("form", None) == FORM
    end = text.find(_OUTPUT, begin - 1) if ours else text.rfind(_OUTPUT, begin - 1)
    if end >= 0:
        output = parse_value(text[end + len(_OUTPUT) :].removesuffix("\n"))
        execution["output"] = None if output is msgspec.UNSET else output
    body = text[begin : end + 1 if end >= 0 else len(text)]
    return parse_trace(path, execution, list(_steps(body, ours)))


def _execution(path: Path, text: str) -> dict[str, Any]:
    """Return the fields of the first two sections."""
    first, has_inputs, rest = text.partition("\n# inputs\n")
    if not text.startswith("# execution\n") or not has_inputs or _STEPS not in rest:
        raise TraceError(
            f"{path}: not a duckflux trace: it has no sections `# execution`, `# inputs`, `# steps`"
        )
    found = {name: _value(name, value) for name, value in parse_fields(first.split("\n")[1:])}
    name, version = _labels(str(found.pop("workflow", "")))
    if "form" not in found:
        found |= {"workflowName": name} | ({"workflowVersion": version} if version else {})
    inputs = parse_value(rest[: rest.index(_STEPS)].strip("\n"))
    return found | {"inputs": None if inputs is msgspec.UNSET else inputs}


def _labels(workflow: str) -> tuple[str, str | None]:
    match = _WORKFLOW.fullmatch(workflow)
    return (match[1], match[2]) if match else (workflow, None)


def _steps(body: str, ours: bool) -> Iterator[dict[str, Any]]:
    found = list(_SECTION.finditer(body))
    ends = (*(match.start() for match in found[1:]), len(body))
    for match, end in zip(found, ends, strict=False):
        section = body[match.end() : end].removesuffix("\n")
        pairs = parse_fields(section.removesuffix("\n").split("\n")) if ours else _reference_fields(section)
        values = {name: _value(name, text) for name, text in pairs}
        name = parse_value(match[2]) if ours else match[2]
        yield {
            "seq": int(match[1]),
            "name": str(name),
            "type": match[3],
            **{name: value for name, value in values.items() if value is not msgspec.UNSET},
        }


def _reference_fields(section: str) -> Iterator[tuple[str, str]]:
    """Yield the fields in the reference's fixed order; what looks like an earlier one is part of a value."""
    found: list[re.Match[str]] = []
    order = ("startedAt", "finishedAt", "duration", *_REFERENCE_ORDER)
    for match in _REFERENCE_FIELD.finditer(section):
        if not found or order.index(match[1]) > order.index(found[-1][1]):
            found.append(match)
    ends = (*(match.start() - 1 for match in found[1:]), len(section))
    for match, end in zip(found, ends, strict=False):
        yield match[1], section[match.end() : end]


def _value(name: str, text: str) -> Any:
    if name == "duration":
        return parse_value(text.removesuffix("ms"))
    return text if name in _PLAIN and not text.startswith('"') else parse_value(text)
