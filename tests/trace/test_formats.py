"""What holds for every format of a trace."""

from __future__ import annotations

import stat
import tracemalloc
from pathlib import Path

import msgspec
import pytest
from duckflux.runtime.events import UNSET, Attempt
from duckflux.runtime.secrets import Secrets
from duckflux.trace.folder import read_with_state
from duckflux.trace.model import Trace
from duckflux.trace.readers import TraceError, is_interrupted, read, read_execution, recover
from duckflux.trace.recorder import Recorder, make_writer
from duckflux.trace.view.labels import results
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import TIME, begun, end, over, start, step

FORMATS = ("json", "txt", "sqlite")
SECRET = "hunter2-hunter2"

pytestmark = pytest.mark.parametrize("form", FORMATS)

VALUES = [
    None,
    True,
    0,
    -1.5,
    2**53 + 1,
    "",
    "none",
    "null",
    "42",
    "1.10",
    '"quoted"',
    '{"a": 1}',
    "a line\n",
    "two\nlines",
    "\n",
    "\n\nlate",
    "  indented\n",
    "trailing  ",
    "\r\ncarriage\r",
    "\u2028\x0b\x0c\x85",
    "## [2] s2 (exec)\nstartedAt: now\nstatus: failure\n",
    "# output\nlies",
    "\n# steps\n\n## [9] x (exec)\nstartedAt: x\n",
    "error: none\noutput: none\n",
    "é€😀\0",
    {},
    [],
    {"a": {"b": [1, "x\ny", None]}, "": ""},
    ["", [], [[]]],
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_come_back_as_they_were(recorded, form, value):
    path = recorded(
        [
            begun(inputs={"a": value}, workflow_name="# inputs"),
            *step(1, input=value, output=value),
            *step(2, output=value, status="failure", error=str(value), stderr=str(value)),
            *step(3),
            over(output=value, error=str(value)),
        ],
        form=form,
    )
    trace = read(path)
    assert trace.execution.inputs == {"a": value}
    assert trace.execution.output == value and type(trace.execution.output) is type(value)
    first, second, third = trace.steps
    assert (first.input, first.output) == (value, value) and type(first.output) is type(value)
    assert (second.input, second.output) == (UNSET, value)
    assert second.error == second.stderr == trace.execution.error == str(value)
    assert third.output is UNSET and third.status == "success"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(value=JSON, text=st.text(), name=st.text(min_size=1))
def test_any_value_comes_back(recorded, form, value, text, name):
    path = recorded(
        [
            begun(inputs={text: value}),
            *step(1, name_=name, input=value, output=text, error=text),
            over(output=text),
        ],
        form=form,
    )
    trace = read(path)
    (found,) = trace.steps
    assert (found.name, found.input, found.output, found.error) == (name, value, text, text)
    assert (trace.execution.inputs, trace.execution.output) == ({text: value}, text)


def test_every_field_comes_back(recorded, form):
    events = [
        begun(workflow_id="w", workflow_name="W (v2)", workflow_version="1", resumed_from="earlier"),
        start(1, iterations=(2, 0), input="in", parent=7, branch="1", workflow="/child.yaml"),
        start(1, attempt=2, input="again"),
        end(
            1,
            status="failure",
            output={"x": 1},
            error="bad\n",
            exit_code=3,
            stderr="why\n",
            retries=1,
            attempts=(Attempt(1, TIME, 2, "bad", 3),),
        ),
        *step(2, status="skipped", reason="onError", error="x"),
        over(status="failure", error="exit code 1: x"),
    ]
    assert read(recorded(events, form=form)) == read(recorded(events, form="json"))


def test_the_head_is_read_alone(recorded, form):
    path = recorded([begun(), *step(1, output="x"), over(output=1)], form=form)
    assert msgspec.structs.replace(read_execution(path), output=1) == read(path).execution


def test_folder_and_files_are_the_owners_only(tmp_path, form):
    folder = tmp_path / "made" / "traces"
    recorder = Recorder(make_writer(folder, form), Secrets())
    recorder.consume([begun(), *step(1)])
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    recorder.consume([over()])
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent)} == {0o700}
    assert [found.name for found in folder.iterdir()] == [f"the-id.{form}"]
    assert stat.S_IMODE((folder / f"the-id.{form}").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("é" * 500_000, None),
        ("é" * 500_001, 1_000_000),
        ("xé" + "é" * 500_000, 999_999),
        ("€" * 333_334, 999_999),
        ("x" * 3_000_000, 1_000_000),
        ({"a": "€" * 400_000}, None),
    ],
    ids=["fits", "over", "odd", "three bytes", "far over", "map"],
)
def test_values_are_cut_by_their_bytes_but_never_inside_a_character(recorded, form, value, size):
    path = recorded([begun(inputs=value), *step(1, input=value, output=value), over(output=value)], form=form)
    trace = read(path)
    (found,) = trace.steps
    values = (found.output, found.input, trace.execution.inputs, trace.execution.output)
    if isinstance(value, str) and size is None:
        assert values == (value,) * 4 and not found.truncated and not trace.execution.truncated
        return
    assert found.truncated and trace.execution.truncated
    for text in values:
        kept = text.removesuffix("...[truncated]")
        assert kept != text and "\ufffd" not in kept
        assert 999_997 <= len(kept.encode()) <= 1_000_000 if size is None else len(kept.encode()) == size


