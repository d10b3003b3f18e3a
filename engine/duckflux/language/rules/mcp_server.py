"""The server of an mcp step is one of those that `.mcp.json` lists (section 3)."""

from __future__ import annotations

from collections.abc import Iterator

from .. import codes
from ..context import Context
from ..look import Look
from ..model import Call, Participant
from ..source import Mapping, Problem, Scalar
from ..suggest import closest, did_you_mean

LOOKS_AT = (Participant, Call)


def check(subject: Participant | Call, look: Look) -> Iterator[Problem]:
    if isinstance(subject, Participant):
        holder: Mapping | None = subject.node if subject.type == "mcp" else None
    else:
        holder = subject.overrides
    server = holder.get("server") if holder is not None else None
    if not isinstance(server, Scalar) or not isinstance(server.value, str) or not server.value:
        return
    names = look.ask(Context.mcp_servers)
    if names is None or server.text in names:
        return
    suggestion = closest(server.text, names)
    message = f"`.mcp.json` has no server `{server.text}`{did_you_mean(suggestion)}"
    yield Problem(codes.MCP_SERVER, message, server, suggestion=suggestion)
