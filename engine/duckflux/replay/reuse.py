"""Implements `--reuse`: marked steps take the result of a recorded step with the same definition and input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from ..runtime.engine.controller import Controller, DelegatingController, StepInfo
from ..runtime.engine.reuse_marks import NOT_COMPARED
from ..trace.folder import list_traces
from ..trace.model import Step, Trace
from ..trace.readers import read
from ..trace.readers.error import TraceError
from .recorded_values import is_complete

MAX_TRACES = 50
MAX_BYTES = 64 * 1024 * 1024


class ReuseResults(DelegatingController):
    """Knows what steps gave in other runs; the inner controller decides about everything else."""

    reuses = True

    def __init__(self, traces: Iterable[Trace], inner: Controller) -> None:
        super().__init__(inner)
        self._outputs: dict[bytes, Any] = {}
        for trace in traces:
            for step in trace.steps:
                if _is_usable(step):
                    # The first traces are the newest.
                    self._outputs.setdefault(_key(step.type, step.digest, step.input), step.output)

    def known_output(self, info: StepInfo, input_: Any) -> Any:
        """Return what a step with the same definition and input gave, UNSET if none is recorded."""
        return self._outputs.get(_key(info.type, info.digest, input_), UNSET)


def traces_to_reuse(path: Path) -> Iterator[Trace]:
    """Yield a trace, or the newest ones in a folder within the limits, newest first. Raises TraceError."""
    if not path.is_dir():
        yield read(path)
        return
    left = MAX_BYTES
    for found in list_traces(path)[0][:MAX_TRACES]:
        try:
            left -= found.path.stat().st_size
            if left < 0:
                return
            yield read(found.path)
        except (OSError, TraceError):
            continue


def _is_usable(step: Step) -> bool:
    """Return whether a recorded step has succeeded, and the trace has all that it was given and gave."""
    if step.status != "success" or not step.digest or step.output is UNSET:
        return False
    if not step.masked and not step.truncated:
        return True
    return is_complete(step.input) and is_complete(step.output)


def _key(type_: str, digest: str, input_: Any) -> bytes:
    """Return what two steps have in common that do the same with the same input."""
    fields = [part for part in digest.split() if _field_of(part) not in NOT_COMPARED]
    parts = [type_, " ".join(fields), None if input_ is UNSET else [input_]]
    return blake2b(msgspec.json.encode(parts, order="deterministic"), digest_size=16).digest()


def _field_of(part: str) -> str:
    """Return the field of a part of a digest; the inputs of a participant and of a step are told by a number."""
    return part.partition("=")[0].rstrip("0123456789")
