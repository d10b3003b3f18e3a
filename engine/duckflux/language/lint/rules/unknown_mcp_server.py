"""The server of an `mcp` step is listed in `.mcp.json`: see docs/mcp.md."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.workflow import Call, Participant
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...suggest import closest, did_you_mean
from ...syntax import Mapping, Problem, Scalar

SUBJECTS = (Participant, Call)


def check(subject: Participant | Call, context: QueryContext) -> Iterator[Problem]:
    if isinstance(subject, Participant):
        node: Mapping | None = subject.node if subject.type == "mcp" else None
    else:
        node = subject.overrides
    server = node.get("server") if node is not None else None
    if not isinstance(server, Scalar) or not isinstance(server.value, str) or not server.value:
        return
    names = context.query(SemanticModel.mcp_servers)
    if names is None or server.text in names:
        return
    suggestion = closest(server.text, names)
    message = f"`.mcp.json` has no server `{server.text}`{did_you_mean(suggestion)}"
    yield Problem(registry.UNKNOWN_MCP_SERVER, message, server, suggestion=suggestion)
