"""`duckflux test`: tests of workflows, and what is said of them."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree

import pytest
from duckflux.cli.main import main
from duckflux.language.syntax import parse
from duckflux.language.test_files import check, schema
from jsonschema import Draft202012Validator

WORKFLOW = """
    inputs: {target: {default: staging}}
    participants:
      build: {type: exec, run: 'touch built-for-real; printf built'}
      deploy: {type: exec, input: {TARGET: workflow.inputs.target, WHAT: build.output}, run: exit 1}
      alarm: {type: emit, event: alarm}
    flow:
      - build
      - set: {built: build.output}
      - wait: {timeout: 1h}
      - {as: clear, type: exec, run: 'true'}
      - deploy: {onError: alarm, when: execution.context.built != 'nothing'}
    output: {built: build.output, deployed: deploy.status}
"""
HEAD = "workflow: ./w.duck.yaml\ntests:\n"


@pytest.fixture
def tested(tmp_path: Path, monkeypatch, capfd):
    """Run tests of WORKFLOW: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.duck.yaml").write_text(dedent(WORKFLOW))

    def run(tests: str, *arguments: str) -> tuple[int, str, str]:
        (tmp_path / "w.ducktest.yaml").write_text(HEAD + dedent(tests))
        code = main(["test", *arguments])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return run


def test_right_expectations_pass_and_nothing_runs(tested, tmp_path: Path) -> None:
    code, out, err = tested("""
        - name: deploys what was built
          mocks: {build: built, clear: "", deploy: done}
          expect:
            output: {built: built, deployed: success}
            steps:
              deploy: {status: success, executions: 1, input: {TARGET: staging, WHAT: built}, output: done}
              alarm: absent
        - name: calls for help
          inputs: {target: production}
          mocks: {build: built, clear: "", deploy: {$error: no network}}
          expect: {steps: {deploy: {status: failure, error: network}, alarm: success}}
        - name: skips what is not there
          mocks: {build: nothing, clear: ""}
          expect: {steps: {deploy: skipped}, output: {built: nothing, deployed: skipped}}
    """)
    assert (code, err) == (0, "")
    assert "3 passed, 0 failed" in out and out.count("✓") == 3
    assert not (tmp_path / "built-for-real").exists()


APPROVAL = """
    workflow: ./approval.duck.yaml
    tests:
      - name: approved
        events: [{event: approved, payload: {by: ""}}, {event: approved, payload: {by: Ada}}]
        expect: {output: Ada}
      - name: nobody approves
        expect: {status: failure, error: "timed out after 1d waiting for event 'approved'"}
      - name: only another event
        events: [{event: other}]
        expect: {status: failure, error: "timed out"}
"""


def test_events_are_given_and_waiting_takes_no_time(tmp_path: Path, monkeypatch, capfd) -> None:
    monkeypatch.chdir(tmp_path)
    wait = "{wait: {event: approved, match: event.by != '', timeout: 1d}}"
    (tmp_path / "approval.duck.yaml").write_text(f"flow: [{wait}]\noutput: event.by\n")
    (tmp_path / "approval.ducktest.yaml").write_text(dedent(APPROVAL))
    assert main(["test"]) == 0, capfd.readouterr()


