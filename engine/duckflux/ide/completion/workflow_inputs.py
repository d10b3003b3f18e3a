"""Completes the inputs of the workflow that a participant calls, as keys of its `input`."""

from __future__ import annotations

from collections.abc import Iterator

from ...language.semantics.workflow_interface import WorkflowInterface
from .completion import Completion
from .context import CompletionContext
from .input_holder import OPTIONAL_GROUP, REQUIRED_GROUP, input_holder


def contribute(context: CompletionContext) -> Iterator[Completion]:
    """Yield the inputs that are not given yet, required ones first."""
    holder = input_holder(context)
    path = holder.field("path", context.model) if holder is not None else None
    interface = context.model.interface(path) if path else None
    if not isinstance(interface, WorkflowInterface):
        return
    given = context.present_fields
    for name in interface.inputs:
        if given is not None and name in given:
            continue
        required = name in interface.required
        yield Completion(
            label=name,
            kind="property",
            edit=context.word_edit._replace(text=name if context.has_colon else f"{name}: "),
            detail="input (required)" if required else "input",
            group=REQUIRED_GROUP if required else OPTIONAL_GROUP,
            documentation=interface.deprecated.get(name, ""),
            deprecated=name in interface.deprecated,
        )
