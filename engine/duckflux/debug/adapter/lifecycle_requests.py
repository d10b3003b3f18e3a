"""Answers requests that begin and end a session."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from ..client import DebugError
from . import messages
from .breakpoint_requests import FILTERS, MODES
from .conventions import ClientConventions
from .session import ACTIVE, CONFIGURING, READY, Debuggee

if TYPE_CHECKING:
    from .session import Body, Session

Begin: TypeAlias = "Callable[[Session, Any], Awaitable[Debuggee]]"


def initialize(session: Session, arguments: messages.Initialize) -> Body:
    """Return what the adapter can do."""
    session.client = ClientConventions(arguments)
    session.state = READY
    return {
        "supportsConfigurationDoneRequest": True,
        "supportsFunctionBreakpoints": True,
        "supportsConditionalBreakpoints": True,
        "supportsHitConditionalBreakpoints": True,
        "supportsLogPoints": True,
        "supportsDataBreakpoints": True,
        "supportsBreakpointLocationsRequest": True,
        "supportsEvaluateForHovers": True,
        "supportsSetVariable": True,
        "supportsRestartFrame": True,
        "supportsGotoTargetsRequest": True,
        "supportsCompletionsRequest": True,
        "completionTriggerCharacters": [".", ":"],
        "supportsExceptionFilterOptions": True,
        "supportsExceptionInfoRequest": True,
        "supportsDelayedStackTraceLoading": True,
        "supportsTerminateRequest": True,
        "supportTerminateDebuggee": True,
        "supportsClipboardContext": True,
        "supportsSingleThreadExecutionRequests": True,
        "exceptionBreakpointFilters": [
            {
                "filter": id_,
                "label": label,
                "description": description,
                "default": default,
                "supportsCondition": True,
                "conditionDescription": "CEL, such as exitCode == 1 or error.contains('refused')",
            }
            for id_, label, description, default in FILTERS
        ],
        "breakpointModes": [
            {
                "mode": mode,
                "label": label,
                "description": description,
                "appliesTo": ["source"],
            }
            for mode, label, description in MODES
        ],
    }


def beginning(begin: Begin, token: str | None = None) -> Callable[[Session, Any], Awaitable[Body]]:
    """Return what answers `launch` or `attach`: with a token, only a client that gives it is served."""

    async def answer(session: Session, arguments: Any) -> Body:
        check_token(arguments.token, token)
        session.debuggee = await begin(session, arguments)
        session.state = CONFIGURING
        if session.debuggee.target.goes_back:
            capabilities = {
                "supportsStepBack": True,
                "supportsSetVariable": False,
                "supportsRestartFrame": False,
                "supportsGotoTargetsRequest": False,
                "supportsDataBreakpoints": False,
            }
            session.after_response(lambda: session.send_event("capabilities", {"capabilities": capabilities}))
        session.after_response(lambda: session.send_event("initialized"))
        return None

    return answer


def check_token(given: str | None, token: str | None) -> None:
    """Raise DebugError for a client that does not give the token of this server."""
    if token is not None and not hmac.compare_digest((given or "").encode(), token.encode()):
        raise DebugError("wrong or missing `token` in the configuration")


def configuration_done(session: Session, arguments: messages.Nothing) -> Body:
    """Begin: the client has said all breakpoints."""
    session.state = ACTIVE
    if session.debuggee is not None:
        session.after_response(session.debuggee.start)
    return None


async def terminate(session: Session, arguments: messages.Nothing) -> Body:
    """End what is debugged; the client is told when it has ended."""
    if session.debuggee is not None:
        await session.debuggee.end()
    return None


async def disconnect(session: Session, arguments: messages.Disconnect) -> Body:
    """End the session, and what it debugs unless that was there before."""
    if arguments.terminate_debuggee and session.debuggee is not None:
        await session.debuggee.end()
    if arguments.terminate_debuggee and session.relay is not None:
        await session.relay.cancel_run()
    session.is_closing = True
    await session.leave()
    return None
