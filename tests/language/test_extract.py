"""Steps between two lines `# from` and `# to` become a workflow of their own, and the run comes out the same."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import duckflux
import pytest
from duckflux.ide.fixes import apply
from duckflux.ide.refactors import Refactoring, refactorings
from duckflux.language.analysis import Analysis, analyse, load
from duckflux.language.model.workflow import Step, inner_steps

from .made_workflows import Maker

EXAMPLES = Path(__file__).parents[2] / "examples"
WORKFLOWS = [path for path in sorted(EXAMPLES.glob("*.duck.yaml")) if not load(path).errors]

PARTICIPANTS = {
    "one": '{type: exec, run: \'printf "{\\"n\\": 1}"\'}',
    "two": '{type: exec, input: {n: one.output.n}, run: \'printf "{\\"n\\": $((n + 1))}"\'}',
    "three": "{type: exec, input: {n: two.output.n}, run: 'printf \"$((n + 1))\"'}",
    "text": "{type: exec, run: printf text}",
    "cat": "{type: exec, run: cat}",
    "fails": "{type: exec, run: exit 1, onError: skip}",
    "count": '{type: exec, input: {n: loop.iteration}, run: \'printf "{\\"n\\": $n}"\'}',
}


def workflow(steps: str) -> str:
    """The steps, with the participants that they run."""
    used = [f"  {name}: {what}\n" for name, what in PARTICIPANTS.items() if re.search(rf"\b{name}\b", steps)]
    return "".join([*(["participants:\n"] if used else []), *used, "flow:\n", steps])


def selected(text: str, path: Path) -> tuple[Analysis, int, int]:
    before, _, rest = text.partition("# from\n")
    inside, _, after = rest.partition("# to\n")
    # The marks may be indented.
    before, inside = before.rstrip(" "), inside.rstrip(" ")
    start = len(before) + len(inside) - len(inside.lstrip())
    return analyse(before + inside + after, path), start, len(before) + len(inside.rstrip())


def extraction(analysis: Analysis, start: int, end: int) -> Refactoring | None:
    found = refactorings(analysis, start, end)
    return next((one for one in found if one.title.startswith("Extract")), None)


def both(text: str, folder: Path) -> tuple[str, str]:
    """The text of the workflow that is left, and of the new one, which is written to its file."""
    analysis, start, end = selected(text, folder / "main.duck.yaml")
    found = extraction(analysis, start, end)
    assert found is not None
    assert not found.refused, found.refused
    assert found.file is not None
    (folder / "main.duck.yaml").write_text(analysis.document.text)
    found.file.path.write_text(found.file.text)
    return apply(analysis.document.text, found.edits), found.file.text


def refused(text: str) -> str:
    found = extraction(*selected(text, Path("/nowhere/main.duck.yaml")))
    assert found is not None
    assert not found.edits
    return found.refused


def test_what_is_read_is_given_and_given_back(tmp_path: Path) -> None:
    text = """\
inputs:
  # The ones who are greeted.
  names: {type: array, items: {type: string}, required: true}
  loud: {type: boolean, default: false}
participants:
  first:
    type: exec
    run: date

  # Says hello.
  greet:
    type: exec
    input: {name: 'workflow.inputs.names[0]', at: first.output}
    run: printf "hello, $name"
flow:
  - first
  - set: {count: size(workflow.inputs.names)}
# from
  # To one alone.
  - greet  # politely
  - set:
      long: size(greet.output) > execution.context.count
# to
  - type: emit
    event: greeted
    payload: {long: execution.context.long}
output:
  greeting: greet.output
