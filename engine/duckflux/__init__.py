"""duckflux: the language, its expressions, its engine and its traces, free of editor types.

What is listed here is the library (docs/library.md). Each name is imported when it is first used, so that
`import duckflux` costs nothing.
"""

from __future__ import annotations

# Type checkers know the name; `typing` itself is not imported for it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .language.plugins import ParticipantType as ParticipantType
    from .library import Diagnostic as Diagnostic
    from .library import Result as Result
    from .library import Workflow as Workflow
    from .library import WorkflowError as WorkflowError
    from .library import check as check
    from .library import hub as hub
    from .library import load as load
    from .library import run as run
    from .library import run_sync as run_sync
    from .runtime import events as events
    from .runtime.controller import Controller as Controller
    from .runtime.controller import Identity as Identity
    from .runtime.controller import Proceed as Proceed
    from .runtime.controller import Reuse as Reuse
    from .runtime.errors import StepError as StepError
    from .runtime.hubs import Connect as Connect
    from .runtime.hubs import Hub as Hub
    from .runtime.hubs import HubError as HubError
    from .runtime.hubs import Log as Log
    from .runtime.inputs import InputError as InputError
    from .runtime.participants.plugin import PluginStep as PluginStep
    from .runtime.stream import Listener as Listener
    from .version import __version__ as __version__

_LIBRARY = ("Diagnostic", "Result", "Workflow", "WorkflowError", "check", "hub", "load", "run", "run_sync")
_HOMES = dict.fromkeys(_LIBRARY, "library") | {
    "Connect": "runtime.hubs",
    "Controller": "runtime.controller",
    "Hub": "runtime.hubs",
    "HubError": "runtime.hubs",
    "Identity": "runtime.controller",
    "InputError": "runtime.inputs",
    "Listener": "runtime.stream",
    "Log": "runtime.hubs",
    "ParticipantType": "language.plugins",
    "PluginStep": "runtime.participants.plugin",
    "Proceed": "runtime.controller",
    "Reuse": "runtime.controller",
    "StepError": "runtime.errors",
    "__version__": "version",
}
__all__ = (*sorted(_HOMES), "events")


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "events":
        return import_module(".runtime.events", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
