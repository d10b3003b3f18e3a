"""Opens the socket of a live run, where other programs of the user watch, answer, pause and cancel it.

What a connection needs is imported when there is one: few runs are watched.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..runtime.events import Event, ExecutionStarted
from ..runtime.events.stream import Gate
from .folder import make_private_folders, socket_path, unlisted_path
from .history import History

if TYPE_CHECKING:
    from ..runtime.events.stream import Warn
    from ..runtime.hubs import Connect, Hub, Log
    from ..runtime.secrets import Secrets
    from .sessions import Debug, Publish, Sessions


class LiveRunHost:
    """A listener of a run that serves its socket from the first event until `close`.

    `cancel` cancels the run; `gate` holds it between two steps, None where nothing can; `publish` sends an event
    to the run, `own_log` takes it where the run's hub is its own; `debug` serves a debugger on a connection;
    `trace_of` gives the trace file of the run with an id, None if none is written.
    """

    congested = False
    wants_output = True
    wants_digests = False

    def __init__(self, secrets: Secrets, trace_of: Callable[[str], str | None] = lambda id_: None) -> None:
        self.secrets = secrets
        self.trace_of = trace_of
        self.cancel: Callable[[], None] = lambda: None
        self.gate: Gate | None = Gate()
        self.publish: Publish | None = None
        self.own_log: Log | None = None
        self.debug: Debug | None = None
        self.history = History()
        self._sessions: Sessions | None = None
        self._socket: socket.socket | None = None
        self._path = ""

    def shared(self, connect: Connect | None) -> Connect:
        """Return a connection to the run's hub, which this host uses too."""

        async def made(warn: Warn) -> Hub:
            from ..runtime.hubs.memory import Bus

            hub = await (connect or Bus())(warn)
            self.publish = lambda event, payload, by: hub.publish(event, payload)
            self.own_log = hub.log if connect is None else None
            return hub

        return made

    def notify(self, event: Event) -> None:
        """Keep an event, and send it to those who follow."""
        self.history.add(event)
        # A durable run that another worker goes on with begins again.
        if isinstance(event, ExecutionStarted) and self._socket is None:
            self._listen(event)
        if self._sessions is not None:
            self._sessions.send(event)

    async def close(self) -> None:
        """Remove the socket, and let those who are connected read the rest."""
        if self._socket is None:
            return
        with contextlib.suppress(OSError):
            os.unlink(self._path)
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
        if self._sessions is not None:
            await self._sessions.close()

    def _listen(self, started: ExecutionStarted) -> None:
        """Open the socket, if there is a place for it: a run does not depend on it."""
        for folder in make_private_folders():
            path = socket_path(folder, started.id)
            if os.path.exists(path) and _is_open(path):
                # Another program follows the same durable run.
                return
            opened = socket.socket(socket.AF_UNIX)
            # Clients remove a socket that nobody listens on: it gets its name when it listens. That replaces one
            # that was left behind by a killed run, which goes on here.
            unlisted = unlisted_path(path)
            try:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(unlisted)
                opened.bind(unlisted)
                os.chmod(unlisted, 0o600)
                opened.listen()
                opened.setblocking(False)
                os.replace(unlisted, path)
            except OSError:
                opened.close()
                continue
            self._socket, self._path = opened, path
            asyncio.get_running_loop().add_reader(opened, self._accept)
            return

    def _accept(self) -> None:
        if self._socket is None:
            return
        with contextlib.suppress(OSError):
            connection, _ = self._socket.accept()
            if self._sessions is None:
                from .sessions import Sessions

                self._sessions = Sessions(self)
            self._sessions.begin(connection)


def _is_open(path: str) -> bool:
    """Return whether a program listens on a socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True