"""
    left, new = both(text, tmp_path)
    assert left == text.partition("\n  # Says hello")[0] + "\n" + dedent("""\
        flow:
          - first
          - set: {count: size(workflow.inputs.names)}
          # To one alone.
          - as: part
            type: workflow
            path: ./main-part.duck.yaml
            input:
              names: workflow.inputs.names
              first: '{"output": first.output}'
              count: execution.context.count
          - type: emit
            event: greeted
            payload: {long: part.output.long}
        output:
          greeting: part.output.greet
    """)
    assert new == dedent("""\
        id: main-part

        inputs:
          # The ones who are greeted.
          names: {type: array, items: {type: string}, required: true}
          first: {type: object, required: true}
          count: {type: integer, required: true}

        participants:
          # Says hello.
          greet:
            type: exec
            input: {name: 'workflow.inputs.names[0]', at: workflow.inputs.first.output}
            run: printf "hello, $name"

        flow:
          - greet  # politely
          - set:
              long: size(greet.output) > workflow.inputs.count

        output:
          long: execution.context.long
          greet: greet.output
    """)


SAME = {
    "the last result": "# from\n  - one\n  - two\n# to\noutput: two.output.n\n",
    "results of several": (
        "# from\n  - one\n  - two\n  - text\n# to\noutput: '[one.output, two.status, text.output]'\n"
    ),
    "a map of results": "# from\n  - one\n  - two\n# to\noutput: {a: one.output.n, b: two.retries}\n",
    "what flows on, as it was printed": "# from\n  - one\n# to\n  - cat: {when: 'true'}\n",
    "text that flows on": "  - one\n# from\n  - two\n  - set: {x: two.output.n}\n  - three\n# to\n  - cat\n",
    "behind text": (
        "  - one\n  - text\n# from\n  - set: {x: one.output.n + 1}\n# to\n  - set: {y: execution.context.x + 1}\n"
        "output: execution.context.y\n"
    ),
    "what need not be there": (
        "  - one\n  - two: {when: one.output.n > 5}\n# from\n"
        "  - set: {x: 'has(two.output) ? two.output.n : 42'}\n# to\noutput: execution.context.x\n"
    ),
    "what need not come back": (
        "  - one\n# from\n  - two: {when: one.output.n > 5}\n# to\n"
        "  - set: {x: 'has(two.output) ? two.output.n : 42'}\noutput: execution.context.x\n"
    ),
    "steps of a branch": (
        "  - one\n  - if:\n      condition: one.output.n == 5\n      then:\n# from\n        - two\n# to\n"
        "output: 'has(two.output) ? two.output.n : 42'\n"
    ),
    "a failure that is skipped": "# from\n  - fails\n# to\noutput: {s: fails.status, e: has(fails.error)}\n",
    "a round": (
        "  - set: {all: '[]'}\n  - loop:\n      as: round\n      max: 3\n      steps:\n# from\n        - count\n"
        "        - set: {n: count.output.n + round.index * 10, last: loop.last}\n# to\n"
        "        - set: {all: 'execution.context.all + [execution.context.n, execution.context.last]'}\n"
        "output: execution.context.all\n"
    ),
    "a whole loop": (
        "# from\n  - set: {n: 0 + 0}\n  - loop:\n      max: 3\n      steps:\n"
        "        - set: {n: execution.context.n + loop.iteration}\n# to\noutput: execution.context.n\n"
    ),
    "one of two branches": "  - parallel:\n      - one\n# from\n      - text\n# to\n",
    "events": (
        "# from\n  - {type: emit, event: it, payload: {a: '1'}}\n# to\n  - wait: {event: it}\noutput: event.a\n"
    ),
}


@pytest.mark.parametrize("steps", SAME.values(), ids=SAME)
def test_a_run_comes_out_the_same(tmp_path: Path, steps: str) -> None:
    left, _ = both(workflow(steps), tmp_path)
    main = tmp_path / "main.duck.yaml"
    before = duckflux.run_sync(main)
    main.write_text(left)
    after = duckflux.run_sync(main)
    assert before.success and after.success, (before.error, after.error)
    assert after.output == before.output
    assert not load(main).errors


def test_defaults_and_inputs_go_along(tmp_path: Path) -> None:
    text = """\
