"""Has the jobs of a run performed by other workers, where the run is to be spread."""

from __future__ import annotations

import hashlib

from ..runtime.engine.controller import Identity
from ..runtime.participants.job import Done, Here, Job, StepOutput
from ..runtime.participants.runners import performable
from ..runtime.secrets import Secrets
from .job_output import PieceReader
from .job_secrets import places_in
from .records import JobRequest, JobResult, RunRequest, from_raw, raw
from .step_keys import key_of
from .store import Jobs

_KEY_LENGTH = 24


class SpreadPerformer:
    """Performs jobs of a run here, or has them performed by others, as the run's `spread` says.

    `root` is the folder that stands for that of the run here, `folder` that of its workflow file; `secrets` are
    those of the run.
    """

    def __init__(self, run: RunRequest, root: str, folder: str, jobs: Jobs, secrets: Secrets) -> None:
        self._run = run
        self._root = root
        self._folder = folder
        self._jobs = jobs
        self._secrets = secrets

    def key(self, step: Identity) -> str:
        """Return the run's id with a digest of the step's identity, and the attempt."""
        digest = hashlib.sha256(key_of(step, self._folder).encode()).hexdigest()[:_KEY_LENGTH]
        return f"{self._run.id}/{digest}.{step.attempt}"

    async def perform(self, step: Identity, type_: str, job: Job, output: StepOutput, here: Here) -> Done:
        """Return what was done."""
        spread = self._run.spread
        if spread == "none" or (spread == "parallel" and step.branch is None):
            return await here()
        reader = PieceReader(output.write) if output.write is not None else None
        request = JobRequest(
            self._run.id,
            type_,
            raw(job),
            self._root,
            wants_output=reader is not None,
            secrets=places_in(job, self._secrets),
            package=self._run.packages.get(type_),
        )
        text = await self._jobs.result(
            self.key(step), request.encode(), self._run.label, reader.read if reader is not None else None
        )
        result = JobResult.decode(text)
        if reader is not None and result.written is not None:
            reader.show(result.written)
        done: Done = from_raw(result.done, performable(type_).done)
        return done
