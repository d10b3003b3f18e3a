"""Completes, in a test file, the names of the steps and the inputs of the workflow under test."""

from __future__ import annotations

from collections.abc import Iterator

from ...language.model.workflow import step_names
from .completion import Completion
from .context import CompletionContext

# The fields that hold names of steps, and of inputs, as keys or as items.
_STEPS, _INPUTS = ("mocks", "steps", "run"), ("inputs",)


def contribute(context: CompletionContext) -> Iterator[Completion]:
    """Yield the names that belong here and are not there yet."""
    path, cursor = context.path, context.cursor
    if not context.is_test_file or path is None:
        return
    if cursor.role == "value" and not (context.is_in_brackets or context.is_alone_on_line):
        return
    # The first key of all is still the value of its field.
    keys = cursor.keys if cursor.role == "value" else cursor.keys[:-1]
    field = keys[-1] if keys else None
    if field not in _STEPS + _INPUTS:
        return
    from ...language.test_files import workflow_under_test

    workflow = workflow_under_test(cursor.document, path)
    if workflow is None:
        return
    edit = context.value_edit if cursor.role == "item" else context.word_edit
    given = context.present_fields
    for name in sorted(step_names(workflow)) if field in _STEPS else list(workflow.inputs):
        if given is not None and name in given:
            continue
        text = name if context.has_colon or cursor.role == "item" else f"{name}: "
        yield Completion(
            name, "function" if field in _STEPS else "property", edit._replace(text=text), group=1
        )
