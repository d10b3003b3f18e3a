"""The library, as docs/library.md has it: its examples, and what it promises beyond them."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import duckflux
import pytest

from ..runtime.hubs.conftest import BACKENDS, Server, needs

DOCUMENT = Path(__file__).parents[2] / "docs" / "library.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
HELLO = """
    id: hello
    name: Hello
    inputs: {who: {type: string, default: world}, times: {type: integer, default: 1}}
    flow: [{as: greet, type: exec, input: {WHO: workflow.inputs.who}, run: 'echo "hello, $WHO"'}]
"""
LISTEN = "flow: [{wait: {event: said, timeout: 10s}}]"
ASK = """
    flow:
      - {type: emit, event: asked, payload: "'Which color?'"}
      - wait: {event: answered, timeout: 10s}
"""
SPEAK = "flow: [{type: emit, event: said, payload: \"'quack'\"}]"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (("hello", HELLO), ("listen", LISTEN), ("speak", SPEAK), ("ask", ASK)):
        (tmp_path / f"{name}.duck.yaml").write_text(dedent(text))
    return tmp_path


def test_there_are_examples():
    assert len(EXAMPLES) == 11


@pytest.mark.parametrize("code", EXAMPLES, ids=lambda code: code.splitlines()[-1])
def test_the_documents_examples_run(folder, code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_importing_it_imports_nothing():
    code = "import sys; before = set(sys.modules); import duckflux; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert set(done.stdout.split()) <= {"duckflux", "__future__"}


def test_each_name_it_lists_is_there():
    assert [name for name in duckflux.__all__ if getattr(duckflux, name, None) is None] == []
    assert set(duckflux.__all__) <= set(dir(duckflux))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        duckflux.nothing  # noqa: B018


def test_what_keeps_a_run_from_beginning_is_raised(folder):
    (folder / "broken.duck.yaml").write_text("flow: [nobody]")
    with pytest.raises(duckflux.WorkflowError) as broken:
        duckflux.run_sync("broken.duck.yaml")
    (diagnostic,) = broken.value.diagnostics
    assert str(broken.value) == str(diagnostic)
    assert (diagnostic.file, diagnostic.line, diagnostic.column, diagnostic.end_column) == (
        "broken.duck.yaml",
        1,
        8,
        14,
    )
    with pytest.raises(duckflux.InputError) as inputs:
        duckflux.run_sync("hello.duck.yaml", {"times": "many"})
    assert inputs.value.problems == ["input 'times' must be an integer"]
    with pytest.raises(FileNotFoundError):
        duckflux.load("nowhere.duck.yaml")
    with pytest.raises(duckflux.HubError):
        duckflux.hub("rabbit")


def test_a_failed_step_is_the_results_error(folder, monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "very-secret-token")
    (folder / "bad.duck.yaml").write_text(
        "flow: [{as: bad, type: exec, run: 'echo $SOME_TOKEN >&2; exit 3'}]"
    )
    result = duckflux.run_sync("bad.duck.yaml")
    assert not result.success and result.output is None
    assert (result.error.step, result.error.code, result.error.exit_code) == ("bad", "exec-failed", 3)
    assert result.error.message == "exit code 3: ***"


REAPING = """
def reap(*_):
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass

