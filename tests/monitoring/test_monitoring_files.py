"""The alert rules and the dashboard that are shipped: they ask only for what the daemon tells."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fakes import FakeClock
from watcher.adapters.metrics.prometheus import _LEVELS, Prometheus

DOCS = Path(__file__).parents[2] / "docs"
RULES = DOCS / "prometheus" / "watcher.rules.yml"
RULE_TESTS = DOCS / "prometheus" / "watcher.rules.test.yml"
DASHBOARD = DOCS / "grafana" / "watcher.json"
PROMTOOL = shutil.which("promtool")
_METRIC = re.compile(r"\b(?:watcher|api_call|process)[a-z0-9]*_[a-z0-9_]+\b")
# What Prometheus keeps of a histogram.
_PARTS = re.compile(r"_(bucket|sum|count)$")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not installed: make system-packages"
)


@pytest.fixture
def told(clock: FakeClock) -> set[str]:
    """Every name on the daemon's page."""
    meter = Prometheus(clock)
    levels = [(f"{kind.split('.')[0]}.ebay.{kind.partition('.')[2]}").strip(".") for kind in _LEVELS]

    def set_levels() -> tuple[()]:
        for name in levels:
            meter.gauge(name, 1)
        return ()

    meter.count("heartbeat.sent")
    meter.count("poll.ok")
    page = meter.page(set_levels, {}).decode()
    names = set(re.findall(r"^# TYPE (\S+)", page, re.MULTILINE))
    return names | {"process_resident_memory_bytes"}


def asked_by(text: str) -> set[str]:
    return {_PARTS.sub("", name) for name in _METRIC.findall(text)}


def test_the_rules_ask_only_for_what_the_daemon_tells(told: set[str]) -> None:
    expressions = re.sub(r"#.*|^\s*(summary|description):.*", "", RULES.read_text(), flags=re.MULTILINE)
    asked = {name for name in asked_by(expressions) if not name.startswith("watcher:")}
    assert len(asked) > 12
    assert asked <= told, asked - told


def test_the_dashboard_asks_only_for_what_the_daemon_tells(told: set[str]) -> None:
    board = json.loads(DASHBOARD.read_text())
    expressions = [t["expr"] for panel in board["panels"] for t in panel["targets"]]
    asked = asked_by("\n".join(expressions))
    assert len(asked) > 15
    assert asked <= told, asked - told
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_every_rule_has_its_test_and_its_line_in_the_documentation() -> None:
    names = set(re.findall(r"- alert: (\w+)", RULES.read_text()))
    assert len(names) > 10
    assert names == set(re.findall(r"alertname: (\w+)", RULE_TESTS.read_text()))
    assert names <= set(re.findall(r"`(Watcher\w+)`", (DOCS / "monitoring.md").read_text()))


def test_every_metric_on_the_page_is_in_the_documentation(told: set[str]) -> None:
    text = (DOCS / "monitoring.md").read_text()
    missing = {name for name in told if name not in text and not name.startswith("process_")}
    assert not missing


@needs_promtool
@pytest.mark.parametrize("words", [("check", "rules", str(RULES)), ("test", "rules", str(RULE_TESTS))])
def test_promtool_finds_the_rules_right(words: tuple[str, ...]) -> None:
    said = subprocess.run([str(PROMTOOL), *words], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "SUCCESS" in said.stdout + said.stderr
