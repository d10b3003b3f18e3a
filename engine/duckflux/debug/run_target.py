"""A run that goes on, as what is debugged: its values are shown and set, its failures recovered from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cel.json_values import to_json
from ..runtime.engine.chain import chain_value
from ..runtime.engine.control_thread import ControlThread
from ..runtime.engine.debugging import DebugPort, SkipStep, TryAgain, UseOutput
from ..runtime.secrets import Secrets
from .client import RUN_OTHERS, Client, DebugError, Scope
from .debugger import RunDebugger
from .edited_text import settings_from_text
from .scopes import Setters, scopes
from .sites import Sites, sites_of_file


class RunTarget(RunDebugger):
    """A run with its debugger and its values."""

    goes_back = False

    def __init__(self, port: DebugPort, client: Client, secrets: Secrets, others: str = RUN_OTHERS) -> None:
        super().__init__(port, client, others)
        self.secrets = secrets

    def scopes(self, thread: int, index: int) -> list[Scope]:
        """Return the values of a frame of a stopped thread. Raises DebugError."""
        control = self.control_of(thread, index)
        frame = control.frame
        setters = Setters(
            chain=lambda value: control.set_chain(chain_value(value)),
            context=frame.set_context,
            output=lambda name, value: _set_output(control, name, value),
        )
        return scopes(
            self.stack(thread)[index].variables,
            frame.step_names,
            lambda name: self.iterations(frame.file, name),
            chain=control.chain.value if control.chain else None,
            setters=setters,
        )

    def failure(self, thread: int) -> Mapping[str, Any] | None:
        """Return what is known of the failure that a thread is stopped at. Raises DebugError."""
        failure = self.failure_of(thread)
        if failure is None:
            return None
        error = failure.error
        return {
            "code": error.code,
            "message": error.message,
            "step": failure.settings.label if failure.settings is not None else error.step,
            "field": error.field,
            "exitCode": error.exit_code,
            "stderr": error.stderr,
            "attempt": failure.attempt,
            "willRetry": failure.will_retry,
            "isHandled": failure.is_handled,
        }

    def back(self, thread: int, *, to_stop: bool) -> None:
        """Refuse to go back. Raises DebugError."""
        raise DebugError("a run can't go backwards: restart a frame, or debug the trace of the run")

    def try_again(self, thread: int, text: str | None) -> None:
        """Run a failed step again. Raises DebugError."""
        failure = self.failure_of(thread)
        if failure is None:
            raise DebugError("the thread is not stopped at a failure")
        settings = None
        if text is not None and failure.settings is not None:
            settings = settings_from_text(failure.settings, self.control_of(thread, 0).frame, text)
        self.recover_by(thread, TryAgain(settings))

    def use_output(self, thread: int, output: Any) -> None:
        """Take a value as the output of a failed step. Raises DebugError."""
        self.recover_by(thread, UseOutput(to_json(output)))

    def skip(self, thread: int) -> None:
        """Go on as if a failed step had been skipped. Raises DebugError."""
        self.recover_by(thread, SkipStep())

    def sites(self, file: str) -> Sites | None:
        """Return the sites of a file as the run has loaded it, or as it is."""
        return self.loaded_sites(file) or sites_of_file(file)


def _set_output(control: ControlThread, name: str, value: Any) -> None:
    variables = control.frame.variables
    variables[name] = {**variables[name], "output": to_json(value)}
