"""Starts runs of workflows, each in a process of its own, and reaches those that go on through their sockets."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import msgspec

from ..language.analysis import load
from ..live.client import find_run
from ..runtime.engine.inputs import InputError, resolve
from ..runtime.ids import new_id
from ..runtime.process.duckflux_process import DuckfluxProcess, start
from ..runtime.secrets import Secrets
from ..trace.journal import journal_path
from ..wait_answers import AnswerForm, send_answer

_PAUSE = 0.02
_MAX_ERROR = 16 * 1024


class RunError(Exception):
    """A run can't be started; `problems` are the reasons, for people."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


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
        self, path: Path, inputs: dict[str, Any], *, resume: Path | None = None, step: str = ""
    ) -> str:
        """Start a run, or resume that of a trace, from a step, and return its id. Raises RunError."""
        await asyncio.to_thread(_check, path, inputs, is_resumed=resume is not None)
        id_ = new_id()
        options = [f"--resume={resume}"] if resume is not None else []
        options += [f"--from={step}"] if step else []
        with TemporaryFile() as errors:
            started = await self._start(path, inputs, id_, options, errors)
            await self._until_begun(started, self._traces / f"{id_}.json", errors)
        return id_

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
                    *(f"--trace-dir={self._traces}", "--trace-output", f"--id={id_}"),
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

    async def _until_begun(self, started: DuckfluxProcess, trace: Path, errors: IO[bytes]) -> None:
        """Wait until a run writes its trace. Raises RunError if it ends before."""
        while not _has_begun(trace):
            # It may have begun and ended meanwhile.
            if started.process.returncode is not None and not _has_begun(trace):
                errors.seek(0)
                text = errors.read(_MAX_ERROR).decode("utf-8", "replace").strip()
                raise RunError(
                    *(text or f"the run ended with exit code {started.process.returncode}").splitlines()
                )
            await asyncio.sleep(_PAUSE)


def _has_begun(trace: Path) -> bool:
    return journal_path(trace).exists() or trace.exists()


def cancel(id_: str) -> None:
    """Ask a live run to end. Raises LiveRunError. It blocks."""
    run = find_run(id_)
    try:
        run.ask("cancel")
    finally:
        run.close()


def answer_form(path: Path, step: str | None) -> AnswerForm:
    """Return the form for the payload that the wait at `step` needs. Raises OSError, UnicodeDecodeError."""
    return AnswerForm(load(path), step)


def answer(id_: str, event: str, payload: Any, match: str | None) -> None:
    """Send the event that a live run waits for. Raises AnswerError. It blocks."""
    send_answer(id_, event, payload, match, "web")


def _check(path: Path, inputs: dict[str, Any], *, is_resumed: bool) -> None:
    """Raise RunError for a workflow that can't run, or not with these inputs."""
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
        return
    try:
        resolve(analysis.workflow.inputs, inputs, Secrets(os.environ))
    except InputError as error:
        raise RunError(*error.problems) from None
