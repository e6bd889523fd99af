"""The shipped alert rules and dashboard use only metrics that the daemon exports."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fakes import FakeClock
from watcher.adapters.metrics.prometheus import _GAUGES, Prometheus

DOCS = Path(__file__).parents[2] / "docs"
RULES = DOCS / "prometheus" / "watcher.rules.yml"
RULE_TESTS = DOCS / "prometheus" / "watcher.rules.test.yml"
DASHBOARD = DOCS / "grafana" / "watcher.json"
PROMTOOL = shutil.which("promtool")
_METRIC = re.compile(r"\b(?:watcher|api_call|process)[a-z0-9]*_[a-z0-9_]+\b")
# Suffixes of a histogram's series.
_PARTS = re.compile(r"_(bucket|sum|count)$")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not installed: make system-packages"
)


@pytest.fixture
def exported(clock: FakeClock) -> set[str]:
    """The names of all metrics on the daemon's page."""
    meter = Prometheus(clock)
    levels = [(f"{kind.split('.')[0]}.ebay.{kind.partition('.')[2]}").strip(".") for kind in _GAUGES]

    def set_levels() -> tuple[()]:
        for name in levels:
            meter.gauge(name, 1)
        return ()

    meter.count("heartbeat.sent")
    meter.count("poll.ok")
    page = meter.page(set_levels, {}).decode()
    names = set(re.findall(r"^# TYPE (\S+)", page, re.MULTILINE))
    return names | {"process_resident_memory_bytes"}


def metrics_in(text: str) -> set[str]:
    return {_PARTS.sub("", name) for name in _METRIC.findall(text)}


def test_the_rules_use_only_exported_metrics(exported: set[str]) -> None:
    expressions = re.sub(r"#.*|^\s*(summary|description):.*", "", RULES.read_text(), flags=re.MULTILINE)
    used = {name for name in metrics_in(expressions) if not name.startswith("watcher:")}
    assert len(used) > 12
    assert used <= exported, used - exported


def test_the_dashboard_uses_only_exported_metrics(exported: set[str]) -> None:
    board = json.loads(DASHBOARD.read_text())
    expressions = [t["expr"] for panel in board["panels"] for t in panel["targets"]]
    used = metrics_in("\n".join(expressions))
    assert len(used) > 15
    assert used <= exported, used - exported
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_every_rule_has_a_test_and_is_documented() -> None:
    names = set(re.findall(r"- alert: (\w+)", RULES.read_text()))
    assert len(names) > 10
    assert names == set(re.findall(r"alertname: (\w+)", RULE_TESTS.read_text()))
    assert names <= set(re.findall(r"`(Watcher\w+)`", (DOCS / "monitoring.md").read_text()))


def test_every_exported_metric_is_documented(exported: set[str]) -> None:
    text = (DOCS / "monitoring.md").read_text()
    missing = {name for name in exported if name not in text and not name.startswith("process_")}
    assert not missing


@pytest.mark.slow
def test_promtool_is_there_for_the_slow_tests() -> None:
    assert PROMTOOL, "promtool is missing, so the alert rules are not tested: run `make system-packages`"


@needs_promtool
@pytest.mark.parametrize("arguments", [("check", "rules", str(RULES)), ("test", "rules", str(RULE_TESTS))])
def test_promtool_accepts_the_rules(arguments: tuple[str, ...]) -> None:
    result = subprocess.run([str(PROMTOOL), *arguments], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "SUCCESS" in result.stdout + result.stderr
