"""Starts runs of workflows, each in a process of its own, and reaches those that go on through their sockets."""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Protocol

import msgspec

from ..language.analysis import load
from ..language.model.workflow import Workflow
from ..live.client import find_run
from ..runtime.engine.inputs import InputError, resolve
from ..runtime.ids import new_id
from ..runtime.process.duckflux_process import DuckfluxProcess, start
from ..runtime.secrets import Secrets
from ..trace.journal import journal_path
from ..wait_answers import AnswerForm, send_answer

_PAUSE = 0.02
_MAX_ERROR = 16 * 1024
# How long the trace of a durable run may come after its end, and how a run exits that can't begin.
_STORE_SECONDS = 10.0
_REFUSED = 1


class RunError(Exception):
    """A run can't be started; `problems` are the reasons, for people."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class RunControl(Protocol):
    """Starts runs and reaches those that go on."""

    async def start(
        self, path: Path, inputs: dict[str, Any], *, resume: Path | None = None, step: str = ""
    ) -> str:
        """Start a run, or resume that of a trace, from a step, and return its id. Raises RunError."""

    async def cancel(self, id_: str) -> None:
        """Ask a run to end. Raises LiveRunError."""

    async def answer(self, id_: str, event: str, payload: Any, match: str | None) -> None:
        """Send the event that a run waits for. Raises AnswerError."""

    async def end(self) -> None:
        """End what ends with this server."""


class Runs:
    """The runs that this server has started. They end with it, unless they are `detached`.

    `folder` is where commands run if a workflow does not say; `on_end` is called when one has ended.
    """

    def __init__(self, folder: Path, traces: Path, on_end: Callable[[], None], *, detached: bool) -> None:
        self._folder = folder
        self._traces = traces
        self._on_end = on_end
        self._detached = detached
        self._running: dict[DuckfluxProcess, asyncio.Task[None]] = {}

    async def start(
        self,
        path: Path,
        inputs: dict[str, Any],
        *,
        resume: Path | None = None,
        step: str = "",
        id_: str = "",
        store: str = "",
    ) -> str:
        """Start a run, or resume that of a trace, from a step, and return its id. Raises RunError.

        One that is kept in a `store` leaves its trace to the mirror of that.
        """
        await asyncio.to_thread(checked, path, inputs, is_resumed=resume is not None)
        id_ = id_ or new_id()
        options = [f"--resume={resume}"] if resume is not None else []
        options += [f"--from={step}"] if step else []
        options += (
            [f"--durable={store}", "--no-trace"]
            if store
            else [f"--trace-dir={self._traces}", "--trace-output"]
        )
        with TemporaryFile() as errors:
            started = await self._start(path, inputs, id_, options, errors)
            patience = _STORE_SECONDS if store else 0.0
            await self._until_begun(started, self._traces / f"{id_}.json", errors, patience)
        return id_

    async def cancel(self, id_: str) -> None:
        """Ask a live run to end, whoever has started it. Raises LiveRunError."""
        await asyncio.to_thread(_cancel, id_)

    async def answer(self, id_: str, event: str, payload: Any, match: str | None) -> None:
        """Send the event that a live run waits for. Raises AnswerError."""
        await asyncio.to_thread(send_answer, id_, event, payload, match, "web")

    async def end(self) -> None:
        """End all runs that are not detached, and wait until they have ended."""
        waiting = dict(self._running)
        if not self._detached:
            await asyncio.gather(*(started.end() for started in waiting))
        for task in waiting.values():
            task.cancel()

    async def _start(
        self, path: Path, inputs: dict[str, Any], id_: str, options: Sequence[str], errors: IO[bytes]
    ) -> DuckfluxProcess:
        with TemporaryFile() as given:
            given.write(msgspec.json.encode(inputs))
            given.seek(0)
            try:
                started = await start(
                    *("run", str(path), "--quiet", "--input-file=-"),
                    f"--id={id_}",
                    f"--cwd={self._folder}",
                    *options,
                    stdin=given.fileno(),
                    stderr=errors,
                    cwd=self._folder,
                    is_detached=self._detached,
                )
            except OSError as error:
                raise RunError(f"no process can be started: {error.strerror}") from None
        self._running[started] = asyncio.create_task(self._wait(started))
        return started

    async def _wait(self, started: DuckfluxProcess) -> None:
        await started.process.wait()
        del self._running[started]
        self._on_end()

    async def _until_begun(
        self, started: DuckfluxProcess, trace: Path, errors: IO[bytes], patience: float
    ) -> None:
        """Wait until a run has a trace. Raises RunError if it ends before, and so many seconds pass."""
        deadline = math.inf
        while not has_begun(trace):
            code = started.process.returncode
            if code is not None:
                deadline = min(deadline, time.monotonic() + (0.0 if code == _REFUSED else patience))
            # It may have begun and ended meanwhile.
            if time.monotonic() >= deadline and not has_begun(trace):
                errors.seek(0)
                text = errors.read(_MAX_ERROR).decode("utf-8", "replace").strip()
                raise RunError(
                    *(text or f"the run ended with exit code {started.process.returncode}").splitlines()
                )
            await asyncio.sleep(_PAUSE)


def has_begun(trace: Path) -> bool:
    """Return whether something of a trace is written."""
    return journal_path(trace).exists() or trace.exists()


def _cancel(id_: str) -> None:
    run = find_run(id_)
    try:
        run.ask("cancel")
    finally:
        run.close()


def answer_form(path: Path, step: str | None) -> AnswerForm:
    """Return the form for the payload that the wait at `step` needs. Raises OSError, UnicodeDecodeError."""
    return AnswerForm(load(path), step)


def checked(
    path: Path, inputs: dict[str, Any], *, is_resumed: bool = False
) -> tuple[Workflow, dict[str, Any]]:
    """Return a workflow with its inputs resolved. Raises RunError if it can't run, or not with these."""
    try:
        analysis = load(path)
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{path.name} can't be read: {error}") from None
    if analysis.errors:
        position = analysis.document.lines.position
        raise RunError(
            *(
                f"{path.name}:{position(error.start)[0] + 1}: {error.message} [{error.code}]"
                for error in analysis.errors
            )
        )
    if is_resumed:
        # The others are those of the earlier run.
        return analysis.workflow, inputs
    try:
        return analysis.workflow, resolve(analysis.workflow.inputs, inputs, Secrets(os.environ))
    except InputError as error:
        raise RunError(*error.problems) from None
