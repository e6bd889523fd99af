"""What people and scripts read of how late alerts were."""

from __future__ import annotations

import pytest

from tests.fakes import NOON
from watcher.core.alerts import Item
from watcher.core.lateness import ItemLateness, LatenessFigures, Onset
from watcher.core.lateness_views import (
    in_percent,
    lateness_figures_view,
    lateness_sentences,
    lateness_view,
    start_in_message,
)
from watcher.core.times import DAY, Instant, iso

SINCE = Instant(NOON - 420)
SENT = Instant(NOON + 2)
ITEM = Item("v1|1|0", "lamp", "", "", "Used", "USD", "5.00", "0.00", None, "5.00", "cheap")


def item(onset: str, since: float | None, listed_at: float | None) -> Item:
    at = [None if moment is None else Instant(moment) for moment in (since, listed_at)]
    return ITEM._replace(onset=onset, since=at[0], listed_at=at[1])


@pytest.mark.parametrize(
    ("onset", "since", "listed_at", "said"),
    [
        (Onset.LISTED, SINCE, SINCE, "Listed 7 min 2 s before this message"),
        (Onset.PRICE_CUT, SINCE, NOON - 20 * DAY, "Price cut at most 7 min 2 s before this message"),
        (Onset.EARLIER, None, NOON - 20 * DAY, "Listed 20 d before this message"),
        (Onset.UNKNOWN, None, None, "Listed at an unknown time"),
        (Onset.LISTED, SENT + 1, SENT + 1, "Listed at an unknown time"),
        ("", None, None, "Listed at an unknown time"),
    ],
)
def test_a_message_says_since_when_its_item_is_there(
    onset: str, since: float | None, listed_at: float | None, said: str
) -> None:
    assert start_in_message(item(onset, since, listed_at), SENT) == said


def test_a_price_cut_is_never_said_to_be_late_since_its_listing() -> None:
    cheaper = item(Onset.PRICE_CUT, SINCE, NOON - 20 * DAY)
    view = lateness_view(cheaper, ItemLateness(SINCE, NOON, SENT, was_there=True))
    assert view is not None
    cut, sent, there = view["said"].split("; ")
    assert cut == f"price cut: its old price was last seen {iso(SINCE)}, the new one 7 min later"
    assert (sent, there) == ("sent after 7 min 2 s", "just before the message it was still on offer")
    assert (view["secondsToSeen"], view["secondsToSent"]) == (420, 422)


@pytest.mark.parametrize(
    ("onset", "words"),
    [
        (Onset.EARLIER, "before the watch looked for it"),
        (Onset.SEEN, "before it matched"),
        (Onset.UNKNOWN, "is unknown"),
        (Onset.LISTED, "is unknown"),
    ],
)
def test_an_item_that_does_not_count_has_a_reason_and_never_0(onset: Onset, words: str) -> None:
    view = lateness_view(item(onset, None, None), ItemLateness(None, NOON, SENT, was_there=False))
    assert view is not None
    assert (view["since"], view["secondsToSeen"], view["secondsToSent"]) == (None, None, None)
    assert words in view["said"]
    assert view["said"].endswith("it was no longer on offer")


def test_a_lateness_that_was_not_recorded_is_null() -> None:
    assert lateness_view(item(Onset.LISTED, SINCE, SINCE), None) is None
    assert lateness_view(item("", None, None), ItemLateness(None, NOON)) is None


def test_figures_name_what_they_are_shares_of() -> None:
    view = lateness_figures_view(LatenessFigures(14, 9, (2, 7, 9), 7, 6))
    seen, there = lateness_sentences(view)
    assert seen.startswith("Seen 22 % within 1 min, 78 % within 10 min, 100 % within 1 h of the listing")
    assert seen.endswith("price cut (9 matches in 30 days).")
    assert there == "Still there just before the message: 86 % of 7 items looked at again."
    assert lateness_sentences(lateness_figures_view(LatenessFigures(3))) == []


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.0, "0 %"), (0.001, "less than 1 %"), (0.812, "81 %"), (0.999, "more than 99 %"), (1.0, "100 %")],
)
def test_a_share_is_0_or_100_percent_only_if_it_is_exact(share: float, said: str) -> None:
    assert in_percent(share) == said
