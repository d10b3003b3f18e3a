"""The interface of a workflow file: what its callers need to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ...cel.types import Type

if TYPE_CHECKING:
    from pathlib import Path


class WorkflowInterface(msgspec.Struct, frozen=True, eq=False):
    """The inputs and the output of a workflow, compared by identity.

    `called_workflows.Files` returns the same object while nothing changes. `required` are the inputs without
    a default that must be given; `deprecated` says of some inputs why they should not be given; `files` are
    the files that the workflow itself calls.
    """

    inputs: tuple[str, ...]
    required: tuple[str, ...]
    deprecated: dict[str, str]
    output: Type
    files: tuple[Path, ...]


class MissingWorkflow(msgspec.Struct, frozen=True):
    """The reason why there is no workflow at a path, as the end of a sentence."""

    reason: str


def is_same_interface(
    one: WorkflowInterface | MissingWorkflow, other: WorkflowInterface | MissingWorkflow
) -> bool:
    """Return whether two interfaces look the same to callers."""
    if isinstance(one, WorkflowInterface) and isinstance(other, WorkflowInterface):
        return msgspec.structs.astuple(one) == msgspec.structs.astuple(other)
    return one == other
