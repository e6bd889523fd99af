"""The JSON of an answer with comps, shared by the command line and the API."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from tests.fakes import NOON, FakeClock, inquiry_of, listings, usd
from tests.trips import DailyCalls
from watcher.core.accuracy import Accuracy, ErrorFigures
from watcher.core.categories import TTLS
from watcher.core.comps import Basis
from watcher.core.listing import Condition, Snapshot
from watcher.core.money import Money
from watcher.core.times import MINUTE, Instant
from watcher.core.watch import Question
from watcher.polling.comps_cache import Answer, CompsCache, Freshness
from watcher.polling.demand_scan import PlanTerms
from watcher.watches.queries import WatchQueries

QUESTION = inquiry_of("zenitar mk2", Condition.ANY, "electronicz", "EBAY_US")


class KnownAccuracy:
    """How wrong medians of one category were."""

    def of(self, category: str, basis: Basis) -> Accuracy:
        figures = ErrorFigures(212, 0.06, (0.05, 0.07), {})
        return Accuracy(category, basis, {}, figures, None, None, NOON)

    def corrected(self, question: Question, now: Instant) -> Money:
        assert (question, now) == (QUESTION.question, NOON - 5)
        return usd(48)


def test_an_answer_has_its_source_and_an_age_that_is_never_negative() -> None:
    clock = FakeClock(NOON - 5)
    freshness = Freshness(ttls=TTLS, negative_ttl=MINUTE, max_stale=MINUTE)
    queries = WatchQueries(
        stores=cast("Any", SimpleNamespace(accuracy=KnownAccuracy())),
        cache=CompsCache(cast("Any", None), freshness, clock),
        open_fetcher=cast("Any", None),
        clock=clock,
        day_calls=DailyCalls(0),
        terms=PlanTerms(),
        is_destination=lambda _: True,
    )
    snapshot = Snapshot(tuple(listings([50, 60])), NOON)
    answer = Answer(snapshot, NOON, Instant(NOON + 60), "cached", stale=True)
    view = queries.comps_view(QUESTION, answer, queries.cache.comps_of(QUESTION.question, answer), None)
    assert (view["source"], view["api"], view["stale"], view["ageSeconds"]) == ("cached", "ebay", True, 0)
    assert (view["fetchedAt"], view["expiresAt"]) == ("2025-06-15T15:06:40Z", "2025-06-15T15:07:40Z")
    assert (view["comps"]["n"], view["observed"]) == (2, None)
    assert view["comps"]["accuracy"] == {"n": 212, "medianError": 0.06}
    assert view["comps"]["corrected"] == "48.00"
    assert view["warnings"][0].startswith('"electronicz" is not a known category')
