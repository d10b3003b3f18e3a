"""Takes the inputs of an earlier run over into a run that builds on it."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from ..trace.model import Execution
from .recorded_values import is_complete


class RecordedInputsError(Exception):
    """The trace does not have all inputs in full; the message is a sentence for users."""


def recorded_inputs(execution: Execution, overridden: Container[str]) -> dict[str, Any]:
    """Return the recorded inputs without those that are `overridden`. Raises RecordedInputsError."""
    if not isinstance(execution.inputs, dict):
        raise RecordedInputsError(
            "the trace has no inputs: it was made with --trace-no-values; give them with -i"
        )
    inputs = {name: value for name, value in execution.inputs.items() if name not in overridden}
    for name, value in inputs.items():
        if (execution.truncated or execution.masked) and not is_complete(value):
            raise RecordedInputsError(
                f"input '{name}' is masked or truncated in the trace: give it with -i {name}=..."
            )
    return inputs