signal.signal(signal.SIGCHLD, reap)
"""
IGNORING = "signal.signal(signal.SIGCHLD, signal.SIG_IGN)"


@pytest.mark.parametrize("host", [REAPING, IGNORING], ids=["reaps every child", "ignores SIGCHLD"])
def test_no_failed_step_is_a_success_whatever_its_program_does_with_child_processes(folder, host):
    (folder / "bad.duck.yaml").write_text(
        "flow: [{as: bad, type: exec, run: exit 1}, {type: exec, run: touch next}]"
    )
    run = "result = duckflux.run_sync('bad.duck.yaml'); print(result.success, result.error.message)"
    code = f"import os, signal, duckflux\n{host}\n{run}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith(("False the exit code of the command is not known: ", "False exit code 1"))
    assert done.stderr == ""
    assert not (folder / "next").exists()


def test_a_trace_is_written_and_complete_when_the_run_returns(folder):
    result = duckflux.run_sync("hello.duck.yaml", trace_dir="traces")
    assert result.trace == Path("traces") / f"{result.id}.json"
    assert '"status":"success"' in result.trace.read_text()
    assert [file.name for file in Path("traces").iterdir()] == [result.trace.name]


def test_cancelling_a_run_ends_its_processes(folder):
    (folder / "slow.duck.yaml").write_text(
        "flow: [{type: exec, cwd: ./, run: 'echo $$ > pid; exec sleep 60'}]"
    )

    async def main():
        started = asyncio.Event()
        task = asyncio.create_task(
            duckflux.run("slow.duck.yaml", listeners=[lambda event: started.set()], trace_dir="traces")
        )
        await started.wait()
        while not (folder / "pid").exists() or not (folder / "pid").read_text():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(main(), 30))
    pid = (folder / "pid").read_text().strip()
    assert not Path(f"/proc/{pid}").exists()
    (trace,) = (folder / "traces").iterdir()
    assert '"error":"cancelled"' in trace.read_text()


def test_checking_says_what_lint_says(folder):
    text = "flow:\n  - {type: exec, run: 'true', when: wrong +}\n  - nobody\n"
    (folder / "w.duck.yaml").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "duckflux", "lint", "w.duck.yaml"], capture_output=True, text=True
    )
    found = duckflux.check(text, "w.duck.yaml")
    assert done.stdout.splitlines() == [str(diagnostic) for diagnostic in found]
    assert len(found) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"workflow": 3}, "workflow must be a path, or what load() or parse() returned, not int"),
        ({"inputs": ["x"]}, "inputs must be a mapping with a value for each name, not list"),
        ({"trace_format": "xml"}, "trace_format must be one of json, txt, sqlite, not 'xml'"),
        ({"listeners": print}, "listeners must be a list, not builtin_function_or_method"),
        ({"listeners": [3]}, "listeners must hold functions or objects with `notify`, not 3"),
    ],
)
def test_an_argument_of_a_wrong_kind_is_named(folder, arguments, message):
    arguments = {"workflow": "hello.duck.yaml"} | arguments
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        duckflux.run_sync(**arguments)


def test_an_async_listener_is_refused(folder):
    async def listen(event): ...

    class Listening:
        wants_output = congested = False

        async def notify(self, event): ...

    class Function:
        async def __call__(self, event): ...

    for listening in (listen, Listening(), Function()):
        with pytest.raises(TypeError, match="is async: give a plain function"):
            duckflux.run_sync("hello.duck.yaml", listeners=[listening])


def test_a_warning_that_cannot_be_given_does_not_end_the_run(folder):
    warned = []

    def warn(message):
        warned.append(message)
        raise RuntimeError("no log")

    def fail(event):
        raise ValueError("s3cret-value")

    environment = {"PATH": "/usr/bin:/bin", "MY_TOKEN": "s3cret-value"}
    result = duckflux.run_sync("hello.duck.yaml", listeners=[fail], warn=warn, environment=environment)
    assert result.output == "hello, world\n"
    assert warned == ["fail failed: ***; it gets no more events"]


def test_an_error_holds_no_secret_in_any_part(folder):
    command = "echo $MY_TOKEN; echo $MY_TOKEN >&2; exit 3"
    (folder / "secret.duck.yaml").write_text(f"flow: [{{type: exec, run: '{command}'}}]")
    environment = {"PATH": "/usr/bin:/bin", "MY_TOKEN": "s3cret-value"}
    error = duckflux.run_sync("secret.duck.yaml", environment=environment).error
    assert (error.output, error.stderr, error.args) == ("***\n", "***\n", ("exit code 3: ***",))
    assert "s3cret" not in repr(error)


def test_a_limit_of_steps_at_once(tmp_path: Path) -> None:
    file = tmp_path / "w.duck.yaml"
    busy = "{type: exec, run: mkdir busy && sleep 0.05 && rmdir busy}"
    file.write_text(f"flow:\n  - parallel:\n    - {busy}\n    - {busy}\n    - {busy}\n")
    assert duckflux.run_sync(file, cwd=tmp_path, max_parallel=1).success
    with pytest.raises(ValueError, match="max_parallel must be at least 1, not 0"):
        duckflux.run_sync(file, max_parallel=0)
    with pytest.raises(TypeError, match="max_parallel must be a whole number, not True"):
        duckflux.run_sync(file, max_parallel=True)


def test_what_steps_print_is_kept_if_wanted(tmp_path: Path) -> None:
    file = tmp_path / "w.duck.yaml"
    file.write_text("flow:\n  - {as: say, type: exec, run: echo hello}\n")
    result = duckflux.run_sync(file, trace_dir=tmp_path / "t", trace_output=True)
    assert result.trace is not None
    assert '"text":"hello\\n"' in result.trace.with_name(f"{result.trace.name}.log").read_text()


def test_a_workflow_of_a_text_calls_files_beside_its_path(folder):
    text = "flow: [{as: call, type: workflow, path: ./hello.duck.yaml}]"
    (folder / "elsewhere").mkdir()
    result = duckflux.run_sync(duckflux.parse(text), trace_dir=folder / "traces")
    assert (result.output, result.steps["call"].output) == ("hello, world\n", "hello, world\n")
    assert "hello, world" in result.trace.read_text()
    with pytest.raises(duckflux.WorkflowError, match="DF"):
        duckflux.parse("flow: [{as: call, type: workflow, path: ./absent.duck.yaml}]")
    beside = duckflux.parse(text, folder / "not-saved.duck.yaml")
    assert beside.path == folder / "not-saved.duck.yaml" and beside.text == text
    assert duckflux.run_sync(beside).success
    with pytest.raises(duckflux.WorkflowError, match=r"does not exist|not found|no such"):
        duckflux.parse(text, folder / "elsewhere" / "w.duck.yaml")
    with pytest.raises(duckflux.WorkflowError, match=r"<text>:1:8: error: .*nobody"):
        duckflux.parse("flow: [nobody]")


STEPS = """
participants:
  rescue: {type: exec, run: echo rescued}