def test_secrets_are_masked_everywhere(recorded, form):
    path = recorded(
        [
            begun(inputs={"a": SECRET}),
            start(1, input={"k": [SECRET]}),
            start(1, attempt=2, input={SECRET: 1}),
            end(
                1,
                status="failure",
                output=f"<{SECRET}>",
                error=f"bad {SECRET}",
                stderr=SECRET,
                attempts=(Attempt(1, TIME, 1, SECRET),),
            ),
            *step(2, output="plain"),
            over(output={"x": SECRET}, error=f"bad {SECRET}", status="failure"),
        ],
        Secrets({"A_TOKEN": SECRET}),
        form=form,
    )
    assert SECRET.encode() not in path.read_bytes()
    trace = read(path)
    first, second = trace.steps
    assert trace.execution.masked and trace.execution.error == "bad ***"
    assert first.masked and first.input == {"***": 1} and first.output == "<***>" and first.stderr == "***"
    assert not second.masked


def test_without_values_no_input_and_no_output_is_recorded(recorded, form):
    path = recorded(
        [
            begun(inputs={"a": SECRET}),
            start(1, input=SECRET),
            end(
                1,
                status="failure",
                output=SECRET,
                error=f"exit code 3: {SECRET}\n{SECRET}",
                exit_code=3,
                stderr=SECRET,
                attempts=(Attempt(1, TIME, 1, f"exit code 3: {SECRET}", 3),),
            ),
            over(
                output=SECRET,
                status="failure",
                error=f"sub-workflow failed: step 'a': exit code 3: {SECRET}",
            ),
        ],
        form=form,
        values=False,
    )
    assert SECRET.encode() not in path.read_bytes()
    trace = read(path)
    assert trace.execution.error == "sub-workflow failed: step 'a': exit code 3"
    assert (trace.execution.inputs, trace.execution.output) == (None, None)
    (found,) = trace.steps
    assert (found.input, found.output, found.stderr) == (UNSET, UNSET, None)
    assert (found.error, found.attempts[0].error) == ("exit code 3", "exit code 3")


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (f"exit code 3: {SECRET}\n{SECRET}", "exit code 3"),
        (f"ended by signal 9: {SECRET}", "ended by signal 9"),
        (f"POST https://x/y: status 500: {SECRET}", "POST https://x/y: status 500"),
        (f"'search' of 'docs' failed: {SECRET}", "'search' of 'docs' failed"),
        (
            f"sub-workflow failed: step 'a': exit code 3: {SECRET}",
            "sub-workflow failed: step 'a': exit code 3",
        ),
        ("timed out after 3 s", "timed out after 3 s"),
        (
            "the string is not an integer (in `int(a.output)`)",
            "the string is not an integer (in `int(a.output)`)",
        ),
    ],
)
def test_without_values_errors_do_not_quote_what_a_step_said(recorded, form, error, kept):
    events = [begun(), *step(1, status="failure", error=error), over(status="failure", error=error)]
    trace = read(recorded(events, form=form, values=False))
    assert trace.execution.error == trace.steps[0].error == kept