inputs:
  who: {type: string}
  times: {type: integer, default: 2}
defaults: {timeout: 20s, onError: sorry}
participants:
  greet: {type: exec, input: {who: 'has(workflow.inputs.who) ? workflow.inputs.who : "you"'}, run: printf "$who"}
  fails: {type: exec, run: exit 1}
  sorry: {type: exec, run: printf sorry}
flow:
# from
  - greet
  - loop: {max: workflow.inputs.times, steps: [fails]}
# to
output: {greeting: greet.output, status: fails.status, sorry: sorry.output}
"""
    left, new = both(text, tmp_path)
    assert "timeout: 30d\n    onError: fail\n" in left
    assert "sorry" in left.partition("flow:")[0] and "sorry" in new
    main = tmp_path / "main.duck.yaml"
    before = [duckflux.run_sync(main, inputs) for inputs in ({}, {"who": "Ada"})]
    main.write_text(left)
    after = [duckflux.run_sync(main, inputs) for inputs in ({}, {"who": "Ada"})]
    assert [one.output for one in after] == [one.output for one in before]
    assert after[1].output == {"greeting": "Ada", "status": "failure", "sorry": "sorry"}


REFUSED = {
    "`cat` takes what flows in from the step before: give it an `input` first": (
        "  - one\n# from\n  - cat\n# to\n"
    ),
    "`cat` takes the result of the steps, but `one.output` is read too": (
        "# from\n  - one\n  - text\n# to\n  - cat\noutput: one.output\n"
    ),
    "`count.output` may be from an earlier iteration of the loop around the steps": (
        "  - loop:\n      max: 2\n      steps:\n# from\n"
        "        - set: {x: 'has(count.output) ? count.output.n : 0'}\n        - count\n# to\n"
    ),
    "`execution.context.x` is also set elsewhere": (
        "  - set: {x: 1 + 0}\n# from\n  - set: {x: 1 + 1}\n# to\noutput: execution.context.x\n"
    ),
    "`round` is read after its loop has ended": (
        "# from\n  - loop: {as: round, max: 2, steps: [one]}\n# to\n  - set: {x: round.index}\n"
    ),
    "the steps run in parallel, and would run one after the other": (
        "  - parallel:\n# from\n      - one\n      - text\n# to\n"
    ),
    "the steps read `event`, which is set by a `wait` elsewhere": (
        "  - {type: emit, event: it}\n  - wait: {event: it}\n# from\n  - set: {x: event}\n# to\n"
    ),
    "`event` is set by a `wait` in the steps and read elsewhere": (
        "  - {type: emit, event: it}\n# from\n  - wait: {event: it}\n# to\noutput: event\n"
    ),
    "`one.startedAt` is a timestamp, which can't be passed between workflows": (
        "  - one\n# from\n  - set: {x: string(one.startedAt)}\n# to\n"
    ),
    "a `wait` in the steps would take the events of earlier iterations again": (
        "  - {type: emit, event: it}\n  - loop:\n      max: 2\n      steps:\n# from\n"
        "        - wait: {event: it}\n        - set: {x: 1 + 1}\n# to\n"
    ),
    "`execution.context.x` may hold a value that can't be passed between workflows unchanged": (
        "# from\n  - set: {x: '[now]'}\n# to\n  - set: {y: 'execution.context.x[0] < now'}\n"
    ),
    "all of `one` is read": "# from\n  - one\n# to\noutput: one\n",
    "all of `execution.context` is read": "# from\n  - set: {x: 1 + 0}\n# to\noutput: execution.context\n",
    "the workflow has errors": "# from\n  - one\n# to\n  - none\n",
}


@pytest.mark.parametrize(("reason", "steps"), REFUSED.items(), ids=REFUSED)
def test_refused_where_it_would_not_mean_the_same(reason: str, steps: str) -> None:
    assert refused(workflow(steps)) == reason


def test_an_unsaved_workflow_has_no_folder() -> None:
    analysis, start, end = selected(workflow("# from\n  - one\n# to\n"), Path("x"))
    found = extraction(analyse(analysis.document.text), start, end)
    assert found is not None and "not saved" in found.refused


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    text = workflow("# from\n  - one\n# to\n")
    both(text, tmp_path)
    both(text, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "main-part.duck.yaml",
        "main-part2.duck.yaml",
        "main.duck.yaml",
    ]


def ranges(steps: tuple[Step, ...]) -> Iterator[tuple[Step, Step]]:
    """The first and the last of all neighbouring steps, in all lists."""
    for at, first in enumerate(steps):
        yield from ((first, last) for last in steps[at:])
        for _, inner in inner_steps(first):
            yield from ranges(inner)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_any_steps_of_the_examples_are_refused_or_leave_no_diagnostics(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "examples"
    shutil.copytree(EXAMPLES, folder)
    path = folder / path.name
    analysis = load(path)
    taken = 0
    for first, last in ranges(analysis.workflow.flow):
        start, end = analysis.document.offsets(first.node)[0], analysis.document.offsets(last.node)[1]
        found = extraction(analysis, start, end)
        if found is None or found.file is None:
            assert found is None or found.refused
            continue
        taken += 1
        found.file.path.write_text(found.file.text)
        left = analyse(apply(analysis.document.text, found.edits), path)
        assert [d.message for d in (*load(found.file.path).diagnostics, *left.diagnostics)] == []
        found.file.path.unlink()
    assert taken


RUN: dict[str, tuple[slice, dict[str, Any]]] = {
    "backup": (slice(1, 3), {}),
    "ci": (slice(5, 7), {}),
    "deploy": (slice(1, 3), {"version": "2.1.0"}),
    "etl": (slice(1, 3), {}),
    "events": (slice(0, 2), {}),
    "release-notes": (slice(0, 2), {}),
}


@pytest.mark.parametrize("name", RUN)
def test_an_example_comes_out_the_same(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "examples"
    shutil.copytree(EXAMPLES, folder)
    path = folder / f"{name}.duck.yaml"
    chosen, inputs = RUN[name]
    analysis = load(path)
    steps = analysis.workflow.flow[chosen]
    document = analysis.document
    start, end = document.offsets(steps[0].node)[0], document.offsets(steps[-1].node)[1]
    found = extraction(analysis, start, end)
    assert found is not None and found.file is not None, found and found.refused
    before = duckflux.run_sync(path, inputs)
    path.write_text(apply(document.text, found.edits))
    found.file.path.write_text(found.file.text)
    after = duckflux.run_sync(path, inputs)
    assert before.success and after.success, (before.error, after.error)
    assert after.output == before.output


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_extracted_a_run_comes_out_the_same(seed: int, tmp_path: Path) -> None:
    """`pytest -k "whatever and [SEED]"` repeats one."""
    dice = random.Random(seed)
    main = tmp_path / "main.duck.yaml"
    made = (analyse(Maker(dice).workflow(), main) for _ in range(100))
    analysis = next(one for one in made if not one.errors)
    document, inputs = analysis.document, dice.choice(({}, {"i": 1, "o": "O"}, {"i": 7}))
    main.write_text(document.text)
    before = duckflux.run_sync(main, inputs)
    every = list(ranges(analysis.workflow.flow))
    for first, last in dice.sample(every, min(5, len(every))):
        found = extraction(analysis, document.offsets(first.node)[0], document.offsets(last.node)[1])
        if found is None or found.file is None or not before.success:
            continue
        main.write_text(apply(document.text, found.edits))
        found.file.path.write_text(found.file.text)
        after = duckflux.run_sync(main, inputs)
        shown = f"{document.text}\n-----\n{main.read_text()}\n-----\n{found.file.text}"
        assert (after.success, after.output) == (True, before.output), shown
        found.file.path.unlink()
