"""duckflux: the language, its expressions, its engine and its traces, without any editor types.

The names listed here are the library (docs/library.md). Each is imported when it is first used, so that
`import duckflux` costs nothing.
"""

from __future__ import annotations

# Type checkers know this name; importing `typing` takes time.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .language.schema.participant_types import ParticipantType as ParticipantType
    from .library import Channel as Channel
    from .library import Diagnostic as Diagnostic
    from .library import Result as Result
    from .library import StepResult as StepResult
    from .library import Workflow as Workflow
    from .library import WorkflowError as WorkflowError
    from .library import check as check
    from .library import connect as connect
    from .library import hub as hub
    from .library import load as load
    from .library import parse as parse
    from .library import run as run
    from .library import run_sync as run_sync
    from .library import validate_inputs as validate_inputs
    from .runtime import events as events
    from .runtime.engine.controller import Controller as Controller
    from .runtime.engine.controller import Identity as Identity
    from .runtime.engine.controller import Proceed as Proceed
    from .runtime.engine.controller import Reuse as Reuse
    from .runtime.engine.inputs import InputError as InputError
    from .runtime.errors import StepError as StepError
    from .runtime.events.stream import Listener as Listener
    from .runtime.hubs import Connect as Connect
    from .runtime.hubs import Hub as Hub
    from .runtime.hubs import HubError as HubError
    from .runtime.hubs import Log as Log
    from .runtime.participants.plugin import PluginStep as PluginStep
    from .version import __version__ as __version__

_LIBRARY = (
    "Channel",
    "Diagnostic",
    "Result",
    "StepResult",
    "Workflow",
    "WorkflowError",
    "check",
    "connect",
    "hub",
    "load",
    "parse",
    "run",
    "run_sync",
    "validate_inputs",
)
_MODULES = dict.fromkeys(_LIBRARY, "library") | {
    "Connect": "runtime.hubs",
    "Controller": "runtime.engine.controller",
    "Hub": "runtime.hubs",
    "HubError": "runtime.hubs",
    "Identity": "runtime.engine.controller",
    "InputError": "runtime.engine.inputs",
    "Listener": "runtime.events.stream",
    "Log": "runtime.hubs",
    "ParticipantType": "language.schema.participant_types",
    "PluginStep": "runtime.participants.plugin",
    "Proceed": "runtime.engine.controller",
    "Reuse": "runtime.engine.controller",
    "StepError": "runtime.errors",
    "__version__": "version",
}
__all__ = (*sorted(_MODULES), "events")


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "events":
        return import_module(".runtime.events", __name__)
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
