"""The workflow files that a workflow calls: read from the disk, and once more when they have changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..cel.types import BYTES, DURATION, DYN, INT, STRING, TIMESTAMP, UINT, ListType, Type, list_of, record
from .interface import Interface, Missing
from .model import Workflow, build, object_schema
from .scope import UNLISTED_FIELD, output_type
from .source import Scalar, parse
from .unit import Units
from .variables import Variables

if TYPE_CHECKING:
    from pathlib import Path

_MAX_FILES = 256


_known: dict[Path, tuple[tuple[int, int], Interface | Missing]] = {}


def called_file(caller: Path, path: str) -> Path:
    """The file that a `path` in the workflow `caller` names."""
    from pathlib import Path

    return Path(os.path.normpath(caller.parent / path))


def interface_of(file: Path) -> Interface | Missing:
    """The interface of a workflow file."""
    try:
        about = file.stat()
        stamp = (about.st_mtime_ns, about.st_size)
        known = _known.get(file)
        if known is not None and known[0] == stamp:
            return known[1]
        if file.is_dir():
            return Missing("is a folder")
        found: Interface | Missing = _read(file)
    except FileNotFoundError:
        return Missing("does not exist")
    except UnicodeDecodeError:
        found = Missing("is no UTF-8 text")
    except (OSError, ValueError) as error:
        return Missing(f"can't be read: {getattr(error, 'strerror', None) or error}")
    if len(_known) >= _MAX_FILES:
        _known.clear()
    _known[file] = stamp, found
    return found


def circle(file: Path, through: Path) -> tuple[Path, ...]:
    """The files by which a call of `through` in `file` comes to one that is being run already; none if it does
    not."""
    pending: list[tuple[Path, ...]] = [(file, through)]
    seen: set[Path] = set()
    while pending:
        way = pending.pop()
        if way[-1] in way[:-1]:
            return way
        if way[-1] in seen:
            continue
        seen.add(way[-1])
        found = interface_of(way[-1])
        if isinstance(found, Interface):
            pending.extend((*way, called) for called in found.files)
    return ()


def _read(file: Path) -> Interface:
    workflow = build(parse(file.read_bytes().decode("utf-8")))
    units = Units(workflow)
    inline = [call.inline for unit in units.steps for call in unit.calls if call.inline is not None]
    used = {name for unit in units for name in unit.names}
    declared = [participant for name, participant in workflow.participants.items() if name in used]
    paths = [participant.node.get("path") for participant in (*declared, *inline)]
    return Interface(
        inputs=tuple(workflow.inputs),
        required=tuple(n for n, i in workflow.inputs.items() if i.required and "default" not in i.schema),
        output=_output(workflow, Variables(workflow, units)),
        files=tuple(called_file(file, path.text) for path in paths if isinstance(path, Scalar) and path.text),
    )


def _output(workflow: Workflow, variables: Variables) -> Type:
    output = workflow.output
    if output is None:
        return DYN
    if output.expression is not None:
        return _as_json(variables.type_of(output.expression.text))
    if output.schema is not None:
        return output_type("", object_schema(output.schema))
    fields = {
        key.text: _as_json(variables.type_of(value.text))
        for key, value in output.map or ()
        if isinstance(value, Scalar)
    }
    return record(fields, unknown=UNLISTED_FIELD)


def _as_json(type_: Type) -> Type:
    """The type of a value once it has been made JSON."""
    if type_ in (TIMESTAMP, DURATION, BYTES):
        return STRING
    if isinstance(type_, ListType):
        return list_of(_as_json(type_.element))
    return INT if type_ == UINT else type_
