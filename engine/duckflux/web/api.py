"""Answers the requests of the API: docs/server.md describes it, openapi.json for programs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from ..files import INPUTS_BYTES
from ..json_text import JsonError, parse_json
from ..language.analysis import load
from ..live.client import LiveRunError
from ..trace.export.page_data import page_data
from ..trace.folder import TraceFile, read_with_state
from ..trace.follow import Known, News, read_news
from ..trace.index import TraceFilter, TraceIndex
from ..trace.model import Step
from ..trace.output_log import read_pieces
from ..trace.readers import TraceError, read
from ..trace.view.compare import compare
from ..wait_answers import AnswerError, AnswerForm
from .records import (
    comparison_record,
    diagram_record,
    execution_record,
    lines_record,
    statistics_record,
    trace_record,
    workflow_filter,
    workflow_record,
)
from .runs import RunControl, RunError, answer_form
from .updates import TooManyReadersError, Updates
from .workflows import WorkflowFile, Workflows

if TYPE_CHECKING:
    from .mirror import Mirror

_OPENAPI = Path(__file__).parent / "openapi.json"
_DEFAULT_LIMIT, _MAX_LIMIT = 100, 1_000
_EXPORTS = {
    "html": "text/html",
    "markdown": "text/markdown",
    "chrome": "application/json",
    "otlp": "application/json",
}
_SUFFIXES = {"markdown": "md", "chrome": "chrome.json", "otlp": "otlp.json"}
# What is shown of a file that can't be read.
_NO_TEXT: dict[str, Any] = {"lines": [], "diagram": None, "executionId": None, "isSameText": None}

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


class ApiError(Exception):
    """A request can't be met; the problems are for people."""

    def __init__(self, status: int, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.status = status
        self.problems = problems


class Api:
    """The handlers of the API.

    `can_run` is false for a server that only shows; `durable` shows the runs of a store.
    """

    def __init__(
        self,
        workflows: Workflows,
        updates: Updates,
        runs: RunControl,
        *,
        can_run: bool,
        durable: Mirror | None = None,
    ) -> None:
        self._workflows = workflows
        self._updates = updates
        self._runs = runs
        self.can_run = can_run
        self._durable = durable

    def routes(self) -> list[Route]:
        """Return the routes."""
        reading = {
            "/api/workflows": self._list_workflows,
            "/api/workflows/{id:path}": self._show_workflow,
            "/api/executions": self._list_executions,
            "/api/executions/{id}": self._show_execution,
            "/api/executions/{id}/answer": self._show_answer_form,
            "/api/executions/{id}/compare": self._compare,
            "/api/executions/{id}/diagram": self._show_diagram,
            "/api/executions/{id}/download": self._download,
            "/api/statistics": self._show_statistics,
            "/api/durable": self._show_durable,
            "/api/events": self._stream_events,
            "/api/openapi.json": self._show_description,
        }
        changing = {
            "/api/execute": self._execute,
            "/api/executions/{id}/cancel": self._cancel,
            "/api/executions/{id}/answer": self._answer,
            "/api/executions/{id}/resume": self._resume,
        }
        return [
            *(Route(path, answered(handler)) for path, handler in reading.items()),
            *(
                Route(path, answered(self._if_allowed(handler)), methods=["POST"])
                for path, handler in changing.items()
            ),
            Route("/api/executions/{id}/news", answered(self._show_news), methods=["POST"]),
        ]

    @property
    def is_durable(self) -> bool:
        """Return whether runs of a store are shown."""
        return self._durable is not None

    @property
    def index(self) -> TraceIndex:
        """The index of the traces, as it was last refreshed."""
        return self._updates.index

    def file_of(self, path: str | None) -> str | None:
        """Return the path in the folder of a workflow that a trace names, None for one from elsewhere."""
        return self._workflows.file_of(path)

    def title_of(self, file: TraceFile) -> str:
        """Return what a run is called: the name of its workflow, or the best there is."""
        return str(execution_record(file, self._workflows)["workflowName"])

    async def trace_file(self, id_: str) -> TraceFile:
        """Return the trace of the run with an id, without its values. Raises ApiError, TraceError."""
        index = await self._updates.refreshed()
        found = await asyncio.to_thread(index.get, id_)
        if found is None:
            raise ApiError(404, f"there is no run with the id {id_}")
        return found

    async def workflow(self, name: str) -> WorkflowFile:
        """Return the workflow with an id or path. Raises ApiError."""
        found = await asyncio.to_thread(self._workflows.find, name)
        if found is None:
            raise ApiError(404, f"there is no workflow {name} in the folder of this server")
        return found

    def _if_allowed(self, handler: Handler) -> Handler:
        if self.can_run:
            return handler

        async def refuse(request: Request) -> Response:
            raise ApiError(403, "this server only shows workflows and runs: it was started with --no-run")

        return refuse

    async def _list_workflows(self, request: Request) -> Response:
        index = await self._updates.refreshed()

        def records() -> list[dict[str, Any]]:
            return [workflow_record(workflow, index, self._workflows) for workflow in self._workflows.all()]

        return json_response(await asyncio.to_thread(records))

    async def _show_workflow(self, request: Request) -> Response:
        workflow = await self.workflow(request.path_params["id"])
        index = await self._updates.refreshed()
        shown = request.query_params.get("executionId")

        def record() -> dict[str, Any]:
            found = workflow_record(workflow, index, self._workflows)
            run = shown or next((run["id"] for run in found["lastRuns"]), None)
            file = index.get(run) if run else None
            trace = read(file.path) if file is not None else None
            analysis = load(workflow.path)
            more = {
                "lines": lines_record(analysis, trace),
                "diagram": diagram_record(analysis, workflow.path.name, trace),
                "executionId": run,
                "isSameText": None,
            }
            if trace is not None and trace.execution.workflow_hash is not None:
                more["isSameText"] = trace.execution.workflow_hash == analysis.document.digest
            return found | more

        try:
            return json_response(await asyncio.to_thread(record))
        except (OSError, UnicodeDecodeError):
            return json_response(workflow_record(workflow, index, self._workflows) | _NO_TEXT)

    async def _list_executions(self, request: Request) -> Response:
        wanted = await self._filter(request)
        limit = min(_number(request, "limit", _DEFAULT_LIMIT), _MAX_LIMIT)
        index = await self._updates.refreshed()
        found, total = await asyncio.to_thread(index.find, wanted, limit, _number(request, "offset", 0))
        records = [execution_record(trace, self._workflows) for trace in found]
        return json_response(records, headers={"X-Total-Count": str(total)})

    async def _show_statistics(self, request: Request) -> Response:
        index = await self._updates.refreshed()
        wanted = await self._filter(request)
        return json_response(statistics_record(await asyncio.to_thread(index.statistics, wanted)))

    async def _filter(self, request: Request) -> TraceFilter:
        """Return the filter that a request asks for. Raises ApiError."""
        query = request.query_params
        name = query.get("workflowId")
        wanted = TraceFilter()
        if name:
            workflow = await asyncio.to_thread(self._workflows.find, name)
            # One that is no more may still have runs.
            gone = str(self._workflows.folder / name)
            wanted = (
                workflow_filter(workflow)
                if workflow
                else TraceFilter(workflow=(gone, name), workflow_id=name)
            )
        return wanted._replace(
            statuses=tuple(filter(None, query.get("status", "").split(","))),
            since=query.get("since", ""),
            until=query.get("until", ""),
            text=query.get("text", ""),
        )

    async def _show_execution(self, request: Request) -> Response:
        file = await self.trace_file(request.path_params["id"])
        trace, state = await asyncio.to_thread(read_with_state, file.path)
        return json_response(
            trace_record(trace, TraceFile(file.path, trace.execution, state), self._workflows)
        )

    async def _show_news(self, request: Request) -> Response:
        file = await self.trace_file(request.path_params["id"])
        body = await _body(request)
        try:
            known = msgspec.convert(body, Known)
        except msgspec.ValidationError as error:
            raise ApiError(400, f"what is known of the run is not such a record: {error}") from None
        return json_response(page_data(await asyncio.to_thread(read_news, file.path, known)))

    async def _compare(self, request: Request) -> Response:
        after = await self.trace_file(request.path_params["id"])
        before = await self.trace_file(request.query_params.get("with", ""))

        def rows() -> list[dict[str, Any]]:
            return [comparison_record(row) for row in compare(read(before.path), read(after.path))]

        record = {
            "before": execution_record(before, self._workflows),
            "after": execution_record(after, self._workflows),
            "steps": await asyncio.to_thread(rows),
        }
        return json_response(record)

    async def _show_diagram(self, request: Request) -> Response:
        file = await self.trace_file(request.path_params["id"])
        workflow = await self._workflow_of(file)

        def record() -> dict[str, Any] | None:
            return diagram_record(load(workflow.path), workflow.path.name, read(file.path))

        return json_response(await asyncio.to_thread(record))

    async def _download(self, request: Request) -> Response:
        file = await self.trace_file(request.path_params["id"])
        form = request.query_params.get("format", "trace")
        if form == "trace":
            return FileResponse(file.path, filename=file.path.name, media_type="application/octet-stream")
        if form not in _EXPORTS:
            raise ApiError(400, f"the format is one of trace, {', '.join(_EXPORTS)}")

        def export() -> bytes:
            trace, state = read_with_state(file.path)
            module = import_module(f"duckflux.trace.export.{form}")
            more = {"printed": read_pieces(file.path)} if form == "html" else {}
            content: bytes = module.export(trace, state, **more)
            return content

        content = await asyncio.to_thread(export)
        name = quote(f"{file.path.stem}.{_SUFFIXES.get(form, form)}")
        disposition = {"Content-Disposition": f"attachment; filename*=utf-8''{name}"}
        return Response(content, media_type=_EXPORTS[form], headers=disposition)

    async def _execute(self, request: Request) -> Response:
        body = await _body(request)
        name = body.get("filePath") or body.get("workflowId")
        if not isinstance(name, str):
            raise ApiError(400, "`filePath` must be the path of a workflow in the folder of this server")
        workflow = await self.workflow(name)
        return await self._started(self._runs.start(workflow.path, _map(body, "inputs")))

    async def _resume(self, request: Request) -> Response:
        file = await self.trace_file(request.path_params["id"])
        workflow = await self._workflow_of(file)
        body = await _body(request)
        step = ""
        if "from" in body:
            step = await asyncio.to_thread(_selector, file.path, body["from"])
        return await self._started(
            self._runs.start(workflow.path, _map(body, "inputs"), resume=file.path, step=step)
        )

    async def _started(self, starting: Awaitable[str]) -> Response:
        try:
            id_ = await starting
        except RunError as error:
            raise ApiError(400, *error.problems) from None
        await self._updates.refreshed()
        return json_response({"executionId": id_, "id": id_, "status": "running"}, 202)

    async def _workflow_of(self, file: TraceFile) -> WorkflowFile:
        """Return the workflow of a run, which must be one of the folder. Raises ApiError."""
        path = self._workflows.file_of(file.execution.workflow_path)
        if path is None:
            raise ApiError(409, "the workflow of this run is not in the folder of this server")
        return await self.workflow(path)

    async def _cancel(self, request: Request) -> Response:
        file = await self.trace_file(request.path_params["id"])
        if file.state != "running":
            raise ApiError(409, "this run has ended")
        await self._runs.cancel(file.execution.id)
        return json_response({"id": file.execution.id}, 202)

    async def _show_answer_form(self, request: Request) -> Response:
        step, form = await self._waiting(request, request.query_params.get("step", ""))
        properties = {
            name: field.schema | {"x-required": field.required} for name, field in form.fields.items()
        }
        whole = form.schema or {"type": "json"}
        return json_response(
            {"event": step.awaits, "match": form.match, "fields": properties, "whole": whole}
        )

    async def _answer(self, request: Request) -> Response:
        body = await _body(request)
        step, form = await self._waiting(request, str(body.get("step", "")))
        payload = body["payload"] if "payload" in body else form.payload(_map(body, "fields"))
        id_ = request.path_params["id"]
        await self._runs.answer(id_, step.awaits or "", payload, form.match)
        return json_response({"id": id_, "event": step.awaits})

    async def _waiting(self, request: Request, seq: str) -> tuple[Step, AnswerForm]:
        """Return the step that waits for an event, the first one if none is named, and the form for it."""
        file = await self.trace_file(request.path_params["id"])
        trace = await asyncio.to_thread(read, file.path)
        waiting = [step for step in trace.steps if step.status == "running" and step.awaits]
        found = next((step for step in waiting if seq in ("", str(step.seq))), None)
        if found is None:
            raise ApiError(409, "this step does not wait for an event any more")
        called = found.workflow or file.execution.workflow_path
        workflow = self._workflows.file_of(called)
        if workflow is None:
            raise ApiError(
                409, "the workflow that waits is not in the folder of this server: use `duckflux emit`"
            )
        path = (await self.workflow(workflow)).path
        return found, await asyncio.to_thread(answer_form, path, found.path)

    async def _stream_events(self, request: Request) -> Response:
        try:
            stream = self._updates.stream()
        except TooManyReadersError:
            raise ApiError(503, "too many pages follow this server") from None
        return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    async def _show_durable(self, request: Request) -> Response:
        return json_response(self._durable.status._asdict() if self._durable is not None else None)

    async def _show_description(self, request: Request) -> Response:
        return FileResponse(_OPENAPI, media_type="application/json")


def answered(handler: Handler) -> Handler:
    """Return a handler that answers with an error for people where the other one raises one."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except ApiError as error:
            return _problem(error.status, error.problems)
        except (LiveRunError, AnswerError) as error:
            return _problem(409, [str(error)])
        except TraceError as error:
            return _problem(500, [str(error)])

    return answer


def news_of(path: Path) -> News:
    """Return all that is known of a run. Raises TraceError."""
    return read_news(path, Known())


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a response in JSON."""
    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")


def _problem(status: int, problems: Any) -> Response:
    return json_response({"error": "\n".join(problems), "problems": problems}, status)


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ApiError(400, f"`{name}` must be a number from 0")
    return int(text) if text else default


async def _body(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request. Raises ApiError."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise ApiError(415, "the body must be JSON: say `Content-Type: application/json`")
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > INPUTS_BYTES:
            raise ApiError(413, f"the body is larger than {INPUTS_BYTES // 1024 // 1024} MiB")
    try:
        body = parse_json(content)
    except JsonError as error:
        raise ApiError(400, f"the body is not JSON: {error.line}:{error.column}: {error.reason}") from None
    if not isinstance(body, dict):
        raise ApiError(400, "the body must be a JSON object")
    return body


def _map(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = {} if body.get(name) is None else body[name]
    if not isinstance(value, dict):
        raise ApiError(400, f"`{name}` must be an object with a value for each name")
    return value


def _selector(path: Path, seq: object) -> str:
    """Return how `--from` names a step of a run. Raises ApiError."""
    step = next((step for step in read(path).steps if step.seq == seq), None)
    if step is None or step.path is None or step.workflow is not None:
        raise ApiError(400, "the run can go on from a step of its own workflow only, given by its number")
    iterations = ".".join(map(str, step.iterations))
    return f"{step.path}@{iterations}" if iterations else step.path
