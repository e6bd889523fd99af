"""Every registered rule conforms; `tests/test_extending.py` does the same with a rule of its own."""

from __future__ import annotations

import pytest

from tests.core.rules.rule_conformance import CHECKS
from watcher.core.rules import Rule, registered_rules


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize("rule", registered_rules(), ids=lambda rule: rule.keyword)
def test_rule_conforms(rule: type[Rule], check: object) -> None:
    assert callable(check)
    check(rule)
