"""The registry: one record for each rule, and every name in it leads to something."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from duckflux.language import registry
from duckflux.language.lint import rules
from duckflux.language.lint.explain import explanation_file
from duckflux.language.registry import REGISTRY, Rule, code_of

RULES = pytest.mark.parametrize("rule", REGISTRY.values(), ids=lambda rule: rule.slug)


@RULES
def test_a_record_is_whole(rule: Rule) -> None:
    name = rule.slug.upper().replace("-", "_")
    assert getattr(registry, name) == rule.code
    assert rule.title[0].isupper() or rule.title[0] == "`"
    assert explanation_file(rule.code).is_file()
    if rule.fix:
        module, _, function = rule.fix.partition(".")
        assert callable(getattr(import_module(f"duckflux.ide.fixes.{module}"), function))


@RULES
def test_its_check_reports_it(rule: Rule) -> None:
    name = rule.slug.upper().replace("-", "_")
    folder = Path(rules.__file__).parent
    reporting = {path.stem for path in folder.glob("*.py") if f"registry.{name}" in path.read_text("utf-8")}
    if rule.check == "expressions":  # Through the table of the checker's codes.
        reporting.add("expressions")
    assert reporting == ({rule.check} if rule.check else set())


def test_every_module_of_a_rule_is_registered() -> None:
    folder = Path(rules.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert modules == {rule.check for rule in REGISTRY.values() if rule.check}


def test_codes_and_slugs_name_a_rule() -> None:
    assert code_of("DF301") == code_of("df301") == code_of("unknown-participant") == "DF301"
    assert code_of("DF3") is None
    assert len({rule.slug for rule in REGISTRY.values()}) == len(REGISTRY)