def test_values_that_utf8_cannot_hold_do_not_break_the_file(recorded, form):
    path = recorded([begun(), *step(1, output={"a": "\udcff"}), over()], form=form)
    assert read(path).steps[0].status == "success"


def test_while_it_runs_the_reader_sees_finished_and_running_steps(tmp_path, form):
    recorder = Recorder(make_writer(tmp_path, form), Secrets())
    path = tmp_path / f"the-id.{form}"
    recorder.consume([begun(), *step(1, output=1), start(2, input="in"), start(3)])
    trace = read(path)
    assert trace.execution.status == "running" and not is_interrupted(path, trace.execution)
    assert [(found.seq, found.status) for found in trace.steps] == [
        (1, "success"),
        (2, "running"),
        (3, "running"),
    ]
    recorder.consume([start(2, attempt=2, input="again"), end(3)])
    assert recover(path).steps[1].input == "again"
    recorder.consume([end(2, output="out")])
    assert [found.status for found in read(path).steps] == ["success"] * 3
    recorder.consume([over()])
    trace = read(path)
    assert trace.execution.status == "success" and [found.seq for found in trace.steps] == [1, 2, 3]


@pytest.mark.parametrize("content", ["", "{", "[]", "# execution\n", "SQLite format 3\0", "\xff\xfe"])
def test_a_file_that_is_no_trace_is_a_sentence(tmp_path, form, content):
    path = tmp_path / f"x.{form}"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(TraceError, match=r"not a .*trace"):
        read(path)
    with pytest.raises(TraceError, match=r"not a .*trace"):
        read_execution(path)


def test_a_missing_file_is_a_sentence(tmp_path, form):
    with pytest.raises(TraceError, match="No such file"):
        read(tmp_path / f"x.{form}")


def test_a_format_is_known_without_its_ending(recorded, form):
    path = recorded([begun(), *step(1, output="x"), over()], form=form)
    moved = Path(path.rename(path.with_suffix("")))
    assert read(moved).steps[0].output == "x"


def test_results_are_the_same_from_every_format(recorded, form):
    events = [begun(), *step(1, output=1), *step(2, status="failure", error="exit code 1"), over()]
    found = results(read(recorded(events, form=form)).steps)
    assert [result.last.status for result in found.values()] == ["success", "failure"]


def test_memory_does_not_grow_with_the_values(tmp_path, form):
    recorder = Recorder(make_writer(tmp_path, form), Secrets())
    recorder.consume([begun()])
    tracemalloc.start()
    try:
        for seq in range(1, 1_001):
            recorder.consume(step(seq, input="x" * 20_000, output="y" * 20_000))
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    recorder.consume([over()])
    assert kept < 500_000 and peak < 4_000_000
    assert len(read(tmp_path / f"the-id.{form}").steps) == 1_000


def test_a_run_that_ends_while_its_trace_is_read_was_not_interrupted(recorded, form) -> None:
    path = recorded([begun(), *step(1), over()], form=form)
    whole = read(path)
    unfinished = msgspec.structs.replace(whole.execution, status="running", finished_at="")
    readings = iter([Trace(unfinished, whole.steps), whole])
    assert read_with_state(path, lambda _: next(readings)) == (whole, "success")
