"""The inputs of an earlier run, for a run that builds on it."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from ..trace.model import Execution
from .recorded_values import is_complete


class RecordedInputsError(Exception):
    """Inputs that the trace does not have whole; the text is a sentence for people."""


def recorded_inputs(execution: Execution, given: Container[str]) -> dict[str, Any]:
    """The recorded inputs but for those `given` by hand. Raises RecordedInputsError."""
    if not isinstance(execution.inputs, dict):
        raise RecordedInputsError(
            "the trace has no inputs: it was made with --trace-no-values; give them with -i"
        )
    inputs = {name: value for name, value in execution.inputs.items() if name not in given}
    for name, value in inputs.items():
        if (execution.truncated or execution.masked) and not is_complete(value):
            raise RecordedInputsError(
                f"input '{name}' is masked or cut in the trace: give it with -i {name}=..."
            )
    return inputs
