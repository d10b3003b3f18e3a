"""Imported workflows, run: what ran in which order is what the other system would have run."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from duckflux.cli.main import main


class Repository:
    """A folder with a pipeline and what it needs; its steps append words to the file `ran`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".git").mkdir()

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text))

    def run(self, system: str, source: str, code: int = 0) -> list[str]:
        """Import a pipeline, run it, and return the words in the order in which they were written."""
        for old in self.folder.glob("*.duck.yaml"):
            old.unlink()
        (self.folder / "ran").unlink(missing_ok=True)
        assert main(["import", system, source, "-o", "out.duck.yaml"]) == 0
        assert main(["lint", "out.duck.yaml"]) == 0
        assert main(["run", "out.duck.yaml", "--quiet"]) == code
        ran = self.folder / "ran"
        return ran.read_text().split() if ran.exists() else []


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.chdir(tmp_path)
    return Repository(tmp_path)


AFTER_FAILURE = """
    jobs:
      build:
        steps:
          - run: echo one >> ran; {one}
          - run: echo handled >> ran
            if: failure()
          - run: echo two >> ran; {two}
          - run: echo "always ${{{{ job.status }}}}" >> ran
            if: always()
          - run: echo branch >> ran
            if: failure() && github.ref == 'main'
          - run: echo last >> ran
            if: failure() || cancelled()
"""


@pytest.mark.parametrize(
    ("one", "two", "code", "ran"),
    [
        ("true", "true", 0, "one two always success"),
        ("exit 1", "true", 2, "one handled always failure last"),
        ("true", "exit 1", 2, "one two always failure last"),
    ],
)
def test_steps_after_a_failure(repository: Repository, one: str, two: str, code: int, ran: str) -> None:
    repository.write("ci.yml", AFTER_FAILURE.format(one=one, two=two))
    assert repository.run("github-actions", "ci.yml", code) == ran.split()


JOBS_AFTER_FAILURE = """
    jobs:
      build: {{steps: [{{run: echo build >> ran; {build}}}]}}
      test: {{needs: build, steps: [{{run: echo test >> ran; {test}}}]}}
      other: {{steps: [{{run: sleep 0.1}}]}}
      broken:
        needs: [test]
        if: failure()
        steps: [{{run: echo broken >> ran}}]
      report:
        needs: [test]
        if: ${{{{ always() && github.actor == '' }}}}
        steps: [{{run: echo report >> ran}}]
"""


@pytest.mark.parametrize(
    ("build", "test", "code", "ran"),
    [
        ("true", "true", 0, "build test report"),
        ("exit 1", "true", 2, "build broken report"),
        ("true", "exit 1", 2, "build test broken report"),
    ],
)
def test_jobs_after_a_failure(repository: Repository, build: str, test: str, code: int, ran: str) -> None:
    repository.write("ci.yml", JOBS_AFTER_FAILURE.format(build=build, test=test))
    assert repository.run("github-actions", "ci.yml", code) == ran.split()


def test_an_action_of_the_repository_is_its_steps(repository: Repository) -> None:
    repository.write(
        ".github/actions/greet/action.yml",
        """
        inputs:
          who: {required: true}
          greeting: {default: hello}
        outputs:
          text: {value: '${{ steps.make.outputs.made }}!'}
        runs:
          using: composite
          steps:
            # Makes it.
            - id: make
              shell: bash
              run: echo "made=${{ inputs.greeting }}-${{ inputs.who }}" >> "$GITHUB_OUTPUT"
            - uses: ./.github/actions/inner
              with: {word: '${{ inputs.who }}'}
              if: inputs.greeting == 'hello'
        """,
    )
    repository.write(
        ".github/actions/inner/action.yaml",
        """
        inputs: {word: {}}
        runs:
          using: composite
          steps:
            - {shell: sh, run: 'cat "${{ github.action_path }}/word" >> ran'}
            - {shell: sh, run: 'echo "${{ inputs.word }}" >> ran'}
        """,
    )
    repository.write(".github/actions/inner/word", "inner\n")
    repository.write(
        ".github/workflows/ci.yml",
        """
        jobs:
          a:
            outputs: {text: '${{ steps.first.outputs.text }}'}
            steps:
              - {uses: ./.github/actions/greet, id: first, with: {who: eve}}
              - {uses: ./.github/actions/greet, with: {who: bob, greeting: bye}}
              - {run: 'echo "${{ steps.first.outputs.text }}" >> ran'}
          b:
            needs: a
            steps: [{run: 'echo "${{ needs.a.outputs.text }}" >> ran'}]
        """,
    )
    ran = repository.run("github-actions", ".github/workflows/ci.yml")
    assert ran == ["inner", "eve", "hello-eve!", "hello-eve!"]
    assert "# Makes it." in (repository.folder / "out.duck.yaml").read_text()


