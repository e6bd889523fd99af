"""What does not depend on the machine's time zone, in four zones; and what does: times for people."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watcher.adapters.serpapi import responses
from watcher.adapters.slack import blocks
from watcher.cli.printing import time_words
from watcher.core.cadence.windows import day_start, next_day_start
from watcher.core.errors import Api
from watcher.core.resilience.quota import quota_window
from watcher.core.times import DAY, HOUR, Instant, from_iso, iso
from watcher.db.backups import dated_backup, unused_name

# The last hour of a year in London: in Los Angeles still afternoon, in Kolkata and Kiritimati the new year.
LAST_HOUR = Instant(1_767_225_600.0 - HOUR)
FIRST_HOUR = Instant(1_767_225_600.0 + HOUR)
LOCAL = {
    "UTC": "2025-12-31 23:00 UTC",
    "America/Los_Angeles": "2025-12-31 15:00 PST",
    "Asia/Kolkata": "2026-01-01 04:30 IST",
    "Pacific/Kiritimati": "2026-01-01 13:00 UTC+14:00",
}
"""The last hour in four zones, as people read it."""


@pytest.fixture(params=LOCAL)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let the process run in a zone."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


@pytest.mark.usefixtures("zone")
def test_times_are_written_and_read_in_utc() -> None:
    assert (iso(LAST_HOUR), iso(FIRST_HOUR)) == ("2025-12-31T23:00:00Z", "2026-01-01T01:00:00Z")
    assert from_iso("2025-12-31T23:00:00Z") == from_iso("2025-12-31T23:00:00.000") == LAST_HOUR
    assert from_iso("2026-01-01T04:30:00+05:30") == LAST_HOUR


@pytest.mark.usefixtures("zone")
def test_ebays_quota_day_is_that_of_the_pacific_coast() -> None:
    midnight = from_iso("2025-12-31T08:00:00Z")
    assert midnight is not None
    for now in (midnight, LAST_HOUR, FIRST_HOUR, Instant(midnight + DAY - 1)):
        assert (day_start(now), next_day_start(now)) == (midnight, midnight + DAY)
        assert quota_window(Api.EBAY, now) == (midnight, midnight + DAY)


@pytest.mark.usefixtures("zone")
def test_a_quota_of_a_month_ends_with_the_month_in_utc() -> None:
    start, end = (iso(at) for at in quota_window(Api.SERPAPI, LAST_HOUR))
    assert (start, end) == ("2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z")
    start, end = (iso(at) for at in quota_window(Api.SERPAPI, FIRST_HOUR))
    assert (start, end) == ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")


@pytest.mark.usefixtures("zone")
def test_the_date_of_a_sale_is_a_day_in_utc() -> None:
    assert responses._parse_date("Sold  Jan 1, 2026") == LAST_HOUR + HOUR


def test_slack_gets_an_instant_and_a_local_text_with_its_zone(zone: str) -> None:
    written = blocks._local_time(LAST_HOUR)
    assert written == f"<!date^{int(LAST_HOUR)}^{{date_short_pretty}} at {{time}}|{LOCAL[zone]}>"


@pytest.mark.usefixtures("zone")
def test_backups_are_named_and_sorted_by_utc(tmp_path: Path) -> None:
    local = datetime.fromtimestamp(LAST_HOUR, UTC).astimezone()
    assert dated_backup(tmp_path, local).name == "watcher-20251231T230000Z.db"
    kept_aside = unused_name(tmp_path / "watcher.db", "replaced").name
    assert datetime.now(UTC).strftime("%Y%m%dT%H") in kept_aside


def test_times_for_people_are_local_with_their_zone(zone: str) -> None:
    assert time_words(LAST_HOUR) == LOCAL[zone]
