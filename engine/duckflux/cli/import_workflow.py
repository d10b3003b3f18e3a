"""Implements `duckflux import SYSTEM FILE`: makes workflows out of pipelines of CI systems."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..files import read_named_file
from ..language.workflow_files import WORKFLOW_SUFFIXES
from .diagnostics_output import print_diagnostics, read_error_message
from .text_output import print_text

if TYPE_CHECKING:
    from ..importing.plan import NotTranslated

# The modules of `importing`, which have `read(text, name, workflows) -> WorkflowPlan`.
SYSTEMS = {"github-actions": "github_actions", "gitlab-ci": "gitlab_ci"}
OK, NOT_IMPORTED = 0, 1
_MAX_BYTES = 10 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `import`."""
    parser.add_argument("system", choices=tuple(SYSTEMS), help="where the pipeline is from")
    parser.add_argument("source", metavar="FILE", help="the pipeline, or a folder of them")
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
        return _import(args.system, source, output, {})
    found = (path for suffix in ("*.yml", "*.yaml") for path in source.glob(suffix))
    files = sorted(path for path in found if not path.name.endswith(WORKFLOW_SUFFIXES))
    if not files:
        print_text(f"{source}: error: no *.yml or *.yaml files found", file=sys.stderr)
        return NOT_IMPORTED
    folder = Path(args.output) if args.output else source
    folder.mkdir(parents=True, exist_ok=True)
    workflows = {
        f"{_in_repository(source)}/{path.name}": f"{path.stem}{WORKFLOW_SUFFIXES[0]}" for path in files
    }
    codes = [
        _import(args.system, path, folder / f"{path.stem}{WORKFLOW_SUFFIXES[0]}", workflows) for path in files
    ]
    return max(codes)


def _in_repository(folder: Path) -> str:
    """Return the path of a folder as pipelines name it, from the root of the repository."""
    return ".github/workflows" if folder.resolve().name == "workflows" else folder.as_posix()


def _import(system: str, source: Path, output: Path | None, workflows: Mapping[str, str]) -> int:
    from importlib import import_module

    from ..importing.plan import ImportFailedError
    from ..importing.writer import workflow_text

    try:
        text = read_named_file(source, _MAX_BYTES).decode("utf-8-sig")
        plan = import_module(f"duckflux.importing.{SYSTEMS[system]}").read(text, source.stem, workflows)
    except (OSError, UnicodeDecodeError) as error:
        print_text(f"{source}: error: {read_error_message(error)}", file=sys.stderr)
        return NOT_IMPORTED
    except ImportFailedError as error:
        print_text(f"{source}: error: {error}", file=sys.stderr)
        _tell(source, error.not_translated)
        return NOT_IMPORTED
    if not _write(workflow_text(plan), source, output):
        return NOT_IMPORTED
    _tell(source, plan.not_translated)
    return OK


def _write(text: str, source: Path, output: Path | None) -> bool:
    """Write a workflow, tell what is wrong with it, and return whether it was written."""
    from ..ide.formatting import formatted
    from ..language.analysis import analyse

    text = formatted(text).rstrip("\n") + "\n"
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
    shown = output or source.with_name(f"{source.stem}{WORKFLOW_SUFFIXES[0]}")
    analysis = analyse(text, path=shown.resolve())
    found = tuple(one for one in analysis.diagnostics if one.severity != "information")
    print_diagnostics(analysis, str(shown), found, sys.stderr)
    return True


def _tell(source: Path, notes: tuple[NotTranslated, ...]) -> None:
    """Tell what is not translated, and how often what occurs."""
    for note in sorted(notes, key=lambda note: note.line):
        print_text(f"{source}:{note.line}: not translated: {note.what}: {note.reason}", file=sys.stderr)
    if notes:
        kinds = Counter(note.kind for note in notes).most_common()
        summary = ", ".join(f"{kind} ×{count}" if count > 1 else kind for kind, count in kinds)
        print_text(f"{source}: {len(notes)} not translated: {summary}", file=sys.stderr)