flow:
  - {as: guarded, type: exec, run: echo never, when: "false"}
  - {as: tolerant, type: exec, run: exit 1, onError: skip}
  - as: stubborn
    type: exec
    run: test -e again || { touch again; exit 1; }
    onError: retry
    retry: {max: 1, backoff: 1ms}
  - {as: redirected, type: exec, run: exit 2, onError: rescue}
  - {type: exec, run: 'true'}
  - loop: {max: 2, steps: [{as: counted, type: exec, run: "echo >> lines; wc -l < lines"}]}
  - {as: told, type: exec, run: echo $MY_TOKEN}
  - {as: leaking, type: exec, run: 'echo $MY_TOKEN >&2; exit 3'}
  - {as: unreached, type: exec, run: echo never}
"""


def test_the_result_has_the_results_of_steps(folder):
    finished = []

    def keep(event):
        if isinstance(event, duckflux.events.ExecutionFinished):
            finished.append(event)

    environment = {"PATH": os.environ["PATH"], "MY_TOKEN": "s3cret-value"}
    result = duckflux.run_sync(duckflux.parse(STEPS), environment=environment, listeners=[keep])
    steps = result.steps
    assert {name: step.status for name, step in steps.items()} == {
        "rescue": "success",
        "guarded": "skipped",
        "tolerant": "skipped",
        "stubborn": "success",
        "redirected": "failure",
        "counted": "success",
        "told": "success",
        "leaking": "failure",
    }
    assert (steps["guarded"].duration, steps["guarded"].started_at, steps["guarded"].output) == (
        None,
        None,
        None,
    )
    assert "exit code 1" in steps["tolerant"].error
    assert (steps["stubborn"].retries, steps["stubborn"].cwd) == (1, str(folder))
    assert (steps["rescue"].output, steps["counted"].output) == ("rescued\n", 2)
    assert steps["leaking"].error == "exit code 3: ***"
    assert steps["told"].output == "s3cret-value\n" and "s3cret" not in repr(result)
    assert steps["counted"].started_at <= steps["counted"].finished_at <= steps["leaking"].finished_at
    assert result.duration == finished[0].duration >= steps["leaking"].duration


def test_inputs_are_validated_without_a_run(folder):
    workflow = duckflux.parse(
        "inputs: {name: {required: true}, count: {type: integer, minimum: 2}, token: {format: password}}\n"
        "flow: [{type: exec, run: touch ran}]"
    )
    with pytest.raises(duckflux.InputError) as refused:
        duckflux.validate_inputs(workflow, {"count": "1"})
    assert refused.value.problems == ["input 'name' is required", "input 'count' must be at least 2"]
    assert duckflux.validate_inputs(workflow, {"name": "x", "more": [1]}) == {"name": "x", "more": [1]}
    with pytest.raises(TypeError, match="inputs must be a mapping"):
        duckflux.validate_inputs(workflow, ["name"])
    assert not (folder / "ran").exists()


def test_the_number_of_the_execution_is_what_expressions_read(folder):
    call = "flow: [{as: call, type: workflow, path: ./number.duck.yaml}]"
    text = f"{call}\noutput: '[execution.number, call.output]'"
    (folder / "number.duck.yaml").write_text("flow: [{type: exec, run: 'true'}]\noutput: execution.number")
    assert duckflux.run_sync(duckflux.parse(text), execution_number=7).output == [7, 7]
    assert duckflux.run_sync(duckflux.parse(text)).output == [1, 1]
    with pytest.raises(ValueError, match="execution_number must be at least 1, not 0"):
        duckflux.run_sync(duckflux.parse(text), execution_number=0)


@pytest.fixture(params=["memory", *BACKENDS])
def bus(request, tmp_path_factory):
    if request.param == "memory":
        yield duckflux.hub("memory")
        return
    needs(request.param)
    server = Server(request.param, tmp_path_factory.mktemp(request.param))
    server.start()
    yield server.hub
    server.kill()


@pytest.mark.asyncio
async def test_a_program_listens_and_publishes(folder, bus):
    workflow = duckflux.parse(ASK)
    async with duckflux.connect(bus) as channel:
        running = asyncio.create_task(duckflux.run(workflow, hub=bus))
        answers = []
        async for question in channel.listen("asked"):
            assert question == "Which color?"
            answers.append({"color": "yellow"})
            await channel.publish("answered", answers[0])
            answers[0]["color"] = "changed later"
            break
        assert (await running).output == {"color": "yellow"}
        with pytest.raises(TypeError):
            await channel.publish("answered", object())
