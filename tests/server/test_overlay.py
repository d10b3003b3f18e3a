"""Results on a text that is edited after its run."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from duckflux.language.analysis import analyse
from duckflux.runtime.events import ExecutionFinished, ExecutionStarted, StepFinished, StepStarted
from duckflux.trace.view.labels import label
from duckflux_ls.runs.overlay import FAILED_RUN, Overlay
from duckflux_ls.session.documents import OpenDocument
from lsprotocol.types import PositionEncodingKind, TextDocumentContentChangeWholeDocument

FILE = "/w.duck.yaml"
TEXT = """\
flow:
  - as: one
    type: exec
    run: a
  - loop:
      as: many
      max: 2
      steps:
        - as: inner
          type: exec
          run: b
  - as: last
    type: exec
    run: c
"""
PATHS = {"one": "/flow/0", "many": "/flow/1", "inner": "/flow/1/loop/steps/0", "last": "/flow/2"}
TIME = "2026-01-01T00:00:00.000Z"


class Edited:
    """The overlay of a run in which the step `failing` failed, and its text."""

    def __init__(self, failing: str | None = None) -> None:
        self.text = TEXT
        analysis = analyse(TEXT, Path(FILE))
        assert not analysis.diagnostics
        self.overlay = overlay = Overlay(analysis, Path("/traces"))
        overlay.take(ExecutionStarted("id", FILE, "", TIME, {}))
        for seq, (name, path) in enumerate(PATHS.items(), 1):
            kind, parent = ("loop" if name == "many" else "exec"), (2 if name == "inner" else None)
            overlay.take(StepStarted(seq, name, kind, path, parent, FILE, (), None, 1, TIME))
        for seq, name in enumerate(PATHS, 1):
            failed = name == failing or (failing == "inner" and name == "many")
            error = "it broke" if failed else None
            overlay.take(StepFinished(seq, "failure" if failed else "success", TIME, 5, error=error))
        overlay.take(ExecutionFinished("failure" if failing else "success", TIME, 9))

    def replace(self, old: str, new: str) -> None:
        """Change one place, by the least edit that does it."""
        assert old in self.text
        document = OpenDocument("file://" + FILE, 1, self.text)
        change = TextDocumentContentChangeWholeDocument(self.text.replace(old, new, 1))
        edit = document.apply(change, PositionEncodingKind.Utf16)
        self.text = document.text
        self.overlay.edit(edit, self.text)

    def shown(self) -> dict[str, str]:
        """The first lines of the steps that still have a result, by name."""
        names = {path: name for name, path in PATHS.items()}
        return {
            names[shown.result.path]: self.text[shown.start :].partition("\n")[0]
            for shown in self.overlay.shown()
        }

    def diagnostics(self) -> list[tuple[str, str]]:
        lines = analyse(self.text).document.lines
        found = self.overlay.diagnostics(lines, PositionEncodingKind.Utf16)
        return [(lines.line_text(d.range.start.line).strip(), d.message) for d in found]


ALL = {"one": "as: one", "many": "loop:", "inner": "as: inner", "last": "as: last"}


def without(*names: str) -> dict[str, str]:
    return {name: line for name, line in ALL.items() if name not in names}


def test_all_have_their_places():
    edited = Edited()
    assert edited.shown() == ALL
    assert not edited.overlay.stale


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("flow:", "# a 💡 comment\nid: x\nflow:"),
        ("flow:\n", "flow:\r\n"),
        ("run: a\n", "run: a\n  # between\n"),
        ("run: a\n", "run: a\n  - {type: exec, run: new}\n"),
        ("run: c\n", "run: c\noutput: last.output\n"),
        ("flow:\n  - as", "flow:\n\n  - as"),
    ],
    ids=["before", "line end", "between", "a new step", "after", "an empty line"],
)
def test_an_edit_outside_moves_results_and_makes_them_stale(old, new):
    edited = Edited()
    edited.replace(old, new)
    assert edited.shown() == ALL
    assert edited.overlay.stale


@pytest.mark.parametrize(
    ("old", "new", "gone"),
    [
        ("run: a", "run: ab", "one"),
        ("as: one", "as: One", "one"),
        ("run: c", "run: c d", "last"),
        ("run: b", "run: bb", "inner"),
        ("max: 2", "max: 3", "many"),
        ("type: exec\n    run: c", "run: c", "last"),
    ],
)
def test_an_edit_inside_takes_the_innermost_result_away(old, new, gone):
    edited = Edited()
    edited.replace(old, new)
    assert edited.shown() == without(gone)


@pytest.mark.parametrize(
    ("old", "gone"),
    [
        ("run: a\n  - loop:\n", ("one", "many")),
        ("run: b\n  - as: last", ("many", "inner", "last")),
        ("  - as: one\n    type: exec\n    run: a\n", ("one",)),
        (TEXT, ("one", "many", "inner", "last")),
    ],
)
def test_an_edit_across_steps_takes_the_results_of_all_it_cuts(old, gone):
    edited = Edited()
    edited.replace(old, "x")
    shown = edited.shown()
    assert not set(shown) & set(gone)
    assert {name: line for name, line in shown.items() if name == "last"} == (
        {} if "last" in gone else {"last": "as: last"}
    )


def test_undo_brings_everything_back():
    edited = Edited("last")
    edited.replace("run: c", "run: other")
    edited.replace("flow:", "\nflow:")
    assert edited.shown() == without("last")
    edited.replace("\nflow:", "flow:")
    assert edited.overlay.stale
    edited.replace("run: other", "run: c")
    assert edited.shown() == ALL
    assert not edited.overlay.stale
    assert len(edited.diagnostics()) == 1


def test_only_the_innermost_failed_step_has_a_diagnostic():
    edited = Edited("inner")
    assert edited.diagnostics() == [("- as: inner", "failed in the last run: it broke")]
    edited.replace("flow:", "\n\nflow:")
    assert edited.diagnostics() == [("- as: inner", "failed in the last run: it broke")]


def test_the_diagnostic_goes_with_an_edit_inside_its_step():
    edited = Edited("last")
    edited.replace("run: a", "run: aa")
    assert [line for line, _ in edited.diagnostics()] == ["- as: last"]
    edited.replace("run: c", "run: cc")
    assert edited.diagnostics() == []


def test_an_edit_inside_the_failed_step_does_not_blame_the_construct_around_it():
    edited = Edited("inner")
    edited.replace("run: b", "run: bb")
    assert edited.diagnostics() == []


def test_a_success_has_no_diagnostic():
    assert Edited().diagnostics() == []
    assert FAILED_RUN == "run-failed"


def test_a_long_loop_with_large_outputs_does_not_grow():
    """Only the last result of a step of the file is kept, however often it runs."""
    overlay = Overlay(analyse(TEXT, Path(FILE)), Path("/traces"))
    overlay.take(ExecutionStarted("id", FILE, "", TIME, {}))
    overlay.take(StepStarted(1, "many", "loop", PATHS["many"], None, FILE, (), None, 1, TIME))
    tracemalloc.start()
    try:
        for index in range(2_000):
            seq = index + 2
            overlay.take(StepStarted(seq, "inner", "exec", PATHS["inner"], 1, FILE, (index,), None, 1, TIME))
            overlay.take(StepFinished(seq, "success", TIME, 1, output=f"{index}" * 10_000))
            overlay.shown()
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert kept < 500_000
    results = {shown.result.path: label(shown.result) for shown in overlay.shown()}
    assert results[PATHS["inner"]] == "✓ ×2000 · 2.0s"
    assert results[PATHS["many"]] == "⟳ ×2000 · running"
