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
from ..engine.run import Run
from ..errors import quoting
from ..values import encode_json, output_or_text
from .participant_call import Outcome, ParticipantCall

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


async def run(call: ParticipantCall) -> Outcome:
    """Send the request and return the response's body. Raises StepError for no answer and any status but 2xx."""
    method = call.settings.text("method") or "GET"
    url, headers = _url(call), _headers(call)
    secrets = call.thread.frame.run.secrets
    secrets.learn_address(url)
    secrets.learn_headers(headers)
    body = _body(call, method)
    if (context := call.thread.frame.run.trace_context) is not None:
        names = {name.lower() for name in headers}
        headers |= {
            name: value for name, value in context.headers(call.reporter.seq).items() if name not in names
        }
    if body is not None and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = body.type
    client = await _client(call.thread.frame.run)
    content = body.content if body is not None else None
    try:
        origin = {_ORIGIN: _origin(httpx2.URL(url))}
        async with client.stream(
            method, url, headers=headers, content=content, extensions=origin
        ) as response:
            answer = await _read(call, response)
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, ValueError) as error:
        message = f"{method} {url}: {str(error) or type(error).__name__}"
        raise call.error(message, code="http-request", field="url") from None
    if response.is_success:
        return Outcome(*call.parse_output(answer, field="url"))
    shown = secrets.mask(answer.decode("utf-8", "replace").strip())[:_MAX_QUOTED_BODY]
    message = quoting(f"{method} {url}: status {response.status_code}", shown)
    failure = call.error(message, code="http-status", field="url")
    failure.output = output_or_text(answer) if answer else None
    raise failure


async def _client(run: Run) -> httpx2.AsyncClient:
    """Return the run's client, which keeps connections but no cookies."""
    client = run.shared.get("http")
    if client is None:
        # The step's timeout ends the request; a step without one waits without limit.
        client = httpx2.AsyncClient(
            timeout=None, follow_redirects=True, event_hooks={"request": [_keep_secrets]}
        )
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
        run.shared["http"] = client
        run.at_end.append(client.aclose)
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


async def _read(call: ParticipantCall, response: httpx2.Response) -> bytes:
    """Return the body as UTF-8. Raises StepError if it is over 50 MiB."""
    data = bytearray()
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) > MAX_RESPONSE:
            limit = f"{MAX_RESPONSE // 1024 // 1024} MiB"
            raise call.error(f"the response is larger than {limit}", code="http-response", field="url")
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