def test_actions_that_use_each_other_end(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.write(
        ".github/actions/a/action.yml",
        "runs: {using: composite, steps: [{shell: sh, run: echo a >> ran}, {uses: ./.github/actions/a}]}",
    )
    repository.write("ci.yml", "jobs: {a: {steps: [{uses: ./.github/actions/a}]}}")
    assert set(repository.run("github-actions", "ci.yml")) == {"a"}
    assert "actions use each other in a circle" in capsys.readouterr().err


def test_an_action_without_steps_is_told_with_its_file(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.write("js/action.yml", "runs: {using: node20, main: index.js}")
    repository.write("ci.yml", "jobs: {a: {steps: [{uses: ./js}, {uses: ./../x}, {run: echo a >> ran}]}}")
    assert repository.run("github-actions", "ci.yml") == ["a"]
    told = capsys.readouterr().err
    assert "js/action.yml has no steps (`using: node20`): write the command that it runs" in told
    assert "`uses: ./../x`: this action is not in the repository" in told


def test_the_workflows_that_one_calls_are_imported_beside_it(repository: Repository) -> None:
    calls = "jobs: {{call: {{uses: ./.github/workflows/{}.yml}}, own: {{steps: [{{run: echo {} >> ran}}]}}}}"
    repository.write(".github/workflows/ci.yml", calls.format("second", "first"))
    repository.write(".github/workflows/second.yml", calls.format("third", "second"))
    repository.write(".github/workflows/third.yml", "jobs: {own: {steps: [{run: echo third >> ran}]}}")
    ran = repository.run("github-actions", ".github/workflows/ci.yml")
    assert sorted(ran) == ["first", "second", "third"]
    assert sorted(path.name for path in repository.folder.glob("*.duck.yaml")) == [
        "out.duck.yaml",
        "second.duck.yaml",
        "third.duck.yaml",
    ]


def test_a_pipeline_with_its_files(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.write(
        ".gitlab-ci.yml",
        """
        include:
          - local: /ci/jobs.yml
          - ci/more.yml
          - local: ../outside.yml
          - remote: https://example.org/x.yml
        stages: [build, test]
        build:
          variables: {WORD: own}
          script:
            - !reference [.base, script]
            - echo build >> ran
        """,
    )
    repository.write(
        "ci/jobs.yml",
        """
        .base:
          variables: {WORD: base, OTHER: other}
          script: ['echo "$WORD-$OTHER" >> ran']
        build: {stage: build, extends: .base, script: [echo replaced >> ran]}
        """,
    )
    repository.write(
        "ci/more.yml",
        """
        .rules:
          - if: $NOT_SET
            when: never
        .middle: {extends: .base, stage: test}
        # Checks.
        check:
          extends: .middle
          rules: [!reference [.setup, rules], {if: '$WORD == null'}]
          script: [!reference [.middle, script], echo check >> ran]
        .setup: {rules: [{if: $NOT_SET, when: never}]}
        lost: {script: [!reference [.absent, script]]}
        """,
    )
    (repository.folder.parent / "outside.yml").write_text("bad: {script: [echo outside >> ran]}\n")
    ran = repository.run("gitlab-ci", ".gitlab-ci.yml")
    assert ran == ["own-other", "build", "base-other", "check"]
    told = capsys.readouterr().err
    assert "`include` of ../outside.yml: this file is not there" in told
    assert "`include` of https://example.org/x.yml: it is on another server" in told
    assert (
        "ci/more.yml:12: not translated: the job lost: `!reference [.absent, script]` names nothing" in told
    )
    assert "# Checks." in (repository.folder / "out.duck.yaml").read_text()


JOBS_FOR = """
    on_main: {script: [echo main >> ran], only: [main]}
    releases: {script: [echo release >> ran], only: [/^v\\d/], except: {variables: [$DRY]}}
    not_tags: {script: [echo no-tag >> ran], except: [tags]}
    nightly: {script: [echo nightly >> ran], only: {refs: [schedules], variables: ['$A == "1"', $B]}}
    files: {script: [echo files >> ran], only: {changes: [x]}}
"""


@pytest.mark.parametrize(
    ("variables", "ran"),
    [
        ({"CI_COMMIT_REF_NAME": "main", "CI_COMMIT_BRANCH": "main"}, {"main", "no-tag", "files"}),
        ({"CI_COMMIT_REF_NAME": "v1", "CI_COMMIT_TAG": "v1"}, {"release", "files"}),
        ({"CI_COMMIT_REF_NAME": "v1", "CI_COMMIT_TAG": "v1", "DRY": "1"}, {"files"}),
        ({"CI_PIPELINE_SOURCE": "schedule", "B": "1"}, {"nightly", "no-tag", "files"}),
        ({"CI_PIPELINE_SOURCE": "schedule"}, {"no-tag", "files"}),
    ],
)
def test_jobs_for_some_branches(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], ran: set[str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    repository.write("p.yml", JOBS_FOR)
    assert set(repository.run("gitlab-ci", "p.yml")) == ran


JOBS_OF_GITLAB = """
    stages: [build, test, end]
    build: {{stage: build, script: [echo build >> ran, {build}]}}
    test: {{stage: test, script: [echo test >> ran, {test}]}}
    allowed: {{stage: test, allow_failure: true, script: [exit 1]}}
    broken: {{stage: end, when: on_failure, script: [echo broken >> ran]}}
    always: {{stage: end, rules: [{{if: $NO, when: never}}, {{when: always}}], script: [echo always >> ran]}}
"""


@pytest.mark.parametrize(
    ("build", "test", "code", "ran"),
    [
        ("true", "true", 0, "build test always"),
        ("exit 1", "true", 2, "build broken always"),
        ("true", "exit 1", 2, "build test broken always"),
    ],
)
def test_jobs_of_gitlab_after_a_failure(
    repository: Repository, build: str, test: str, code: int, ran: str
) -> None:
    repository.write("p.yml", JOBS_OF_GITLAB.format(build=build, test=test))
    assert repository.run("gitlab-ci", "p.yml", code) == ran.split()


def test_what_has_retries_has_nothing_after_its_failure(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.write(
        "p.yml",
        """
        a: {stage: build, retry: 1, script: [echo a >> ran, exit 1]}
        b: {stage: test, when: on_failure, script: [echo b >> ran]}
        """,
    )
    assert repository.run("gitlab-ci", "p.yml", 2) == ["a", "a"]
    assert (
        "the job a after a failure: it is tried again, and nothing runs after that" in capsys.readouterr().err
    )
