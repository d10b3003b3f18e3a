"""Keeps durable runs with DBOS Transact, in SQLite or Postgres (docs/durable.md#how-it-works).

A run is a DBOS workflow with one step, which appends what it has done to the stream `journal`; a job of another
worker's run is a workflow too. Only the documented interface of DBOS is used.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import os
import socket
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from dbos import (
    DBOS,
    DBOSClient,
    DBOSPortableJSONSerializer,
    EnqueueOptions,
    SetWorkflowAttributes,
    SetWorkflowID,
)
from dbos import error as dbos_error
from msgspec.structs import replace
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from .liveness import FileLiveness, Liveness, PostgresLiveness
from .output_table import OutputTable
from .records import FORMAT, RunRequest, RunResult
from .store import Handlers, RunInfo, RunState, Schedule, StoreError, WorkerOptions

if TYPE_CHECKING:
    from dbos import ClientScheduleInput, WorkflowHandleAsync

_P = ParamSpec("_P")
_T = TypeVar("_T")

_APPLICATION = "duckflux"
_RUNS, _JOBS, _SCHEDULED = "duckflux-runs", "duckflux-jobs", "duckflux-scheduled"
# Of each workflow, runs on this queue take turns.
_EXCLUSIVE_RUNS = "duckflux-exclusive-runs"
_JOURNAL, _EVENTS = "journal", "events"
# A held run waits most of the time, so a worker has more of them than jobs.
_RUNS_PER_SLOT = 4
# How often work is looked for, and results of jobs; each look is two queries.
_RUN_POLL_SECONDS = 0.4
_JOB_POLL_SECONDS = 0.25
_EXCLUSIVE_POLL_SECONDS = 2.0
_RESULT_POLL_SECONDS = 0.1
# What jobs write is looked for at every so many looks for their results.
_LOOKS_PER_OUTPUT = 5
_SCHEDULE_POLL_SECONDS = 5.0
_FOLLOW_SECONDS = 0.05
_CHECK_SECONDS = 0.8
_MAX_RECOVERIES = 1_000_000
_POOL_SIZE = 4
_STATES: dict[str, RunState] = {
    "ENQUEUED": "waiting",
    "DELAYED": "waiting",
    "PENDING": "running",
    "SUCCESS": "success",
    "ERROR": "failure",
    "CANCELLED": "cancelled",
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "failure",
}
_OPEN = ["ENQUEUED", "DELAYED", "PENDING"]


class Location:
    """The place of a store: `sqlite:PATH` or a URL of Postgres. Raises StoreError for anything else."""

    def __init__(self, text: str) -> None:
        self.is_postgres = text.startswith(("postgresql://", "postgres://"))
        self.path: str | None = None
        if self.is_postgres:
            rest = text.partition("://")[2]
            self.url = f"postgresql://{rest}"
            # For messages: without user and password, which options may give too.
            self.name = _server_and_database(rest)
        elif text.startswith("sqlite:"):
            self.path = self.name = _sqlite_path(text.removeprefix("sqlite:"))
            self.url = URL.create("sqlite", database=self.path).render_as_string()
        else:
            raise StoreError("use sqlite:PATH or postgresql://USER@HOST/DATABASE")

    def problem(self, error: Exception) -> str:
        """Return that the store cannot be used, and why, for users."""
        return f"{self.name} can't be used: {reason_of(error)}"

    def liveness(self) -> Liveness:
        """Return the locks of workers."""
        return PostgresLiveness(self.url) if self.path is None else FileLiveness(self.path)


def _sqlite_path(path: str) -> str:
    if not path:
        raise StoreError("sqlite: needs the path of a file, as in sqlite:runs.db")
    return os.path.abspath(path)


def _server_and_database(address: str) -> str:
    """Return where a database is, given an address without its scheme. No message quotes the address."""
    server, _, database = address.partition("/")
    database = database.partition("?")[0]
    user, _, host = server.rpartition("@")
    is_readable = "@" not in user + database and not {*"?#"} & {*server}
    try:
        make_url(f"postgresql://{address}")
    except (ArgumentError, ValueError):
        is_readable = False
    if not is_readable:
        raise StoreError(
            "the address of Postgres can't be read: write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, "
            "and in a password %40 for `@`, %2F for `/`, %3F for `?` and %23 for `#`"
        )
    if not database:
        raise StoreError("the address of Postgres names no database: write postgresql://USER@HOST/DATABASE")
    return f"{host}/{database}" if host else database


def reason_of(error: Exception) -> str:
    """Return why a store cannot be used, in one line."""
    # What SQLAlchemy and psycopg say has the statement and a link in further lines.
    original = getattr(error, "orig", None) or error
    if isinstance(original, OSError) and original.strerror:
        return original.strerror
    return str(original).strip().partition("\n")[0].removeprefix("DBOS Error: ") or type(original).__name__


def executor_name() -> str:
    """Return the name of a worker in this process, which no other has."""
    return f"{socket.gethostname()}-{os.getpid()}-{os.urandom(3).hex()}"


def _store_errors(
    function: Callable[Concatenate[DbosClient, _P], _T],
) -> Callable[Concatenate[DbosClient, _P], _T]:
    """Return a method of DbosClient that raises StoreError."""

    @functools.wraps(function)
    def call(client: DbosClient, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return function(client, *args, **kwargs)
        except (SQLAlchemyError, dbos_error.DBOSException, OSError) as error:
            raise StoreError(client.location.problem(error)) from None

    return call


class DbosClient:
    """Asks for runs and finds out about them; creates the tables of a store that has none.

    Who follows a run looks for news every `follow_seconds`.
    """

    def __init__(self, location: Location, follow_seconds: float = _FOLLOW_SECONDS) -> None:
        self.location = location
        self._follow_seconds = follow_seconds
        self._client = self._connected()
        self._liveness: Liveness | None = None

    @_store_errors
    def submit(self, request: RunRequest) -> bool:
        """Ask for a run, and return whether it is new."""
        is_new = self.find(request.id) is None
        self._client.enqueue(_options(request), request.encode())
        return is_new

    @_store_errors
    def schedule(self, schedule: Schedule, request: RunRequest) -> None:
        """Have a run asked for whenever a schedule says; one of its name is replaced."""
        about: ClientScheduleInput = {
            "schedule_name": schedule.name,
            "workflow_name": _SCHEDULED,
            "schedule": schedule.cron,
            "context": request.encode(),
            "cron_timezone": schedule.timezone,
        }
        try:
            self._client.apply_schedules([about])
        except dbos_error.DBOSException as error:
            raise StoreError(reason_of(error)) from None

    @_store_errors
    def schedules(self) -> list[Schedule]:
        """Return all schedules."""
        return [
            Schedule(
                found["schedule_name"],
                found["schedule"],
                found.get("cron_timezone"),
                _workflow_of(RunRequest.decode(str(found["context"]))),
                found.get("last_fired_at"),
            )
            for found in self._client.list_schedules()
        ]

    @_store_errors
    def unschedule(self, name: str) -> bool:
        """Delete a schedule, and return whether there was one."""
        found = any(schedule.name == name for schedule in self.schedules())
        if found:
            self._client.delete_schedule(name)
        return found

    @_store_errors
    def find(self, id_: str) -> RunInfo | None:
        """Return a run."""
        found = self._infos(self._client.list_workflows(workflow_ids=[id_], load_input=False))
        return found[0] if found else None

    @_store_errors
    def request(self, id_: str) -> RunRequest | None:
        """Return what was asked for with a run."""
        found = self._client.list_workflows(workflow_ids=[id_], load_output=False)
        if not found or found[0].input is None:
            return None
        return RunRequest.decode(found[0].input["args"][0])

    @_store_errors
    def runs(self, states: Sequence[RunState] = (), limit: int = 100) -> list[RunInfo]:
        """Return runs, the newest first."""
        wanted = [status for status, state in _STATES.items() if state in states]
        if "failure" in states:
            wanted.append("SUCCESS")
        if "interrupted" in states:
            wanted.append("PENDING")
        found = self._client.list_workflows(
            name=_RUNS, status=wanted or None, limit=limit, sort_desc=True, load_input=False
        )
        return [info for info in self._infos(found) if not states or info.state in states]

    @_store_errors
    def cancel(self, id_: str) -> None:
        """Have a run end."""
        self._client.cancel_workflow(id_)
        if jobs := self._jobs(id_, _OPEN):
            self._client.cancel_workflows(jobs)

    @_store_errors
    def delete(self, ids: Sequence[str]) -> None:
        """Delete runs and their jobs, with what these wrote."""
        output = OutputTable(self.location.url) if self.location.is_postgres else None
        try:
            for id_ in ids:
                jobs = self._jobs(id_, None)
                if jobs and output is not None:
                    output.delete(jobs)
                self._client.delete_workflows([id_, *jobs])
        finally:
            if output is not None:
                output.close()

    def events(self, id_: str) -> Iterator[str]:
        """Yield what a run publishes."""
        try:
            yield from self._client.read_stream(id_, _EVENTS, polling_interval_sec=self._follow_seconds)
        except (SQLAlchemyError, dbos_error.DBOSException) as error:
            raise StoreError(self.location.problem(error)) from None

    def journal(self, id_: str) -> list[str]:
        """Return all that is kept of what a run did that has ended."""
        texts = self._client.read_stream(id_, _JOURNAL)
        return [text for text in texts if not text.startswith("#")]

    @_store_errors
    def workers(self) -> int:
        """Return how many workers live."""
        return self._locks().count()

    def close(self) -> None:
        """Disconnect."""
        self._client.destroy()
        if self._liveness is not None:
            self._liveness.close()

    def _infos(self, found: Sequence[Any]) -> list[RunInfo]:
        infos = [_info(status) for status in found]
        holders = {info.holder for info in infos if info.state == "running" and info.holder is not None}
        alive = self._locks().held(holders) if holders else set()
        return [
            info._replace(state="interrupted")
            if info.state == "running" and info.holder not in alive
            else info
            for info in infos
        ]

    def _locks(self) -> Liveness:
        self._liveness = self._liveness or self.location.liveness()
        return self._liveness

    def _jobs(self, id_: str, status: list[str] | None) -> list[str]:
        found = self._client.list_workflows(
            workflow_id_prefix=f"{id_}/", status=status, load_input=False, load_output=False
        )
        return [status.workflow_id for status in found]

    def _connected(self) -> DBOSClient:
        _quiet()
        try:
            migrate(self.location)
            client = DBOSClient(
                system_database_url=self.location.url,
                serializer=DBOSPortableJSONSerializer(),
                system_database_pool_size=_POOL_SIZE,
                application_name=_APPLICATION,
                retry_connection_errors=False,
            )
        except (SQLAlchemyError, dbos_error.DBOSException, OSError) as error:
            raise StoreError(self.location.problem(error)) from None
        return client


def migrate(location: Location) -> None:
    """Create the tables of a store, or bring them up to date. A database of SQLite is for its owner alone."""
    if location.path is not None:
        os.makedirs(os.path.dirname(location.path), exist_ok=True)
        os.close(os.open(location.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    DBOS.migrate(location.url)


def _workflow_of(request: RunRequest) -> str:
    return request.workflow_name or request.workflow_id or request.file


def _options(request: RunRequest) -> EnqueueOptions:
    """Return how a run is queued."""
    options: EnqueueOptions = {
        "workflow_name": _RUNS,
        "queue_name": _queue(_EXCLUSIVE_RUNS if request.is_exclusive else _RUNS, request.label),
        "workflow_id": request.id,
        "app_version": FORMAT,
        "attributes": {"workflow": _workflow_of(request)},
    }
    if request.is_exclusive:
        options["queue_partition_key"] = request.file
    return options


def _queue(kind: str, label: str | None) -> str:
    return kind if label is None else f"{kind}:{label}"


def _waits_for_a_worker(queue: str | None) -> bool:
    """Return whether runs of a queue begin later than they are asked for.

    One of SQLite does not: it is in no queue, and in one of DBOS's own while another program takes it over.
    """
    return queue is not None and queue.partition(":")[0] in (_RUNS, _EXCLUSIVE_RUNS)


def _info(status: Any) -> RunInfo:
    state: RunState = _STATES.get(status.status, "failure")
    result = status.output if isinstance(status.output, str) else None
    if result is not None and state == "success" and RunResult.decode(result).failures:
        state = "failure"
    return RunInfo(
        id=status.workflow_id,
        state=state,
        workflow=(status.attributes or {}).get("workflow", ""),
        created=status.created_at or 0,
        started=status.dequeued_at if _waits_for_a_worker(status.queue_name) else status.created_at,
        finished=status.completed_at,
        holder=status.executor_id,
        result=result,
    )


def _quiet() -> None:
    """Have DBOS say only what is an error."""
    import logging

    logging.getLogger("dbos").setLevel(logging.CRITICAL)


class _Kept:
    """Keeps what the run does whose step makes it: writes of that step fail once another has the run."""

    def __init__(self, id_: str) -> None:
        self._id = id_
        self._context = contextvars.copy_context()

    async def read(self) -> list[str]:
        # All that comes before a mark of our own was written by those who had the run before.
        mark = f"#{os.urandom(8).hex()}"
        await self.append(mark)
        found = []
        async for text in DBOS.read_stream_async(self._id, _JOURNAL):
            if text == mark:
                break
            if not text.startswith("#"):
                found.append(text)
        return found

    async def append(self, text: str) -> None:
        await DBOS.write_stream_async(_JOURNAL, text)

    def publish(self, text: str) -> None:
        # Who follows a run that was cancelled, or that another program has now, need not get this from here.
        with contextlib.suppress(
            dbos_error.DBOSWorkflowConflictIDError, dbos_error.DBOSWorkflowCancelledError
        ):
            self._context.run(DBOS.write_stream, _EVENTS, text)


class _Jobs:
    """Has jobs performed by the workers of a store, and asks for all results with one query, for output too."""

    def __init__(self, client: DBOSClient, output: OutputTable | None) -> None:
        self._client = client
        self._output = output
        self._awaited: dict[str, asyncio.Future[str]] = {}
        # Who is told what a job writes, and the last text that was.
        self._told: dict[str, Callable[[str], None]] = {}
        self._seen: dict[str, int] = {}
        self._asking: asyncio.Task[None] | None = None
        self.is_closing = False

    async def result(
        self, key: str, request: str, label: str | None, tell: Callable[[str], None] | None = None
    ) -> str:
        options: EnqueueOptions = {
            "workflow_name": _JOBS,
            "queue_name": _queue(_JOBS, label),
            "workflow_id": key,
            "app_version": FORMAT,
        }
        await asyncio.to_thread(lambda: self._client.enqueue(options, request))
        future = self._awaited[key] = asyncio.get_running_loop().create_future()
        if tell is not None:
            self._told[key], self._seen[key] = tell, 0
        if self._asking is None:
            # In a context of its own: it outlives the step that began it.
            self._asking = contextvars.Context().run(asyncio.create_task, self._ask())
        try:
            result: str = await future
            return result
        except asyncio.CancelledError:
            if not self.is_closing:
                await asyncio.shield(asyncio.to_thread(self._client.cancel_workflow, key))
            raise
        finally:
            self._awaited.pop(key, None)
            self._told.pop(key, None)
            self._seen.pop(key, None)

    async def _ask(self) -> None:
        looks = 0
        while self._awaited:
            await asyncio.sleep(_RESULT_POLL_SECONDS)
            looks += 1
            if looks % _LOOKS_PER_OUTPUT == 0:
                await self._tell_output([*self._told])
            with contextlib.suppress(SQLAlchemyError, dbos_error.DBOSException):
                await self._take(await asyncio.to_thread(self._ended, [*self._awaited]))
        self._asking = None

    async def _tell_output(self, keys: list[str]) -> None:
        """Tell those who wait for jobs what these have written since the last time."""
        seen = {key: self._seen[key] for key in keys if key in self._seen}
        if not seen or self._output is None:
            return
        with contextlib.suppress(OSError):
            while found := await self._output.read(seen):
                for text in found:
                    seen[text.job] = text.id
                    if (tell := self._told.get(text.job)) is not None:
                        tell(text.text)
                        self._seen[text.job] = text.id

    def _ended(self, keys: list[str]) -> list[Any]:
        return self._client.list_workflows(
            workflow_ids=keys,
            status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            load_input=False,
        )

    async def _take(self, found: list[Any]) -> None:
        # Their results have only what comes after what was sent.
        await self._tell_output([status.workflow_id for status in found])
        for status in found:
            future = self._awaited.get(status.workflow_id)
            if future is None or future.done():
                continue
            if status.status == "SUCCESS":
                future.set_result(status.output)
            elif status.status == "CANCELLED":
                # Another program that had the run was ended: the job is needed all the same.
                await asyncio.to_thread(
                    self._client.resume_workflow, status.workflow_id, queue_name=status.queue_name
                )
            else:
                future.set_exception(StoreError(f"a job of the run failed: {status.error}"))


class DbosWorker:
    """Takes runs and jobs of a store and has `handlers` do them, in the event loop that starts it.

    `name` is that of the executor. Only one can live in a process.
    """

    def __init__(self, location: Location, handlers: Handlers, name: str) -> None:
        self.location = location
        self.name = name
        self._handlers = handlers
        self._liveness = location.liveness()
        self._watching: asyncio.Task[None] | None = None
        self._jobs: _Jobs | None = None
        self._client: DBOSClient | None = None
        # With SQLite, no job travels.
        self._output = OutputTable(location.url) if location.is_postgres else None
        self._run = self._registered()

    async def start(self, options: WorkerOptions | None) -> None:
        """Begin to take work, none from queues without options.

        Raises StoreError, and BlockingIOError if another process has this name.
        """
        try:
            migrate(self.location)
            await asyncio.to_thread(self._liveness.hold, self.name)
            queues = _queues(options) if options is not None else {}
            DBOS.listen_queues([*queues])
            # In the event loop's own thread, so that work is done in this loop.
            DBOS.launch()
            for queue, settings in queues.items():
                await DBOS.register_queue_async(queue, on_conflict="always_update", **settings)
            self._client = DBOSClient(
                system_database_url=self.location.url,
                serializer=DBOSPortableJSONSerializer(),
                system_database_pool_size=2,
                application_name=_APPLICATION,
            )
        except BlockingIOError:
            raise
        except (SQLAlchemyError, dbos_error.DBOSException, OSError) as error:
            raise StoreError(self.location.problem(error)) from None
        self._jobs = _Jobs(self._client, self._output)
        if options is not None:
            self._watching = asyncio.create_task(self._watch())

    async def run_here(self, request: RunRequest) -> str:
        """Execute a run, or go on with it, and return its result. Raises CancelledError if it was cancelled."""
        about = {"workflow": _workflow_of(request)}
        with SetWorkflowID(request.id), SetWorkflowAttributes(about):
            handle: WorkflowHandleAsync[str] = await DBOS.start_workflow_async(self._run, request.encode())
        try:
            return await handle.get_result()
        except (dbos_error.DBOSAwaitedWorkflowCancelledError, dbos_error.DBOSWorkflowCancelledError):
            raise asyncio.CancelledError from None

    async def stop(self) -> None:
        """Take no more work, and leave what is under way to others: the process is about to end."""
        if self._jobs is not None:
            self._jobs.is_closing = True
        if self._watching is not None:
            self._watching.cancel()

    def close(self) -> None:
        """Disconnect, and let others take what this worker had."""
        DBOS.destroy(workflow_completion_timeout_sec=0)
        if self._client is not None:
            self._client.destroy()
        if self._output is not None:
            self._output.close()
        self._liveness.close()

    def _registered(self) -> Callable[[str], Coroutine[Any, Any, str]]:
        """Register what DBOS calls, and return the workflow that is a run."""
        _quiet()
        DBOS(
            config={
                "name": _APPLICATION,
                "system_database_url": self.location.url,
                "application_version": FORMAT,
                "executor_id": self.name,
                "serializer": DBOSPortableJSONSerializer(),
                "sys_db_pool_size": _POOL_SIZE,
                "log_level": "CRITICAL",
                "console_log_level": "CRITICAL",
                # A fifth of a step's time here and in Postgres: who follows a run polls all the same.
                "use_listen_notify": False,
                "notification_listener_polling_interval_sec": _RUN_POLL_SECONDS,
                "scheduler_polling_interval_sec": _SCHEDULE_POLL_SECONDS,
            }
        )

        @DBOS.step(name="execute", preemptible=True)
        async def execute(id_: str, request: str) -> str:
            if self._jobs is None:
                raise StoreError("the worker has not started")
            return await self._handlers.run(request, _Kept(id_), self._jobs)

        @DBOS.step(name="perform", preemptible=True)
        async def perform(job: str, request: str) -> str:
            if self._output is None:
                raise StoreError("jobs need Postgres")
            return await self._handlers.perform(request, functools.partial(self._output.add, job))

        @DBOS.workflow(name=_RUNS, max_recovery_attempts=_MAX_RECOVERIES)
        async def run(request: str) -> str:
            return await execute(DBOS.workflow_id or "", request)

        @DBOS.workflow(name=_JOBS, max_recovery_attempts=_MAX_RECOVERIES)
        async def job(request: str) -> str:
            return await perform(DBOS.workflow_id or "", request)

        @DBOS.step(name="submit")
        async def submit(request: str, id_: str) -> None:
            about = replace(RunRequest.decode(request), id=id_)
            if self._client is not None:
                await self._client.enqueue_async(_options(about), about.encode())

        @DBOS.workflow(name=_SCHEDULED, max_recovery_attempts=_MAX_RECOVERIES)
        async def scheduled(at: datetime, request: str) -> None:
            name = RunRequest.decode(request).id
            await submit(request, f"{name}-{at:%Y%m%dT%H%M%S}")

        return run

    async def _watch(self) -> None:
        """Have the work of dead workers done by others."""
        suspects: set[str] = set()
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            with contextlib.suppress(SQLAlchemyError, dbos_error.DBOSException, OSError):
                suspects = await asyncio.to_thread(self._check, suspects)

    def _check(self, suspects: set[str]) -> set[str]:
        """Return the workers that seem dead. Those that did before too are, and what they had is given away.

        Once is not enough: after a restart of Postgres all locks are free for a moment.
        """
        self._liveness.hold(self.name)
        if self._client is None:
            return suspects
        pending = self._client.list_workflows(
            status="PENDING", app_version=FORMAT, load_input=False, load_output=False
        )
        held: dict[str, list[Any]] = {}
        for status in pending:
            if status.executor_id not in (None, self.name):
                held.setdefault(str(status.executor_id), []).append(status)
        found = set()
        for holder, work in held.items():
            with self._liveness.taking(holder) as is_free:
                if not is_free:
                    continue
                found.add(holder)
                if holder in suspects:
                    for status in work:
                        self._client.resume_workflow(status.workflow_id, queue_name=status.queue_name)
        return found


def _queues(options: WorkerOptions) -> dict[str, dict[str, Any]]:
    """Return the queues that a worker takes work from, and how."""
    slots, found = options.slots, {}
    for label in (None, *options.labels):
        found[_queue(_RUNS, label)] = {
            "worker_concurrency": slots * _RUNS_PER_SLOT,
            "polling_interval_sec": _RUN_POLL_SECONDS,
        }
        found[_queue(_EXCLUSIVE_RUNS, label)] = {
            "worker_concurrency": slots * _RUNS_PER_SLOT,
            "partition_concurrency": 1,
            "polling_interval_sec": _EXCLUSIVE_POLL_SECONDS,
        }
        found[_queue(_JOBS, label)] = {"worker_concurrency": slots, "polling_interval_sec": _JOB_POLL_SECONDS}
    return found
