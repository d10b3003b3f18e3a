"""Starts runs, at most one of a file at a time, and keeps the results of each as an overlay."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from duckflux.language.analysis import Analysis
from duckflux.runtime.events import ExecutionStarted
from duckflux.trace.private_files import make_folder

from ..session.client import Client, Progress
from ..session.documents import OpenDocument, path_of
from ..session.settings import Settings
from .inputs import InputsError, answered, known_inputs, missing_inputs, missing_message, question
from .live_run import LiveRun
from .overlay import Overlay
from .pins import Pins
from .process import RunFiles, RunProcess
from .run_updates import RunUpdates, run_state
from .traces import newest_trace, trace_folder

_REFRESH_SECONDS = 0.15
_TICK_SECONDS = 1.0


class RunError(Exception):
    """A run can't start; the message is for the user, empty if they cancelled it themselves."""


class Runs:
    """All runs and overlays, by the URI of the workflow.

    `trusted` says whether the client lets workflows run; `on_change` is called with the URI when a run begins or
    ends, `on_end` once it has ended.
    """

    def __init__(self, client: Client, on_change: Callable[[str], None], on_end: Callable[[], None]) -> None:
        self.trusted = True
        self.pins = Pins()
        self._client = client
        self._on_change = on_change
        self._on_end = on_end
        self._overlays: dict[str, Overlay] = {}
        # The last runs of documents that were changed since: no results are shown.
        self._outdated: dict[str, Overlay] = {}
        self._running: dict[str, RunProcess | LiveRun] = {}
        self._following: dict[str, asyncio.Task[None]] = {}
        self._starting: set[str] = set()
        self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()

    def overlay(self, uri: str) -> Overlay | None:
        """Return the results of the last run of a file, or of the one that is under way, or None."""
        return self._overlays.get(uri)

    def last(self, uri: str) -> Overlay | None:
        """Return the last run of a file, also if its results are not shown because the text has changed."""
        return self._overlays.get(uri) or self._outdated.get(uri)

    def is_running(self, uri: str) -> bool:
        """Return whether a run of a file is under way, in the editor or followed from elsewhere."""
        return uri in self._running

    def is_busy(self, uri: str) -> bool:
        """Return whether a run of a file is under way or about to begin."""
        return uri in self._running or uri in self._starting

    def is_own(self, pid: object) -> bool:
        """Return whether a process is that of a run from the editor."""
        return any(isinstance(run, RunProcess) and run.pid == pid for run in self._running.values())

    async def follow(self, document: OpenDocument, run: LiveRun) -> None:
        """Show a run of a document that was started elsewhere, as long as no other begins."""
        uri = document.uri
        analysis = await document.analysis()
        if self.is_busy(uri) or self._closing:
            await run.end()
            return
        overlay = Overlay(analysis, None)
        overlay.recorded_in(run.trace)
        overlay.reopened(document.text)
        self._overlays[uri] = overlay
        self._running[uri] = run
        task = asyncio.create_task(self._follow(uri, run, overlay, asyncio.Event()))
        self._following[uri] = task
        task.add_done_callback(lambda _: self._following.pop(uri, None))

    async def step_output(self, uri: str, step: str) -> dict[str, Any] | None:
        """Return what the last execution of a step has printed so far, None if it has not run.

        It is the `step`, its `name`, the `text`, and whether the step has `ended`.
        """
        from .step_output import step_output

        overlay = self._overlays.get(uri)
        result = overlay.result(step) if overlay is not None else None
        if overlay is None or result is None:
            return None
        has_ended = overlay.has_ended or result.last.status != "running"
        text = await asyncio.to_thread(step_output, overlay.trace_path, result.last)
        return {"step": step, "name": result.last.name, "text": text, "ended": has_ended}

    async def _leave(self, uri: str) -> None:
        """Show a run no longer that was started elsewhere: it goes on by itself."""
        task, run = self._following.pop(uri, None), self._running.get(uri)
        if task is not None and isinstance(run, LiveRun):
            await run.end()
            await asyncio.wait({task})

    async def answer(
        self, document: OpenDocument | None, step: str | None, event: str | None, given: dict[str, Any]
    ) -> dict[str, Any]:
        """Send the event that a step, or the first one, of a document's run waits for; ask for its payload.

        `given` may have it as `payload`. Return the `event`, None if none was sent, with a `message` of why.
        """
        from duckflux.wait_answers import AnswerError

        from .answers import answer

        overlay = self._overlays.get(document.uri) if document is not None else None
        try:
            return {"event": await answer(self._client, document, overlay, step, event, given)}
        except AnswerError as error:
            if str(error):
                self._client.show_error(str(error))
            return {"event": None, "message": str(error)}

    def answer_problem(self, uri: str, step: str | None, name: str, value: Any) -> str | None:
        """Return why a value is not valid for a question of the form that answers a step; None if it is."""
        from duckflux.wait_answers import AnswerForm

        overlay = self._overlays.get(uri)
        return AnswerForm(overlay.analysis, step).problem(name, value) if overlay is not None else None

    def cancel(self, uri: str) -> bool:
        """Ask a run to end. Return False if there is none."""
        process = self._running.get(uri)
        if process is None:
            return False
        process.cancel()
        return True

    async def end_all(self) -> None:
        """End every run and wait until they have ended; one that is just starting ends as soon as it has."""
        self._closing = True
        await asyncio.gather(*(process.end() for process in self._running.values()))

    async def start(
        self,
        document: OpenDocument | None,
        arguments: dict[str, Any],
        settings: Settings,
        options: Sequence[str] = (),
        *,
        ask_all: bool = False,
    ) -> dict[str, Any]:
        """Start a run of a document, and return its ids as soon as it runs, or a message if it can't be started.

        `options` are further options of `duckflux run`. With `ask_all` the user is asked for every input, where
        the client can do so.
        """
        try:
            if document is None:
                raise RunError("only a workflow that is open in the editor can be run")
            overlay = await self._start(document, arguments, settings, options, ask_all)
        except (RunError, InputsError) as error:
            if str(error):
                self._client.show_error(str(error))
            return {"executionId": None, "tracePath": None, "message": str(error)}
        return {"executionId": overlay.execution_id, "tracePath": str(overlay.trace_path)}

    async def show(self, document: OpenDocument | None, file: str) -> dict[str, Any]:
        """Show the results of a trace file on the text of a workflow, and return its ids."""
        from duckflux.trace.readers import TraceError

        from .trace_overlay import overlay_of_trace

        try:
            if document is None:
                raise RunError("open the workflow in the editor to see a trace on it")
            if document.uri in self._running:
                raise RunError("the workflow is running: its results are shown")
            analysis = await document.analysis()
            overlay = await asyncio.to_thread(overlay_of_trace, Path(file), document.path, analysis)
        except (RunError, TraceError) as error:
            self._client.show_error(str(error))
            return {"executionId": None, "tracePath": None, "message": str(error)}
        overlay.reopened(document.text)
        self._overlays[document.uri] = overlay
        self._on_change(document.uri)
        return {"executionId": overlay.execution_id, "tracePath": str(overlay.trace_path)}

    async def restore(self, document: OpenDocument, settings: Settings) -> None:
        """Tell how the newest run of a document ended that has not run here, and show its results.

        Its results are shown only if it was a run of the text as it is now.
        """
        if document.uri in self._overlays:
            return
        overlay = await self._newest(document, settings)
        is_busy = document.uri in self._overlays or document.uri in self._starting
        if overlay is None or not overlay.has_ended or is_busy:
            return
        overlay.reopened(document.text)
        if overlay.stale:
            self._outdated[document.uri] = overlay
        else:
            self._overlays[document.uri] = overlay
            self._on_change(document.uri)
        if self._client.shows_runs:
            self._client.notify_run(run_state(document.uri, overlay, restored=True), "")

    async def last_trace(self, uri: str, settings: Settings) -> Path | None:
        """Return the trace of the last run of a file: the one that is shown, else the newest on disk."""
        overlay, path = self._overlays.get(uri), path_of(uri)
        if overlay is not None:
            return overlay.trace_path
        return await asyncio.to_thread(newest_trace, path, settings) if path is not None else None

    def forget(self, trace: Path) -> None:
        """Show the results of a trace no longer: it has been removed."""
        self._outdated = {uri: kept for uri, kept in self._outdated.items() if kept.trace_path != trace}
        for uri, overlay in [*self._overlays.items()]:
            if overlay.trace_path == trace and uri not in self._running:
                del self._overlays[uri]
                self._on_change(uri)

    async def _newest(self, document: OpenDocument, settings: Settings) -> Overlay | None:
        """Return the results of the newest trace of a document on disk, or None if there is none."""
        from duckflux.trace.readers import TraceError

        from .trace_overlay import overlay_of_trace

        path = document.path
        trace = await asyncio.to_thread(newest_trace, path, settings) if path is not None else None
        if trace is None:
            return None
        analysis = await document.analysis()
        try:
            return await asyncio.to_thread(overlay_of_trace, trace, path, analysis)
        except TraceError:
            return None

    async def start_from_trace(
        self, document: OpenDocument | None, option: str, settings: Settings, more: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Start a run that builds on the last one of a document, also of one before this session.

        `option` is the one of `duckflux run` that takes its trace.
        """
        overlay = self.overlay(document.uri) if document is not None else None
        if overlay is None and document is not None:
            overlay = await self._newest(document, settings)
        trace = overlay.trace_path if overlay is not None and overlay.has_ended else None
        message = ""
        if overlay is None or trace is None:
            message = "there is no run to continue from yet: run the workflow first"
        elif option == "--resume" and "--from" not in more and overlay.state == "success":
            message = "the last run succeeded, so nothing is left to resume: run from a step instead"
        if message:
            self._client.show_error(message)
            return {"executionId": None, "tracePath": None, "message": message}
        return await self.start(document, {}, settings, (option, str(trace), *more))

    async def _start(
        self,
        document: OpenDocument,
        arguments: dict[str, Any],
        settings: Settings,
        options: Sequence[str],
        ask_all: bool,
    ) -> Overlay:
        uri = document.uri
        analysis = await document.analysis()
        path = self._check(document, analysis)
        self._starting.add(uri)
        try:
            recorded = {"--resume", "--replay"} & set(options)
            await self._leave(uri)
            inputs = {} if recorded else await self._inputs(uri, path, analysis, settings, arguments, ask_all)
            traces = await asyncio.to_thread(_create_trace_folder, path, settings)
            mocks = await self.pins.mocks(path, analysis) if settings.trace.values else {}
            with (
                await asyncio.to_thread(as_file, analysis.document.text) as source,
                await asyncio.to_thread(as_file, json.dumps(mocks)) as pinned,
            ):
                files = RunFiles(source, pinned if mocks else None)
                process = await _spawn(path, files, inputs, traces, settings, options)
        finally:
            self._starting.discard(uri)
        if self._closing:
            await process.end()
            raise RunError("")
        overlay, before = Overlay(analysis, traces), self._overlays.get(uri)
        overlay.reopened(document.text)
        self._overlays[uri] = overlay
        self._running[uri] = process
        started = asyncio.Event()
        task = asyncio.create_task(self._follow(uri, process, overlay, started))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await started.wait()
        if overlay.execution_id is None:
            self._restore(uri, before, document.text)
            raise RunError(overlay.failure or "the run ended before it started")
        return overlay

    def _restore(self, uri: str, before: Overlay | None, text: str) -> None:
        """Show the results of the run before one that was refused."""
        self._overlays.pop(uri, None)
        if before is not None:
            before.reopened(text)
            self._overlays[uri] = before
        self._on_change(uri)

    def _check(self, document: OpenDocument, analysis: Analysis) -> Path:
        """Return the file to run. Raises RunError if it can't be run now."""
        if not self.trusted:
            raise RunError("this workspace is not trusted: workflows can't run here")
        if document.path is None:
            raise RunError("save the workflow first: steps run relative to its folder")
        is_running = isinstance(self._running.get(document.uri), RunProcess)
        if is_running or document.uri in self._starting:
            raise RunError(f"{document.path.name} is already running")
        if errors := analysis.errors:
            count = "an error" if len(errors) == 1 else f"{len(errors)} errors"
            line = analysis.document.lines.position(errors[0].start)[0] + 1
            raise RunError(f"{document.path.name} has {count}: line {line}: {errors[0].message}")
        return document.path

    async def _inputs(
        self,
        uri: str,
        path: Path,
        analysis: Analysis,
        settings: Settings,
        arguments: dict[str, Any],
        ask_all: bool,
    ) -> dict[str, Any]:
        known = await asyncio.to_thread(known_inputs, path, settings, arguments)
        before = self._overlays.get(uri)
        missing = missing_inputs(analysis.workflow, known)
        can_ask = self._client.can_ask_inputs
        wanted = list(analysis.workflow.inputs.values()) if ask_all and can_ask else missing
        if not wanted:
            return known
        if not can_ask:
            raise RunError(missing_message(path, missing))
        last = before.inputs if before is not None and settings.trace.values else {}
        questions = [question(declared, known, last) for declared in wanted]
        answers = await self._client.ask_inputs(uri, questions)
        if answers is None:
            raise RunError("")
        return known | answered(analysis.workflow, answers)

    async def _follow(
        self, uri: str, process: RunProcess | LiveRun, overlay: Overlay, started: asyncio.Event
    ) -> None:
        """Take in a run's events until it has ended, whatever happens."""
        progress: asyncio.Task[Progress] | None = None
        refresher: asyncio.Task[None] | None = None
        updates = RunUpdates(self._client, uri, overlay)
        try:
            async for event in process.events(output=updates.wanted):
                overlay.take(event)
                updates.take(event)
                if isinstance(event, ExecutionStarted):
                    started.set()
                    progress = asyncio.create_task(self._progress(event, process))
                    refresher = asyncio.create_task(
                        self._refresh_while_running(uri, overlay, progress, updates)
                    )
        finally:
            await process.end()
            overlay.ended(*await process.wait())
            self._running.pop(uri, None)
            if refresher is not None:
                refresher.cancel()
            started.set()
            self._on_change(uri)
            updates.send()
            if progress is not None:
                (await progress).end(overlay.summary)
            self._on_end()

    async def _progress(self, event: ExecutionStarted, process: RunProcess | LiveRun) -> Progress:
        return await self._client.progress(f"Running {Path(event.workflow_path).name}", process.cancel)

    async def _refresh_while_running(
        self, uri: str, overlay: Overlay, progress: asyncio.Task[Progress], updates: RunUpdates
    ) -> None:
        """Show changes, at most so often: a run may have thousands of events in a second.

        Without changes, the time goes on that steps have been running for.
        """
        self._on_change(uri)
        updates.send()
        bar = await asyncio.shield(progress)
        with_lenses = (overlay.waiting, overlay.printing)
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK_SECONDS):
                    await overlay.changed.wait()
            self._client.refresh_hints()
            if not overlay.changed.is_set():
                continue
            overlay.changed.clear()
            if (overlay.waiting, overlay.printing) != with_lenses:
                with_lenses = (overlay.waiting, overlay.printing)
                self._client.refresh_lenses()
            bar.report(overlay.current)
            updates.send()
            await asyncio.sleep(_REFRESH_SECONDS)


