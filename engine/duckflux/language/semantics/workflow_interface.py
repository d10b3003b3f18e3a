"""What a workflow file offers those that call it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ...cel.types import Type

if TYPE_CHECKING:
    from pathlib import Path


class WorkflowInterface(msgspec.Struct, frozen=True, eq=False):
    """Compared by identity: `called.Files` gives the same one as long as it says the same. `required` are the
    inputs that have no default and must be given; `deprecated` says of some why they should not be; `files` are
    the files that it calls itself."""

    inputs: tuple[str, ...]
    required: tuple[str, ...]
    deprecated: dict[str, str]
    output: Type
    files: tuple[Path, ...]


class MissingWorkflow(msgspec.Struct, frozen=True):
    """Why there is no workflow at a path, as the end of a sentence."""

    reason: str


def same(one: WorkflowInterface | MissingWorkflow, other: WorkflowInterface | MissingWorkflow) -> bool:
    """Whether callers see the same."""
    if isinstance(one, WorkflowInterface) and isinstance(other, WorkflowInterface):
        return msgspec.structs.astuple(one) == msgspec.structs.astuple(other)
    return one == other
