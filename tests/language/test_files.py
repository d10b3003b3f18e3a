"""Which files are workflows."""

from __future__ import annotations

from pathlib import Path

from duckflux.language.workflow_files import workflow_files


def test_workflow_files_are_found_by_their_names_in_order(tmp_path: Path) -> None:
    here = ("b.duck.yaml", "a.duck.yml", "old.flow.yaml", "sub/deep/c.duck.yaml")
    others = ("compose.yaml", "duck.yaml.txt", ".git/x.duck.yaml", "node_modules/p/y.duck.yaml")
    for name in (*here, *others):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [path.relative_to(tmp_path).as_posix() for path in workflow_files(tmp_path)]
    assert found == ["a.duck.yml", "b.duck.yaml", "old.flow.yaml", "sub/deep/c.duck.yaml"]
