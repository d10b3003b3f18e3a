"""Plugins by entry points: the example is installed as pip does, and used by every part."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "plugins" / "duckflux-file"
NOTE = "flow: [{as: note, type: file, to: ./out.txt, content: \"'hello'\"}]\n"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that pip has installed the example into."""
    folder = tmp_path_factory.mktemp("plugin")
    # A copy, as building leaves files behind.
    source = shutil.copytree(EXAMPLE, folder / "source")
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--no-compile")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", str(folder / "site"), str(source)],
        check=True,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    return folder / "site"


Python = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def python(site: Path, tmp_path: Path) -> Python:
    """Runs Python with the plugin installed."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


@pytest.fixture
def duckflux(python: Python, tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    """`duckflux VERB w.duck.yaml` on a text: (exit code, stdout, stderr)."""

    def run(verb: str, text: str, *arguments: str) -> tuple[int, str, str]:
        (tmp_path / "w.duck.yaml").write_text(text)
        done = python("-m", "duckflux", verb, "w.duck.yaml", *arguments)
        return done.returncode, done.stdout, done.stderr

    return run


def test_the_example_runs(duckflux, tmp_path):
    code, stdout, stderr = duckflux("run", (EXAMPLE / "notes.duck.yaml").read_text(), "-i", "folder=.", "-v")
    assert (code, stdout) == (0, "7\n"), stderr
    assert (tmp_path / "note-2.txt").read_text() == "note 2\n"
    assert "note-2.txt: 7 bytes" in stderr


def test_it_gives_an_output(duckflux, tmp_path):
    code, stdout, stderr = duckflux("run", NOTE)
    assert code == 0, stderr
    assert json.loads(stdout) == {"path": str(tmp_path / "out.txt"), "size": 5}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("flow: [{type: file, to: x}]", "file needs `content`"),
        ("flow: [{type: file, to: x, content: '1', mode: appand}]", "did you mean `append`?"),
        ("flow: [{type: file, to: x, content: '1 +'}]", "content"),
        ("flow: [{type: file, to: x, content: nothing.there}]", "`nothing`"),
        ("flow: [{type: exec, run: echo, mode: append}]", "a step has no field `mode`"),
        ("flow: [f: {mode: x}]\nparticipants: {f: {type: file, to: x, content: '1'}}", "`mode` must be"),
        ("flow: [{type: flie, to: x}]", "did you mean"),
    ],
)
def test_its_fields_are_checked(duckflux, text, said):
    code, stdout, _ = duckflux("lint", text)
    assert code == 1 and said in stdout


def test_fields_of_other_types_are_known_to_be_that(duckflux):
    one, other = "{type: file, to: ./x, content: '1', run: echo}", "{type: exec, run: echo, mode: append}"
    _, stdout, _ = duckflux("lint", f"flow:\n  - {one}\n  - {other}\n")
    assert "`run` is a field of exec, not of file" in stdout
    assert "`mode` is a field of file, not of exec" in stdout


def test_a_right_one_is_valid_in_any_order(duckflux):
    assert duckflux("lint", NOTE) == (0, "valid\n", "")
    text = "flow: [f: {mode: append}]\nparticipants: {f: {type: file, to: ./x, content: '1'}}"
    code, said, _ = duckflux("lint", text)
    assert code == 0
    assert [line.rpartition("[")[2] for line in said.splitlines()] == ["DF801]", "valid"]


def test_without_the_plugin_the_type_is_unknown(tmp_path):
    (tmp_path / "w.duck.yaml").write_text(NOTE)
    done = subprocess.run(
        [sys.executable, "-m", "duckflux", "lint", "w.duck.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "`type` must be exec, http, mcp, workflow or emit, not `file`" in done.stdout


def test_a_failure_is_the_steps_error_with_its_place(duckflux):
    code, _, stderr = duckflux("run", "flow: [{as: n, type: file, to: no/where, content: '1'}]")
    assert code == 2
    assert "w.duck.yaml:1:8: error: step 'n': file failed: [Errno 2] No such file or directory" in stderr


def test_an_error_in_a_field_is_the_fields_error(duckflux):
    code, _, stderr = duckflux("run", "flow: [{as: n, type: file, to: x, content: 1 / int(env.ZERO_0)}]")
    assert code == 2 and "content: step 'n':" in stderr


EDITOR = """
from pathlib import Path
from duckflux.language.analysis import analyse
from duckflux.language.syntax import LineIndex
from duckflux.ide.completion import completions
from duckflux.ide.hover import hover

def offered(text):
    return [c.label for c in completions(LineIndex(text), len(text), Path("w.duck.yaml"))]

