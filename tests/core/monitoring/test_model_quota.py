"""The quota of a model, which nothing polls."""

from __future__ import annotations

from tests.fakes import NOON
from watcher.config.settings import AlertSettings
from watcher.core.errors import Api
from watcher.core.monitoring.incidents import SELF_SUBJECT, Symptom
from watcher.core.monitoring.self_checks import CheckFinding, Readings, quota_level, run_self_checks


def finding(used: int) -> CheckFinding:
    readings = Readings(quotas={Api.OPENAI: quota_level(Api.OPENAI, 500, used, NOON)})
    found = run_self_checks(readings, AlertSettings().thresholds, NOON, SELF_SUBJECT)
    return next(one for one in found if one.symptom is Symptom.QUOTA)


def test_all_calls_of_a_model_are_for_people() -> None:
    assert quota_level(Api.OPENAI, 500, 460, NOON).bound == 500
    assert quota_level(Api.EBAY, 500, 460, NOON).bound == 468, "a part of the reserve is released"


def test_a_shortage_names_scans_and_the_key_to_change() -> None:
    assert finding(400).signal.since is None
    low, gone = finding(490).describe(), finding(500).describe()
    assert "490 of 500 calls are used, 10 are left until 2" in low.firing
    assert "500 of 500 calls are used" in gone.firing
    for description in (low, gone):
        assert "daily_calls in [openai]" in description.advice
        assert "Pictures" in dict(description.effects)["Effect"]
        assert "poll" not in f"{description}"
