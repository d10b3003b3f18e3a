"""Runs `type: http`: a request with httpx2, which the MCP SDK uses too (docs/language.md#input-of-each-type)."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple

import httpx2

from duckflux.cel.json_values import to_json
from duckflux.language.syntax import Mapping as MapNode
from duckflux.language.syntax import Scalar

from ..engine.chain import ABSENT
from ..engine.evaluate import map_texts, text_or_expression
from ..errors import quoting
from ..values import encode_json, output_or_text
from .job import KEY_HEADER, Done, Host, Job, Problem, StepOutput
from .participant_call import Outcome, ParticipantCall
from .performable import Performable

MAX_RESPONSE = 50 * 1024 * 1024
_METHODS_WITH_BODY = ("POST", "PUT", "PATCH")
_MAX_QUOTED_BODY = 2_000
# All that another host gets of the headers of a request that is redirected to it: others may carry keys.
_HARMLESS_HEADERS = frozenset(("host", "user-agent", "connection", "transfer-encoding"))
_HARMLESS_PREFIXES = ("accept", "content-")
_ORIGIN = "duckflux.origin"


class _Body(NamedTuple):
    content: bytes
    type: str


class RequestJob(Job, frozen=True):
    """Asks for a request."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None = None


class RequestDone(Done, frozen=True):
    """Holds the body of a response with a status of 2xx, as UTF-8."""

    body: bytes = b""


def prepare(call: ParticipantCall) -> RequestJob:
    """Return the request to be sent. Raises StepError for a URL that is not text."""
    method = call.settings.text("method") or "GET"
    url, headers = _url(call), _headers(call)
    secrets = call.thread.frame.run.secrets
    secrets.learn_address(url)
    secrets.learn_headers(headers)
    body = _body(call, method)
    added = dict(_span_headers(call))
    if (key := call.key) is not None:
        added[KEY_HEADER] = key
    if body is not None:
        added["Content-Type"] = body.type
    names = {name.lower() for name in headers}
    headers |= {name: value for name, value in added.items() if name.lower() not in names}
    return RequestJob(method, url, headers, body.content if body is not None else None)


async def perform(job: RequestJob, host: Host, output: StepOutput) -> RequestDone:
    """Send the request and return the response's body, or a problem for no answer and any status but 2xx."""
    client = await _client(host)
    try:
        origin = {_ORIGIN: _origin(httpx2.URL(job.url))}
        async with client.stream(
            job.method, job.url, headers=job.headers, content=job.body, extensions=origin
        ) as response:
            answer = await _read(response)
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, ValueError) as error:
        message = f"{job.method} {job.url}: {str(error) or type(error).__name__}"
        return RequestDone(Problem(message, code="http-request", field="url"))
    if answer is None:
        limit = f"{MAX_RESPONSE // 1024 // 1024} MiB"
        return RequestDone(Problem(f"the response is larger than {limit}", code="http-response", field="url"))
    if response.is_success:
        return RequestDone(body=answer)
    shown = host.secrets.mask(answer.decode("utf-8", "replace").strip())[:_MAX_QUOTED_BODY]
    message = quoting(f"{job.method} {job.url}: status {response.status_code}", shown)
    quoted = output_or_text(answer) if answer else None
    return RequestDone(Problem(message, code="http-status", field="url", output=quoted))


def finish(call: ParticipantCall, job: RequestJob, done: RequestDone) -> Outcome:
    """Return the value of a response's body. Raises StepError if it cannot be read."""
    return Outcome(*call.parse_output(done.body, field="url"))


REQUEST = Performable(RequestJob, RequestDone, prepare, perform, finish)


def _span_headers(call: ParticipantCall) -> dict[str, str]:
    context = call.thread.frame.run.trace_context
    return context.headers(call.reporter.seq) if context is not None else {}


async def _client(host: Host) -> httpx2.AsyncClient:
    """Return the host's client, which keeps connections but no cookies."""
    client = host.shared.get("http")
    if client is None:
        # The step's timeout ends the request; a step without one waits without limit.
        client = httpx2.AsyncClient(
            timeout=None, follow_redirects=True, event_hooks={"request": [_keep_secrets]}
        )
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
        host.shared["http"] = client
        host.at_end.append(client.aclose)
    return client


async def _keep_secrets(request: httpx2.Request) -> None:
    """Take the workflow's own headers out of a request that is redirected to another host."""
    if _origin(request.url) == request.extensions[_ORIGIN]:
        return
    for name in tuple(request.headers):
        if name not in _HARMLESS_HEADERS and not name.startswith(_HARMLESS_PREFIXES):
            del request.headers[name]


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


async def _read(response: httpx2.Response) -> bytes | None:
    """Return the body as UTF-8, None if it is over 50 MiB."""
    data = bytearray()
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) > MAX_RESPONSE:
            return None
    charset = response.charset_encoding
    if charset is None or charset.lower().replace("-", "") in ("utf8", "usascii"):
        return bytes(data)
    try:
        return data.decode(charset, "replace").encode()
    except LookupError:
        return bytes(data)


def _url(call: ParticipantCall) -> str:
    node = call.field("url")
    value = text_or_expression(call.thread, node, "url") if isinstance(node, Scalar) else None
    if isinstance(value, str):
        return value.strip()
    raise call.error("must give the URL as a string", code="http-request", field="url")


def _headers(call: ParticipantCall) -> dict[str, str]:
    node = call.field("headers")
    if not isinstance(node, MapNode):
        return {}
    headers = {}
    for key, value in node:
        if not isinstance(value, Scalar):
            continue
        found = text_or_expression(call.thread, value, f"headers.{key.text}")
        headers[key.text] = found if isinstance(found, str) else encode_json(to_json(found)).decode()
    return headers


def _body(call: ParticipantCall, method: str) -> _Body | None:
    """Return the `body`; where there is none the input, for the methods that send one."""
    node = call.field("body")
    if node is not None:
        return _encoded(map_texts(node, lambda scalar: text_or_expression(call.thread, scalar, "body")))
    return _encoded(call.input) if method in _METHODS_WITH_BODY and call.input is not ABSENT else None


def _encoded(value: Any) -> _Body | None:
    if value is None:
        return None
    if isinstance(value, str):
        return _Body(value.encode("utf-8", "replace"), "text/plain; charset=utf-8")
    return _Body(encode_json(to_json(value)), "application/json")