print("file" in offered("participants:\\n  note:\\n    type: "))
fields = offered("participants:\\n  note:\\n    type: file\\n    ")
print({"to", "content", "mode"} <= set(fields), "run" in fields)
text = "participants:\\n  note:\\n    type: file\\n    mode: append\\n"
print(hover(analyse(text), text.index("mode")).text)
"""


def test_completion_and_hover_know_it(python):
    done = python("-c", EDITOR)
    assert done.stdout.splitlines() == [
        "True",
        "True False",
        "`mode`: replace | append",
        "",
        "What becomes of a file that is there.",
        "",
        "Default: `replace`",
        "",
        "Only for participants of type `file`",
    ], done.stderr


def test_its_hub_carries_events_between_processes(duckflux, tmp_path):
    flags = ("--event-backend", "file", "--event-option", f"path={tmp_path}/events.jsonl")
    text = """
flow:
  - {type: emit, event: e, payload: execution.id}
  - wait: {event: e, timeout: 20s}
output: string(event == execution.id)
"""
    for _ in range(2):
        code, stdout, stderr = duckflux("run", text, *flags)
        assert (code, stdout) == (0, "true"), stderr
    assert duckflux("run", text, "--event-backend", "file")[2].endswith("--event-option path=FILE\n")
    assert "use one of memory, nats, redis, file" in duckflux("run", text, "--event-backend", "x")[2]


@pytest.fixture
def broken(site: Path, tmp_path: Path) -> Callable[[str], None]:
    """Installs one more plugin, `odd`, whose module has this text."""

    def install(text: str) -> None:
        information = tmp_path / "odd-1.dist-info"
        information.mkdir()
        (information / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1\n")
        (information / "entry_points.txt").write_text("[duckflux.participants]\nodd = odd_plugin:odd\n")
        (tmp_path / "odd_plugin.py").write_text(text)

    return install


@pytest.mark.parametrize(
    ("module", "why"),
    [
        ("1/0", "the plugin for odd can't be loaded: ZeroDivisionError: division by zero"),
        ("odd = 1", "the plugin for odd gives no duckflux.ParticipantType"),
        (
            "from duckflux import ParticipantType\nodd = ParticipantType('x', 'm:f', {'timeout': {}})",
            "the plugin for odd can't be used: `timeout` is a field of all participants",
        ),
    ],
)
def test_a_plugin_that_is_broken_says_why(duckflux, broken, module, why):
    broken(module)
    code, stdout, _ = duckflux("lint", "flow: [{type: odd}]")
    assert code == 1 and f"w.duck.yaml:1:15: error: flow[0].type: {why} [" in stdout


def test_a_function_that_is_not_there_is_known_before_the_run(duckflux, broken):
    broken("from duckflux import ParticipantType\nodd = ParticipantType('is odd', 'odd_plugin:nothing')")
    code, _, stderr = duckflux("run", "flow: [{type: exec, run: touch ran}, {type: odd}]")
    assert code == 1 and "the plugin for odd can't be loaded: AttributeError" in stderr


DESCRIBED = """
import asyncio
from duckflux import ParticipantType

async def run(step):
    await asyncio.sleep(60)

odd = ParticipantType(
    "is odd",
    "odd_plugin:run",
    output={"type": "object", "properties": {"count": {"type": "integer"}}, "required": ["count"]},
    default_timeout=0.05,
    needs_mock=False,
)
"""


def test_a_descriptor_gives_the_default_timeout(duckflux, broken):
    broken(DESCRIBED)
    code, _, stderr = duckflux("run", "flow: [{type: odd}]")
    assert code == 2 and "timed out after 50 ms [timeout]" in stderr


def test_a_descriptor_gives_the_type_of_the_output(duckflux, broken):
    broken(DESCRIBED)
    code, stdout, _ = duckflux("lint", "flow: [{as: it, type: odd}]\noutput: it.output.size")
    assert code == 1 and "no such field: `size`" in stdout


def test_a_test_runs_a_type_that_needs_no_mock(duckflux, broken, python, tmp_path):
    broken(DESCRIBED)
    (tmp_path / "w.duck.yaml").write_text("flow: [{type: odd, timeout: 10ms}]")
    (tmp_path / "w.ducktest.yaml").write_text(
        "workflow: w.duck.yaml\ntests: [{name: runs, expect: {status: failure, error: timed out}}]"
    )
    done = python("-m", "duckflux", "test")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_workflow_without_plugins_looks_for_none(tmp_path):
    (tmp_path / "w.duck.yaml").write_text("flow: [{type: exec, run: 'true'}]")
    done = subprocess.run(
        [sys.executable, "-v", "-m", "duckflux", "run", "w.duck.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    for module in (
        "importlib.metadata",
        "duckflux.language.schema.plugins",
        "duckflux.runtime.hubs.backends",
    ):
        assert f"import '{module}'" not in done.stderr
