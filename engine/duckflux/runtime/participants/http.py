"""`type: http`: a request (LANGUAGE section 3), with httpx2, the client that the MCP SDK uses too."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple

import httpx2

from duckflux.cel.json_values import to_json
from duckflux.language.syntax import Mapping as MapNode
from duckflux.language.syntax import Scalar

from ..engine.chain import ABSENT, json_text, parse_output
from ..engine.evaluate import map_texts, text_or_expression
from ..engine.run import Run
from ..errors import StepError
from . import Outcome, ParticipantCall

RESPONSE_LIMIT = 50 * 1024 * 1024
_SENDS_INPUT = ("POST", "PUT", "PATCH")
_QUOTED_BODY = 2_000


class _Body(NamedTuple):
    content: bytes
    type: str


async def run(call: ParticipantCall) -> Outcome:
    """Send the request; its output is the response's text. Raises StepError when there is no 2xx answer."""
    method = call.settings.text("method") or "GET"
    url, headers = _url(call), _headers(call)
    body = _body(call, method)
    if body is not None and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = body.type
    client = await _client(call.thread.frame.run)
    content = body.content if body is not None else None
    try:
        async with client.stream(method, url, headers=headers, content=content) as response:
            answer = await _read(call, response)
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, ValueError) as error:
        raise _error(call, f"{method} {url}: {str(error) or type(error).__name__}", "http-request") from None
    value, text = parse_output(answer)
    if response.is_success:
        return Outcome(value, text)
    shown = answer.decode("utf-8", "replace").strip()[:_QUOTED_BODY]
    what = f"status {response.status_code}{': ' if shown else ''}{shown}"
    failure = _error(call, f"{method} {url}: {what}", "http-status")
    failure.output = value if value != "" else None
    raise failure


async def _client(run: Run) -> httpx2.AsyncClient:
    """One client a run: connections are kept, cookies are not."""
    client = run.shared.get("http")
    if client is None:
        # A step's own timeout ends the request; without one it may take as long as it takes.
        client = httpx2.AsyncClient(timeout=None, follow_redirects=True)
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
        run.shared["http"] = client
        run.at_end.append(client.aclose)
    return client


async def _read(call: ParticipantCall, response: httpx2.Response) -> bytes:
    """The body, as UTF-8."""
    data = bytearray()
    async for piece in response.aiter_bytes():
        data += piece
        if len(data) > RESPONSE_LIMIT:
            limit = f"{RESPONSE_LIMIT // 1024 // 1024} MiB"
            raise _error(call, f"the response is larger than {limit}", "http-response")
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
    raise _error(call, "must give the URL as a string", "http-request")


def _headers(call: ParticipantCall) -> dict[str, str]:
    node = call.field("headers")
    if not isinstance(node, MapNode):
        return {}
    headers = {}
    for key, value in node:
        if not isinstance(value, Scalar):
            continue
        found = text_or_expression(call.thread, value, f"headers.{key.text}")
        headers[key.text] = found if isinstance(found, str) else json_text(to_json(found)).decode()
    return headers


def _body(call: ParticipantCall, method: str) -> _Body | None:
    """The `body`; without one the input, for the methods that send one."""
    node = call.field("body")
    if node is not None:
        return _encoded(map_texts(node, lambda scalar: text_or_expression(call.thread, scalar, "body")))
    return _encoded(call.input) if method in _SENDS_INPUT and call.input is not ABSENT else None


def _encoded(value: Any) -> _Body | None:
    if value is None:
        return None
    if isinstance(value, str):
        return _Body(value.encode("utf-8", "replace"), "text/plain; charset=utf-8")
    return _Body(json_text(to_json(value)), "application/json")


def _error(call: ParticipantCall, message: str, code: str) -> StepError:
    location = call.thread.frame.location(call.field("url") or call.settings.node)
    return StepError(message, code=code, field="url", location=location)
