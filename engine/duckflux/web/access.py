"""Says which requests are answered: those of who knows the token, from pages of this server alone."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..tcp_access import is_loopback

API = "/api/"
_SAFE_METHODS = ("GET", "HEAD")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    # The first address has the token.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_COOKIE_SECONDS = 30 * 24 * 3600


class Access(NamedTuple):
    """The rules about who is let in. `host` is listened on, `names` are further names of the server."""

    token: str
    host: str
    port: int
    names: frozenset[str] = frozenset()

    @property
    def cookie(self) -> str:
        """The name of the cookie: cookies of a host are those of all its ports."""
        return f"duckflux_{self.port}"

    @property
    def cookie_value(self) -> str:
        """The content of the cookie, from which the token can't be told."""
        return hmac.new(self.token.encode(), b"duckflux server", hashlib.sha256).hexdigest()

    def is_own_host(self, host: str) -> bool:
        """Return whether a `Host` header names this server.

        A page of another site can let its own name lead to this machine (DNS rebinding), but no address.
        """
        try:
            name = (urlsplit(f"//{host}").hostname or "").casefold()
        except ValueError:
            return False
        if name == "localhost" or name in self.names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or not is_loopback(self.host)

    def is_token(self, text: str) -> bool:
        """Return whether a text is the token."""
        return hmac.compare_digest(text.encode(), self.token.encode())

    def is_cookie(self, text: str) -> bool:
        """Return whether a text is the value of the cookie."""
        return hmac.compare_digest(text.encode(), self.cookie_value.encode())


class Guard:
    """Answers only the requests that `access` allows, and adds the headers that keep pages to themselves."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        response = self._response(scope) or self._app
        await response(scope, receive, send_with_headers)

    def _response(self, scope: Scope) -> Response | None:
        """Return the answer to a request that is not let through, None for others."""
        headers = Headers(scope=scope)
        is_api = scope["path"].startswith(API)
        if not self._access.is_own_host(headers.get("host", "")):
            return _refused(is_api, 403, "this server does not go by that name: see --allow-host")
        if not _is_same_origin(headers):
            return _refused(is_api, 403, "requests of pages from elsewhere are not answered")
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = dict(query).get("token")
        if given is not None and self._access.is_token(given):
            return None if is_api else self._with_cookie(scope["path"], query)
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.casefold() == "bearer" and self._access.is_token(token.strip()):
            return None
        if not self._access.is_cookie(_cookies(headers).get(self._access.cookie, "")):
            return _refused(
                is_api,
                401,
                "open the address that `duckflux server` printed: it has the token that lets you in",
            )
        if scope["method"] not in _SAFE_METHODS and "origin" not in headers:
            return _refused(is_api, 403, "a page's request says where it is from: give the token instead")
        return None

    def _with_cookie(self, path: str, query: list[tuple[str, str]]) -> Response:
        """Return a redirect to the same page, whose address does without the token from now on."""
        rest = urlencode([(name, value) for name, value in query if name != "token"])
        # `//host` would be another server.
        response = RedirectResponse("/" + path.lstrip("/") + (f"?{rest}" if rest else ""), 303)
        response.set_cookie(
            self._access.cookie,
            self._access.cookie_value,
            max_age=_COOKIE_SECONDS,
            httponly=True,
            # The first page may be opened by a link: no page from elsewhere can ask for anything but pages.
            samesite="lax",
        )
        return response


def _is_same_origin(headers: Headers) -> bool:
    """Return whether a request is of a page of this server, of a person, or of no browser."""
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.casefold() == headers.get("host", "").casefold()
    site = headers.get("sec-fetch-site", "none")
    # A link from elsewhere may lead to a page.
    return site in ("same-origin", "none") or headers.get("sec-fetch-mode") == "navigate"


def _cookies(headers: Headers) -> dict[str, str]:
    parts = (part.strip().partition("=") for part in headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in parts}


def _refused(is_api: bool, status: int, reason: str) -> Response:
    return JSONResponse({"error": reason}, status) if is_api else PlainTextResponse(reason + "\n", status)
