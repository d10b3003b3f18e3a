"""Lists the requests that a session answers."""

from __future__ import annotations

from collections.abc import Mapping

from . import breakpoint_requests as breakpoints
from . import inspect_requests as inspect
from . import lifecycle_requests as lifecycle
from . import messages
from . import motion_requests as motion
from .session import ACTIVE, CONFIGURING, ENDED, NEW, READY, Handler

_ANYTIME = (NEW, READY, CONFIGURING, ACTIVE, ENDED)


def adapter_handlers(token: str | None = None) -> dict[str, Handler]:
    """Return what answers the requests to an adapter: with a token, only a client that gives it is served."""
    from .relay import attach
    from .runs import launch

    return handlers(
        {
            "launch": Handler(messages.Launch, lifecycle.beginning(launch, token), (READY,)),
            "attach": Handler(messages.Attach, attach(token), (READY,)),
        }
    )


def handlers(
    beginnings: Mapping[str, Handler],
) -> dict[str, Handler]:
    """Return what answers each request; `beginnings` answer `launch` and `attach`."""
    of_thread = messages.OfThread
    return {
        **beginnings,
        "initialize": Handler(messages.Initialize, lifecycle.initialize, (NEW,)),
        "configurationDone": Handler(messages.Nothing, lifecycle.configuration_done, (CONFIGURING,)),
        "terminate": Handler(messages.Nothing, lifecycle.terminate, (CONFIGURING, ACTIVE, ENDED)),
        "disconnect": Handler(messages.Disconnect, lifecycle.disconnect, _ANYTIME),
        "setBreakpoints": Handler(messages.SetBreakpoints, breakpoints.set_breakpoints),
        "setFunctionBreakpoints": Handler(
            messages.SetFunctionBreakpoints, breakpoints.set_function_breakpoints
        ),
        "setExceptionBreakpoints": Handler(
            messages.SetExceptionBreakpoints, breakpoints.set_exception_breakpoints
        ),
        "dataBreakpointInfo": Handler(messages.DataBreakpointInfo, breakpoints.data_breakpoint_info),
        "setDataBreakpoints": Handler(messages.SetDataBreakpoints, breakpoints.set_data_breakpoints),
        "breakpointLocations": Handler(messages.BreakpointLocations, breakpoints.breakpoint_locations),
        "threads": Handler(messages.Nothing, inspect.threads),
        "stackTrace": Handler(messages.StackTrace, inspect.stack_trace),
        "scopes": Handler(messages.OfFrame, inspect.scopes),
        "variables": Handler(messages.Variables, inspect.variables),
        "setVariable": Handler(messages.SetVariable, inspect.set_variable),
        "evaluate": Handler(messages.Evaluate, inspect.evaluate),
        "completions": Handler(messages.Completions, inspect.completions),
        "exceptionInfo": Handler(of_thread, inspect.exception_info),
        "continue": Handler(of_thread, motion.motion("continue")),
        "next": Handler(of_thread, motion.motion("next")),
        "stepIn": Handler(of_thread, motion.motion("in")),
        "stepOut": Handler(of_thread, motion.motion("out")),
        "stepBack": Handler(of_thread, motion.backwards(to_stop=False)),
        "reverseContinue": Handler(of_thread, motion.backwards(to_stop=True)),
        "pause": Handler(messages.Pause, motion.pause),
        "restartFrame": Handler(messages.OfFrame, motion.restart_frame),
        "gotoTargets": Handler(messages.GotoTargets, motion.goto_targets),
        "goto": Handler(messages.Goto, motion.goto),
        # Of this adapter alone: what can be done after a failure.
        "recover": Handler(messages.Recover, motion.recover),
    }
