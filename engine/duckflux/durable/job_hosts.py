"""Gives jobs of other workers' runs what they need of this program."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Set
from typing import Any

from ..runtime.process.supervisor import Supervisor
from ..runtime.secrets import Secrets

# So many secrets of runs are known at once: a worker that lives for months meets ever new ones.
_MAX_LEARNED = 1_000


class JobHost:
    """Is what some jobs share: clients, connections, and the secrets of their runs.

    They belong together: a server that two jobs call may write the secrets of one where the other one is told of.
    """

    def __init__(self, environment: Mapping[str, str], supervisor: Supervisor) -> None:
        self.environment = environment
        self.supervisor = supervisor
        self.secrets = Secrets(environment)
        self.shared: dict[str, Any] = {}
        self.at_end: list[Callable[[], Awaitable[None]]] = []
        self.learned: set[str] = set()
        self.users = 0

    async def close(self) -> None:
        """Close what is shared."""
        for close in self.at_end:
            with contextlib.suppress(Exception):
                await close()


class JobHosts:
    """Has a host for the jobs of a worker, and a new one once that knows too many secrets."""

    def __init__(self, environment: Mapping[str, str], supervisor: Supervisor) -> None:
        self._environment = environment
        self._supervisor = supervisor
        self._host = JobHost(environment, supervisor)
        self._earlier: set[JobHost] = set()

    @contextlib.asynccontextmanager
    async def host(self, secrets: Set[str]) -> AsyncIterator[JobHost]:
        """Give the host for a job, which masks these secrets too."""
        if len(self._host.learned) > _MAX_LEARNED:
            self._earlier.add(self._host)
            self._host = JobHost(self._environment, self._supervisor)
            await self._close_unused()
        host = self._host
        for secret in secrets - host.learned:
            host.secrets.learn(secret)
        host.learned |= secrets
        host.users += 1
        try:
            yield host
        finally:
            host.users -= 1
            await self._close_unused()

    async def close(self) -> None:
        """Close what all jobs share."""
        for host in (self._host, *self._earlier):
            await host.close()

    async def _close_unused(self) -> None:
        unused = {host for host in self._earlier if not host.users}
        self._earlier -= unused
        for host in unused:
            await host.close()