async def _spawn(
    path: Path,
    files: RunFiles,
    inputs: dict[str, Any],
    traces: Path,
    settings: Settings,
    options: Sequence[str],
) -> RunProcess:
    try:
        return await RunProcess.start(
            path,
            files,
            inputs,
            traces,
            values=settings.trace.values,
            output=settings.trace.output,
            options=(*_run_options(settings, files, options), *options),
        )
    except (OSError, NotImplementedError) as error:
        raise RunError(f"the run could not be started: {error}") from None


def _run_options(settings: Settings, files: RunFiles, options: Sequence[str]) -> tuple[str, ...]:
    """Return the options that settings give. A run that builds on another, or on pinned outputs, is not kept."""
    limit, durable = settings.run.max_parallel, settings.run.durable
    is_kept = durable and files.mocks is None and not options
    return (
        *(("--max-parallel", str(limit)) if limit is not None else ()),
        *(("--durable", durable) if durable and is_kept else ()),
    )


def as_file(text: str) -> BinaryIO:
    """Return a file without a name that has the text: what is seen is what runs, saved or not."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(text.encode("utf-8", "replace"))
    file.seek(0)
    return file


def _create_trace_folder(path: Path, settings: Settings) -> Path:
    """Create the folder for traces and return it."""
    folder = trace_folder(path, settings)
    try:
        make_folder(folder)
    except OSError as error:
        raise RunError(f"the trace folder {folder} can't be created: {error.strerror}") from None
    return folder
