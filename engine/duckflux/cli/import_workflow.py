"""Implements `duckflux import SYSTEM FILE`: makes workflows out of pipelines of CI systems."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from ..files import read_named_file
from ..importing.repository import MAX_BYTES, repository_of
from ..language.workflow_files import WORKFLOW_SUFFIXES
from .diagnostics_output import print_diagnostics, read_error_message
from .stdin import STDIN, read_stdin, shown_name
from .text_output import print_text

if TYPE_CHECKING:
    from ..importing.plan import NotTranslated, WorkflowPlan

# The modules of `importing`, which have `read(text, name, workflows, files) -> WorkflowPlan`.
SYSTEMS = {"github-actions": "github.workflow", "gitlab-ci": "gitlab.pipeline"}
OK, NOT_IMPORTED = 0, 1
_SUFFIX = WORKFLOW_SUFFIXES[0]


class _Imported(NamedTuple):
    """A workflow that was made: its text, and where it is or would be."""

    plan: WorkflowPlan
    text: str
    path: Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `import`."""
    parser.add_argument("system", choices=tuple(SYSTEMS), help="where the pipeline is from")
    parser.add_argument("source", metavar="FILE", help="the pipeline, or a folder of them; `-` reads stdin")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="the workflow file to write; of a folder, the folder (default: stdout; that folder itself)",
    )


def main(args: argparse.Namespace) -> int:
    """Write the workflows, tell what is not translated, and return the exit code: 1 if one was not imported."""
    source = Path(args.source)
    if not source.is_dir():
        output = Path(args.output) if args.output else None
        return _import_with_its_workflows(args.system, source, output)
    found = (path for suffix in ("*.yml", "*.yaml") for path in source.glob(suffix))
    files = sorted(path for path in found if not path.name.endswith(WORKFLOW_SUFFIXES))
    if not files:
        print_text(f"{source}: error: no *.yml or *.yaml files found", file=sys.stderr)
        return NOT_IMPORTED
    folder = Path(args.output) if args.output else source
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print_text(f"{folder}: error: {error.strerror}", file=sys.stderr)
        return NOT_IMPORTED
    workflows = _named(files, source)
    outputs = {path: folder / _file_name(path) for path in files}
    imported = [_import(args.system, path, output, workflows) for path, output in outputs.items()]
    _check(found for found in imported if found is not None)
    return NOT_IMPORTED if None in imported else OK


def _import_with_its_workflows(system: str, source: Path, output: Path | None) -> int:
    """Import a file and, beside its output, the reusable workflows of its repository that it calls."""
    files = repository_of(source).workflows() if output is not None else []
    workflows = _named(files, Path(".github/workflows"))
    calling = _import(system, source, output, workflows)
    if calling is None:
        return NOT_IMPORTED
    if output is None:
        _check([calling])
        return OK
    by_name = {_file_name(path): path for path in files}
    imported, code, waiting, seen = [calling], OK, _called(calling.plan), {_file_name(source)}
    while waiting:
        name = waiting.pop(0)
        target = output.with_name(name)
        if name in seen or target.exists():
            # What is there may be the very workflow, imported before.
            continue
        seen.add(name)
        called = _import(system, by_name[name], target, workflows)
        if called is None:
            code = NOT_IMPORTED
            continue
        imported.append(called)
        waiting += _called(called.plan)
    _check(imported)
    print_text(f"run it:  duckflux run {quote(str(output))}", file=sys.stderr)
    return code


def _called(plan: WorkflowPlan) -> list[str]:
    """Return the files of the sub-workflows of a plan."""
    return [step.path for level in plan.levels for job in level for step in job.steps if step.path]


def _named(files: list[Path], folder: Path) -> dict[str, str]:
    """Return what workflow files become, by their paths from the root of the repository."""
    in_repository = ".github/workflows" if folder.resolve().name == "workflows" else folder.as_posix()
    return {f"{in_repository}/{path.name}": _file_name(path) for path in files}


def _file_name(path: Path) -> str:
    return f"{path.stem}{_SUFFIX}"


def _import(system: str, source: Path, output: Path | None, workflows: Mapping[str, str]) -> _Imported | None:
    """Import one file and tell what is not translated; return None if that was not possible."""
    from importlib import import_module

    from ..ide.formatting import formatted
    from ..importing.plan import ImportFailedError
    from ..importing.writer import workflow_text

    given, source = source, Path(shown_name(str(source)))
    try:
        text = _text(given)
        module = import_module(f"duckflux.importing.{SYSTEMS[system]}")
        plan: WorkflowPlan = module.read(text, source.stem, workflows, repository_of(given).text)
    except (OSError, UnicodeDecodeError) as error:
        print_text(f"{source}: error: {read_error_message(error)}", file=sys.stderr)
        return None
    except ImportFailedError as error:
        print_text(f"{source}: error: {error}", file=sys.stderr)
        _tell(source, error.not_translated)
        return None
    result = formatted(workflow_text(plan)).rstrip("\n") + "\n"
    if not _write(result, output):
        return None
    _tell(source, plan.not_translated)
    return _Imported(plan, result, output or source.with_name(_file_name(source)))


def _check(imported: Iterable[_Imported]) -> None:
    """Tell what is wrong with workflows, once those that they call are written too."""
    from ..language.analysis import analyse

    for one in imported:
        analysis = analyse(one.text, path=one.path.resolve())
        found = tuple(each for each in analysis.diagnostics if each.severity != "information")
        print_diagnostics(analysis, str(one.path), found, sys.stderr)


def _text(source: Path) -> str:
    """Return the text of a pipeline. Raises OSError, UnicodeDecodeError."""
    return (
        read_stdin(MAX_BYTES)
        if str(source) == STDIN
        else read_named_file(source, MAX_BYTES).decode("utf-8-sig")
    )


def _write(text: str, output: Path | None) -> bool:
    """Write a workflow, and return whether that was possible."""
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    elif output.exists():
        print_text(f"{output}: error: it exists already", file=sys.stderr)
        return False
    else:
        try:
            output.write_text(text, "utf-8")
        except OSError as error:
            print_text(f"{output}: error: cannot be written: {error.strerror}", file=sys.stderr)
            return False
        print_text(f"written: {output}", file=sys.stderr)
    return True


def _tell(source: Path, notes: tuple[NotTranslated, ...]) -> None:
    """Tell what is not translated, and how often what occurs."""
    for note in sorted(notes, key=lambda note: (note.file, note.line)):
        print_text(
            f"{note.file or source}:{note.line}: not translated: {note.what}: {note.reason}", file=sys.stderr
        )
    if notes:
        kinds = Counter(note.kind for note in notes).most_common()
        summary = ", ".join(f"{kind} ×{count}" if count > 1 else kind for kind, count in kinds)
        print_text(f"{source}: {len(notes)} not translated: {summary}", file=sys.stderr)
