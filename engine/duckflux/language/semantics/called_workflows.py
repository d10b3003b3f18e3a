"""The workflow files that a workflow calls: as they are open in an editor, else as they are on disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from ...cel.types import BYTES, DURATION, DYN, INT, STRING, TIMESTAMP, UINT, ListType, Type, list_of, record
from ...files import FileTooLargeError, NotRegularFileError, read_file
from ..model.workflow import Workflow, build, object_schema
from ..syntax import MAX_BYTES, Scalar, parse
from .builtin_variables import UNLISTED_FIELD, output_type
from .items import Items
from .variables import Variables
from .workflow_interface import MissingWorkflow, WorkflowInterface, is_same_interface

if TYPE_CHECKING:
    from pathlib import Path

_MAX_FILES = 2_000


class _Known(msgspec.Struct, frozen=True):
    """The interface of a file and what it was read from: the stamp of the file, or the open workflow."""

    stamp: object
    found: WorkflowInterface | MissingWorkflow
    items: Items | None = None


class Files:
    """The interfaces of workflow files.

    A file is read again only when it has changed; while callers see the same, they get the same object.
    `opened` returns the workflow of a file that is open in an editor, None for all others. Any thread may
    call the methods.
    """

    def __init__(self, opened: Callable[[Path], Workflow | None] = lambda _: None) -> None:
        self._opened = opened
        self._known: dict[Path, _Known] = {}

    def interface(self, file: Path) -> WorkflowInterface | MissingWorkflow:
        """Return the interface of a workflow file, or why there is none."""
        workflow = self._opened(file)
        if workflow is not None:
            return self._of_open(file, workflow)
        try:
            about = file.stat()
            stamp = (about.st_mtime_ns, about.st_size)
            known = self._known.get(file)
            if known is not None and known.stamp == stamp:
                return known.found
            workflow = self.workflow(file)
            found: WorkflowInterface | MissingWorkflow = _interface(workflow, Items(workflow), file)
        except FileNotFoundError:
            return MissingWorkflow("does not exist")
        except IsADirectoryError:
            return MissingWorkflow("is a folder")
        except (NotRegularFileError, FileTooLargeError) as error:
            return MissingWorkflow(str(error.strerror))
        except UnicodeDecodeError:
            found = MissingWorkflow("is no UTF-8 text")
        except (OSError, ValueError) as error:
            return MissingWorkflow(f"can't be read: {getattr(error, 'strerror', None) or error}")
        return self._keep(file, _Known(stamp, found))

    def workflow(self, file: Path) -> Workflow:
        """Return the workflow in a file. Raises OSError or UnicodeDecodeError if it cannot be read."""
        return self._opened(file) or build(parse(read_file(file, MAX_BYTES).decode("utf-8")))

    def still_offer(self, seen: Mapping[Path, WorkflowInterface | MissingWorkflow]) -> bool:
        """Return whether files still have the interfaces that were seen. Reads the disk."""
        return all(self.interface(file) == found for file, found in [*seen.items()])

    def _of_open(self, file: Path, workflow: Workflow) -> WorkflowInterface | MissingWorkflow:
        known = self._known.get(file)
        if known is not None and known.stamp is workflow:
            return known.found
        items = Items(workflow, known.items if known else None)
        return self._keep(file, _Known(workflow, _interface(workflow, items, file), items))

    def _keep(self, file: Path, found: _Known) -> WorkflowInterface | MissingWorkflow:
        known = self._known.get(file)
        if known is not None and is_same_interface(known.found, found.found):
            found = msgspec.structs.replace(found, found=known.found)
        if len(self._known) >= _MAX_FILES:
            self._known.clear()
        self._known[file] = found
        return found.found


DISK = Files()


def called_file(caller: Path, path: str) -> Path:
    """Return the file that a `path` in the workflow `caller` names."""
    from pathlib import Path

    return Path(os.path.normpath(caller.parent / path))


def call_cycle(
    file: Path, through: Path, interface: Callable[[Path], WorkflowInterface | MissingWorkflow]
) -> tuple[Path, ...]:
    """Return the files through which a call of `through` in `file` leads back to a running workflow.

    Empty if it does not. `interface` returns the interface of a file.
    """
    pending: list[tuple[Path, ...]] = [(file, through)]
    seen: set[Path] = set()
    while pending:
        calls = pending.pop()
        if calls[-1] in calls[:-1]:
            return calls
        if calls[-1] in seen:
            continue
        seen.add(calls[-1])
        found = interface(calls[-1])
        if isinstance(found, WorkflowInterface):
            pending.extend((*calls, called) for called in found.files)
    return ()


def _interface(workflow: Workflow, items: Items, file: Path) -> WorkflowInterface:
    inline = [call.inline for item in items.steps for call in item.calls if call.inline is not None]
    used = {name for item in items for name in item.names}
    declared = [participant for name, participant in workflow.participants.items() if name in used]
    paths = [participant.node.get("path") for participant in (*declared, *inline)]
    return WorkflowInterface(
        inputs=tuple(workflow.inputs),
        required=tuple(n for n, i in workflow.inputs.items() if i.required and "default" not in i.schema),
        deprecated={n: i.deprecated for n, i in workflow.inputs.items() if i.deprecated is not None},
        output=_output(workflow, Variables(workflow, items)),
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
    """Return the type of a value after its conversion to JSON."""
    if type_ in (TIMESTAMP, DURATION, BYTES):
        return STRING
    if isinstance(type_, ListType):
        return list_of(_as_json(type_.element))
    return INT if type_ == UINT else type_
