"""Whole workflows to begin with, each with its tests: `duckflux new` writes them, and editors offer them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

_WORKFLOW, _TESTS = ".duck.yaml", ".ducktest.yaml"
# In the order in which they are listed: the simplest one first.
_SUMMARIES = {
    "hello": "one input and one step",
    "ci": "builds, checks in parallel, publishes if asked to",
    "agent-review": "one agent writes, another one reviews until it approves",
    "etl": "extracts records, transforms them one by one, loads them",
    "approval": "builds, waits for an approval, deploys",
    "scheduled": "a job for cron that tells somebody when it fails",
    "webhook": "answers the JSON of a webhook",
}


class Template(NamedTuple):
    """A workflow and its tests, as texts. The workflow's id is the template's name."""

    name: str
    summary: str
    workflow: str
    tests: str

    def named(self, name: str, file: str) -> Template:
        """Return it for a workflow of another name, in a file of another name."""
        own = f"{self.name}{_WORKFLOW}"
        workflow = self.workflow.replace(f"\nid: {self.name}\n", f"\nid: {name}\n").replace(own, file)
        return self._replace(name=name, workflow=workflow, tests=self.tests.replace(own, file))


@cache
def templates() -> dict[str, Template]:
    """Return the templates by their names."""
    folder = files(__name__)
    return {
        name: Template(
            name,
            summary,
            (folder / f"{name}{_WORKFLOW}").read_text("utf-8"),
            (folder / f"{name}{_TESTS}").read_text("utf-8"),
        )
        for name, summary in _SUMMARIES.items()
    }
