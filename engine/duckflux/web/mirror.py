"""Shows durable runs by their traces: writes one for each run of a store, while it goes on.

All work is done in threads: one looks for runs, and each run that goes on has one that follows it.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from ..durable.dbos_store import DbosClient, Location
from ..durable.follow import events_of
from ..durable.records import RunRequest
from ..durable.store import OPEN_STATES, StoreError
from ..runtime.events import Event, ExecutionStarted
from ..runtime.ids import is_id
from ..runtime.secrets import Secrets
from ..trace.folder import execution_with_state
from ..trace.journal import journal_path
from ..trace.output_log import OutputLog
from ..trace.readers import SUFFIXES, TraceError
from ..trace.recorder import Recorder, make_writer

MAX_FOLLOWED = 50
# Of those that have ended when the server starts; later ones are known from before or are new.
_MAX_OPEN, _MAX_ENDED, _MAX_NEW = 10_000, 1_000, 100
_LOOK_SECONDS = 1.0
_FOLLOW_SECONDS = 0.25


class Status(NamedTuple):
    """Tells how a mirror stands.

    `problem` is why it can't read the store, for people; `waiting` runs have no worker yet; those `unfollowed` go
    on and are not shown yet, because too many are.
    """

    store: str
    problem: str | None = None
    waiting: int = 0
    unfollowed: int = 0


class Mirror:
    """Writes the traces of a store's runs into the folder `traces`, from `start` to `close`.

    Paths of runs count from `folder`, that of the workflows, or from the current one.
    """

    def __init__(
        self, location: Location, folder: Path, traces: Path, max_followed: int = MAX_FOLLOWED
    ) -> None:
        self._location = location
        self._folder = folder
        self._traces = traces
        self._max_followed = max_followed
        self._client: DbosClient | None = None
        self._connecting = threading.Lock()
        self._waiting = self._unfollowed = 0
        # By the run's id, that of the store by nothing.
        self._problems: dict[str, str] = {}
        self._under_way: set[str] | None = None
        self._followed: set[str] = set()
        self._done: set[str] = set()
        self._ended: set[str] = set()
        self._seen: set[str] = set()
        self._wake = threading.Event()
        self._is_closing = False

    @property
    def status(self) -> Status:
        """Return how it stands."""
        problem = next(iter([*self._problems.values()]), None)
        return Status(self._location.name, problem, self._waiting, self._unfollowed)

    def start(self) -> None:
        """Begin to look for runs."""
        threading.Thread(target=self._look_for_runs, name="durable runs", daemon=True).start()

    def close(self) -> None:
        """Begin to end: what is under way ends with the process."""
        self._is_closing = True
        self._wake.set()

    def client(self) -> DbosClient:
        """Return the connection to the store. Blocks. Raises StoreError."""
        with self._connecting:
            if self._client is None:
                self._client = DbosClient(self._location, _FOLLOW_SECONDS)
            return self._client

    def follow_soon(self, id_: str) -> None:
        """Look for a run that was just asked for: nobody else writes its trace."""
        self._seen.add(id_)
        self._wake.set()

    def _look_for_runs(self) -> None:
        while not self._is_closing:
            try:
                self._look(self.client())
            except StoreError as error:
                self._problems[""] = str(error)
            self._wake.wait(_LOOK_SECONDS)
            self._wake.clear()

    def _look(self, client: DbosClient) -> None:
        under_way = client.runs(OPEN_STATES, _MAX_OPEN)
        running = [info.id for info in under_way if info.state != "waiting"]
        newest = client.runs((), _MAX_ENDED if self._under_way is None else _MAX_NEW)
        before, self._under_way = self._under_way or set(), {info.id for info in under_way}
        self._ended |= {*before, *(info.id for info in newest)}
        self._ended -= self._under_way | self._done
        self._unfollowed = self._begin([*running, *self._ended])
        self._waiting = len(under_way) - len(running)
        self._seen.update(running, self._ended)
        self._problems.pop("", None)

    def _begin(self, ids: Iterable[str]) -> int:
        """Follow runs, and return how many there are too many.

        One that is seen for the first time is left until the next look: a program that asked for it may write its
        trace, and does by then.
        """
        left = 0
        for id_ in ids:
            if id_ in self._done or id_ in self._followed or id_ not in self._seen:
                continue
            if not is_id(id_) or not self._is_missing(id_):
                continue
            if len(self._followed) >= self._max_followed:
                left += 1
                continue
            self._followed.add(id_)
            threading.Thread(target=self._follow, args=(id_,), name=f"run {id_}", daemon=True).start()
        return left

    def _is_missing(self, id_: str) -> bool:
        """Return whether nobody writes a run's trace or has written it to its end."""
        for path in (self._traces / f"{id_}{suffix}" for suffix in SUFFIXES):
            with contextlib.suppress(TraceError):
                _, state = execution_with_state(path)
                if state in ("success", "failure"):
                    self._done.add(id_)
                if state != "interrupted":
                    return False
        return True

    def _follow(self, id_: str) -> None:
        try:
            # While the store is away, the trace stays open: the run goes on, as far as is known.
            trace = _OwnTrace(self._traces, id_)
            while not self._is_closing and not self._is_followed_to_its_end(id_, trace):
                time.sleep(_LOOK_SECONDS)
        finally:
            self._followed.discard(id_)

    def _is_followed_to_its_end(self, id_: str, trace: _OwnTrace) -> bool:
        """Write the trace of a run; give False if the store failed, and it has to be tried again."""
        try:
            client = self.client()
            if client.find(id_) is None:
                # It was deleted.
                self._finish(id_)
                return True
            folder = folder_of(client.request(id_), self._folder)
            for events in events_of(client, id_, folder):
                self._problems.pop(id_, None)
                if self._is_closing or not trace.write(events):
                    return True
            info = client.find(id_)
        except StoreError as error:
            self._problems[id_] = str(error)
            return False
        except OSError as error:
            self._problems[id_] = f"the trace of the run {id_} can't be written: {error.strerror}"
            return False
        except msgspec.MsgspecError:
            self._problems[id_] = f"the run {id_} can't be shown: another version of duckflux has written it"
            self._done.add(id_)
            return True
        if info is None or info.state not in OPEN_STATES:
            self._finish(id_)
        return True

    def _finish(self, id_: str) -> None:
        self._problems.pop(id_, None)
        self._done.add(id_)


class _OwnTrace:
    """Writes a trace, as long as no other program writes it."""

    def __init__(self, folder: Path, id_: str) -> None:
        path = folder / f"{id_}.json"
        self._id = id_
        self._journal = journal_path(path)
        self._recorder = Recorder(
            make_writer(folder, "json"), Secrets(os.environ), make_log=lambda _: OutputLog(path)
        )
        self._inode: int | None = None

    def write(self, events: list[Event]) -> bool:
        """Write events; give False if another program writes this trace now. Raises OSError."""
        if self._inode is not None and self._inode != _inode(self._journal):
            return False
        # The file is that of the id in the event.
        self._recorder.consume(
            [
                msgspec.structs.replace(event, id=self._id) if isinstance(event, ExecutionStarted) else event
                for event in events
            ]
        )
        self._inode = _inode(self._journal)
        return True


def _inode(path: Path) -> int | None:
    """Return what a file is, whatever its name; None if there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return None


def folder_of(request: RunRequest | None, folder: Path) -> str:
    """Return the folder from which the paths of a run count.

    That is the one of the workflows, or the current one where only that has the run's file.
    """
    if request is not None and not (folder / request.file).is_file() and Path(request.file).is_file():
        return str(Path.cwd())
    return str(folder)
