"""Collects the texts of a workflow and of all that it calls, and loads them again on another machine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..language.analysis import analyse, load
from ..language.model.workflow import Call, Participant, Workflow, build, walk
from ..language.schema import plugins
from ..language.schema.participant_types import BUILT_IN
from ..language.semantics.called_workflows import Files
from ..language.syntax import Scalar, parse
from ..runtime.engine.loading import checked
from ..runtime.errors import StepError
from .records import RunRequest


def collect(workflow: Workflow, file: str, folder: str) -> dict[str, Workflow]:
    """Return the workflow of a file and those that it calls, by their paths relative to `folder`.

    A called file that cannot be read is left out: the step that calls it says so.
    """
    file = os.path.abspath(file)
    found, waiting = {os.path.relpath(file, folder): workflow}, [(file, workflow)]
    while waiting:
        caller, workflow = waiting.pop()
        for path in _called(workflow):
            called = os.path.normpath(os.path.join(os.path.dirname(caller), path))
            if os.path.relpath(called, folder) in found:
                continue
            try:
                analysis = load(called)
            except (OSError, UnicodeDecodeError):
                continue
            found[os.path.relpath(called, folder)] = analysis.workflow
            waiting.append((called, analysis.workflow))
    return found


def _called(workflow: Workflow) -> Iterator[str]:
    for participant in _participants(workflow):
        path = participant.node.get("path")
        if participant.type == "workflow" and isinstance(path, Scalar):
            yield path.text


def _participants(workflow: Workflow) -> Iterator[Participant]:
    yield from workflow.participants.values()
    yield from (step.inline for step in walk(workflow.flow) if isinstance(step, Call) and step.inline)


def _packages(workflows: Iterable[Workflow]) -> dict[str, str | None]:
    """Return the participant types of workflows that may not be installed, with the packages of plugins."""
    types = {participant.type for workflow in workflows for participant in _participants(workflow)}
    optional = (type_ for type_ in types if type_ not in BUILT_IN or BUILT_IN[type_].dependency is not None)
    return {
        type_: None if type_ in BUILT_IN else plugins.package(plugins.PARTICIPANTS, type_)
        for type_ in sorted(optional)
    }


def request_for(
    workflow: Workflow, file: str, inputs: dict[str, Any], folder: str, cwd: str, **options: Any
) -> RunRequest:
    """Return what asks for a run with resolved inputs: its paths are relative to `folder`."""
    found = collect(workflow, file, folder)
    return RunRequest(
        file=os.path.relpath(file, folder),
        cwd=os.path.relpath(cwd, folder),
        texts={path: one.document.text for path, one in found.items()},
        inputs=inputs,
        packages=_packages(found.values()),
        workflow_id=workflow.id,
        workflow_name=workflow.name,
        **options,
    )


class BundleLoader:
    """Returns the workflow of a path when called. Raises StepError for one that cannot run."""

    def __init__(self, texts: Mapping[str, str], folder: str) -> None:
        self._texts = texts
        self._folder = folder
        self._files = Files(lambda path: self._built(str(path)))
        self._checked: dict[str, Workflow] = {}
        self._unchecked: dict[str, Workflow] = {}

    def __call__(self, file: str) -> Workflow:
        if file not in self._checked:
            text = self._text(file)
            if text is None:
                message = f"{file} could not be read when the run was asked for"
                raise StepError(message, code="sub-workflow", field="path")
            self._checked[file] = checked(analyse(text, file, files=self._files), file)
        return self._checked[file]

    def _text(self, file: str) -> str | None:
        return self._texts.get(os.path.relpath(file, self._folder))

    def _built(self, file: str) -> Workflow | None:
        """Return the workflow of a file as it is, None if it is not one of the bundle."""
        if file not in self._unchecked and (text := self._text(file)) is not None:
            self._unchecked[file] = build(parse(text))
        return self._unchecked.get(file)