def test_an_event_that_nobody_sends_fails_the_test_and_does_not_hang(
    tmp_path: Path, monkeypatch, capfd
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.duck.yaml").write_text("flow: [{wait: {event: never}}]\n")
    (tmp_path / "w.ducktest.yaml").write_text("workflow: ./w.duck.yaml\ntests: [{name: it}]\n")
    assert main(["test"]) == 1
    assert "event 'never' never comes: nothing else runs" in capfd.readouterr().out


def test_steps_run_for_real_when_a_test_says_so(tested, tmp_path: Path) -> None:
    code, out, _ = tested("- {name: builds, run: [build], mocks: {clear: '', deploy: done}}")
    assert code == 0, out


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("mocks: {build: b}", "step 'clear': it has no mock: add one, or name the step under `run`"),
        (
            "mocks: {build: b, clear: '', deploy: d}\n  expect: {status: failure}",
            "the run was expected to end with failure, but ended with success",
        ),
        (
            "mocks: {build: b, clear: '', deploy: d}\n  expect: {output: {built: c, deployed: success}}",
            '-  "built": "c",\n      +  "built": "b",',
        ),
        (
            "mocks: {build: b, clear: '', deploy: d}\n  expect: {steps: {deploy: {executions: 2}}}",
            "step 'deploy' was expected to run 2 times, but ran once",
        ),
        (
            "mocks: {build: b, clear: '', deploy: d}\n  expect: {steps: {alarm: success}}",
            "step 'alarm' was expected to be success, but is absent",
        ),
        (
            "mocks: {build: b, clear: '', deploy: d}\n  expect: {steps: {deploy: {input: {TARGET: x}}}}",
            "the input of step 'deploy' differs",
        ),
        (
            "inputs: {target: 1}\n  mocks: {build: {$error: bad}}\n  expect: {error: worse}",
            "was expected to contain `worse`",
        ),
    ],
)
def test_wrong_expectations_are_said_with_what_came(tested, test: str, said: str) -> None:
    code, out, _ = tested(f"- name: one\n  {test}\n")
    assert code == 1 and "0 passed, 1 failed" in out
    assert said in out


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ("- {name: x, mock: {}}", "has no field `mock`: did you mean `mocks`?"),
        ("- {mocks: {}}", "needs `name`"),
        ("- {name: x, mocks: {biuld: 1}}", "the workflow has no step `biuld`: did you mean `build`?"),
        ("- {name: x, expect: {steps: {deplyo: success}}}", "no step `deplyo`"),
        ("- {name: x, run: [other]}", "no step `other`"),
        ("- {name: x, expect: {status: skipped}}", "must be success or failure"),
    ],
)
def test_mistakes_in_a_test_file_have_a_place(tested, tests: str, said: str) -> None:
    code, _, err = tested(tests)
    assert code == 1
    assert "w.ducktest.yaml:3:" in err and said in err


def test_a_workflow_that_is_not_there(tmp_path: Path) -> None:
    text = "workflow: ./none.duck.yaml\ntests: [{name: x}]\n"
    (found,) = check(text, tmp_path / "w.ducktest.yaml").diagnostics
    assert text[found.start : found.end] == "./none.duck.yaml"


def test_junit(tested, tmp_path: Path) -> None:
    tested("- {name: a, mocks: {build: b, clear: '', deploy: d}}\n- {name: b}", "--junit", "out.xml")
    suite = ElementTree.parse(tmp_path / "out.xml").getroot()[0]
    assert suite.get("tests") == "2" and suite.get("failures") == "1"
    assert [len(case) for case in suite] == [0, 1]
    assert "no mock" in str(suite[1][0].get("message"))


def test_no_tests_is_a_mistake(tmp_path: Path, capfd) -> None:
    assert main(["test", str(tmp_path)]) == 1
    assert "no test files" in capfd.readouterr().err


def test_the_schema_is_a_schema_and_takes_the_example() -> None:
    from duckflux.language.syntax import plain_value

    Draft202012Validator.check_schema(schema())
    text = (Path(__file__).parents[2] / "examples" / "review-loop.ducktest.yaml").read_text()
    assert not list(Draft202012Validator(schema()).iter_errors(plain_value(parse(text).root)))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_what_the_tests_started(tmp_path: Path, number: int) -> None:
    (tmp_path / "w.duck.yaml").write_text(
        "flow: [{type: exec, run: 'echo $$ > begun; mv begun pid; sleep 60'}]\n"
    )
    (tmp_path / "w.ducktest.yaml").write_text(
        HEAD + "  - {name: one, run: true}\n  - {name: two, run: true}\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "duckflux", "test"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # Tests that run in the background of a shell have inherited that it is ignored.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    _until((tmp_path / "pid").exists)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr) == (128 + number, "error: cancelled\n")
    assert not _lives((tmp_path / "pid").read_text().strip())


def _until(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _lives(pid: str) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    return False
