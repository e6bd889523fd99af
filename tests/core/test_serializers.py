"""The public JSON shapes of comps, watches and alerts."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.fakes import NOON, inquiry_of, listing, listings
from watcher.core.alerts import make_alert
from watcher.core.comps import Comps, select, summarize
from watcher.core.listing import Condition
from watcher.core.rules import RuleContext
from watcher.core.serializers import alert_view, comps_view, watch_view
from watcher.core.watch import Watch, WatchId
from watcher.core.watch_input import Defaults, watch_from

QUESTION = inquiry_of("zenitar mk2", Condition.ANY, "electronics", "EBAY_US")
DEFAULTS = Defaults("EBAY_US")


def comps_of(*seen: object) -> Comps:
    selection = select(QUESTION.question.query, QUESTION.question.condition, seen, currency="USD")  # type: ignore[arg-type]  # listings
    return Comps(selection, summarize(selection.kept, "USD"))


def watch(**draft: str) -> Watch:
    watch = watch_from({"query": "zenitar mk2", **draft}, DEFAULTS)
    return replace(watch, id=WatchId(7), created_at=NOON)


def test_comps_have_decimal_strings_and_every_field_of_the_contract() -> None:
    view = comps_view(QUESTION, comps_of(*listings([50, 60, 70, 55, 65, 60])))
    figures = {name: view[name] for name in ("n", "low", "p25", "median", "p75", "high", "interval")}
    assert figures == {
        "n": 6,
        "low": "50.00",
        "p25": "56.25",
        "median": "60.00",
        "p75": "63.75",
        "high": "70.00",
        "interval": ["50.00", "70.00"],
    }
    assert (view["query"], view["category"], view["condition"]) == ("zenitar mk2", "electronics", "any")
    assert (view["marketplace"], view["basis"], view["currency"]) == ("EBAY_US", "ask", "USD")


def test_comps_have_spread_conditions_and_groups() -> None:
    small = [x._replace(title="zenitar mk2 40mm", condition_id=1000) for x in listings([50, 51, 52, 53, 54])]
    large = [
        x._replace(item_id=f"large{x.item_id}", title="zenitar mk2 80mm", condition_id=3000)
        for x in listings([150, 151, 152, 153, 155])
    ]
    view = comps_view(QUESTION, comps_of(*small, *large))
    assert view["spread"] == "50.00"
    assert view["byCondition"] == {
        "new": {"n": 5, "median": "52.00", "interval": None},
        "used": {"n": 5, "median": "152.00", "interval": None},
    }
    assert view["humps"] == [
        {"words": ["40mm"], "n": 5, "low": "50.00", "median": "52.00", "high": "54.00"},
        {"words": ["80mm"], "n": 5, "low": "150.00", "median": "152.00", "high": "155.00"},
    ]
    assert view["groups"] == [
        {"name": "40mm", "n": 5, "median": "52.00"},
        {"name": "80mm", "n": 5, "median": "152.00"},
    ]


def test_two_prices_have_a_null_interval() -> None:
    assert comps_view(QUESTION, comps_of(*listings([50, 60])))["interval"] is None


def test_empty_comps_have_n_0_and_null_figures() -> None:
    view = comps_view(QUESTION, comps_of())
    assert view["n"] == 0
    assert {view[n] for n in ("low", "p25", "median", "p75", "high", "interval")} == {None}
    assert (view["kept"], view["dropped"]) == ([], [])
    assert (view["spread"], view["byCondition"], view["humps"]) == (None, {}, [])


def test_unknown_shipping_gives_a_null_total() -> None:
    view = comps_view(QUESTION, comps_of(listing(1, 50, None), listing(2, 50, 0)))
    kept = json.loads(json.dumps(view["kept"]))
    assert [(x["total"], x["price"], x["shipping"]) for x in kept] == [
        (None, "50.00", None),
        ("50.00", "50.00", "0.00"),
    ]
    assert view["n"] == 1


def test_dropped_listing_has_reason_and_detail() -> None:
    view = comps_view(QUESTION, comps_of(listing(1, title="Zenitar mk2 camera, for parts")))
    (dropped,) = json.loads(json.dumps(view["dropped"]))
    assert set(dropped) == {"itemId", "title", "reason", "detail", "confidence", "doubt"}
    assert (dropped["itemId"], dropped["reason"]) == ("v1|1|0", "parts")


def test_watch_shows_its_fields_as_they_are_typed() -> None:
    view = watch_view(watch(below="50", exclude="box, for parts", every="90m", from_country="de"), 5400.4)
    assert view == {
        "id": 7,
        "query": "zenitar mk2",
        "category": "",
        "condition": "any",
        "conditionIds": [],
        "rule": "below 50.00 USD",
        "exclude": ["box", "for parts"],
        "buying": "any",
        "minFeedback": None,
        "fromCountry": "DE",
        "marketplace": "EBAY_US",
        "unknownShipping": "assume",
        "certainty": "likely",
        "every": "90m",
        "priority": "normal",
        "sellers": [],
        "label": "",
        "tag": "",
        "to": "slack",
        "user": "local",
        "paused": False,
        "overPlan": False,
        "rejected": 0,
        "taught": [],
        "createdAt": "2025-06-15T15:06:40Z",
        "firstPolledAt": None,
        "cadenceSeconds": 5400,
    }


def test_paused_watch_has_no_cadence() -> None:
    assert watch_view(replace(watch(), paused=True))["cadenceSeconds"] is None
    assert watch_view(watch())["every"] is None


def test_alert_has_its_comps_and_its_delivery() -> None:
    comps = comps_of(listing(1, 45, 5), *listings([60, 70], start=2))
    wanted = watch(below="50")
    matches = wanted.rule.evaluate(RuleContext(comps, NOON)).matches
    alert = make_alert(wanted, matches, "", comps, now=NOON, fetched_at=NOON, source="fresh")
    view = json.loads(json.dumps(alert_view(alert, "sent", NOON, "")))
    assert (view["watch"], view["rule"], view["market"]) == (7, "below 50.00 USD", None)
    assert view["delivery"] == {
        "to": "slack",
        "state": "sent",
        "sentAt": "2025-06-15T15:06:40Z",
        "error": None,
    }
    (item,) = view["items"]
    assert (item["itemId"], item["price"], item["shipping"], item["total"]) == (
        "v1|1|0",
        "45.00",
        "5.00",
        "50.00",
    )
    assert (view["comps"]["n"], view["comps"]["median"]) == (3, "60.00")
    assert alert_view(alert, "dead", None, "no such webhook")["delivery"] == {
        "to": "slack",
        "state": "dead",
        "sentAt": None,
        "error": "no such webhook",
    }
