"""Suggested exclusions, targets and items of a watch that is being written."""

from __future__ import annotations

from watcher.core.comps import Comps, select, summarize
from watcher.core.listing import Condition, Listing
from watcher.core.money import Money
from watcher.core.price_clusters import find_price_groups
from watcher.core.suggestions import suggest_exclusions, suggest_items, suggest_rules

QUERY = "acme 900"


def listing(number: int, title: str, dollars: float) -> Listing:
    return Listing(f"v1|{number}|0", title, Money(round(dollars * 100), "USD"), Money(0, "USD"), 3000, "Used")


def comps_of(*offers: tuple[str, float]) -> Comps:
    listings = [listing(n, title, dollars) for n, (title, dollars) in enumerate(offers, 1)]
    chosen = select(QUERY, Condition.ANY, listings, currency="USD")
    return Comps(chosen, summarize(chosen.kept, "USD"))


PLAIN = [(f"Acme 900 camera {n}", 500.0 + n) for n in range(10)]


def test_a_word_of_dropped_titles_is_suggested_where_it_is_kept() -> None:
    straps = [(f"Strap for Acme 900 velvet {n}", 20.0) for n in range(4)]
    comps = comps_of(*PLAIN, *straps, ("Acme 900 velvet", 480.0))
    (found,) = suggest_exclusions(QUERY, comps)
    assert (found.words, found.drops) == ("velvet", 1)
    assert found.why == '4 of 5 titles with "velvet" are something else'
    assert suggest_exclusions(QUERY, comps, excluded=("velvet",)) == ()


def test_a_word_of_far_too_cheap_offers_is_suggested() -> None:
    comps = comps_of(*PLAIN, ("Acme 900 gizmo", 180.0), ("Acme 900 shop gizmo", 200.0))
    (found,) = suggest_exclusions(QUERY, comps)
    assert (found.words, found.drops) == ("gizmo", 2)
    assert found.why == '2 offers with "gizmo" cost about $180.00, the others $504.00'


def test_words_of_the_query_and_of_most_titles_are_never_suggested() -> None:
    straps = [(f"Strap for Acme 900 camera {n}", 20.0) for n in range(40)]
    assert suggest_exclusions(QUERY, comps_of(*PLAIN, *straps)) == ()
    assert suggest_exclusions(QUERY, comps_of(("Acme 900 gizmo", 1.0), ("Acme 900", 500.0))) == ()


def test_targets_are_round_and_say_how_many_meet_them() -> None:
    rules = suggest_rules(comps_of(*PLAIN, ("Acme 900 worn", 340.0)))
    assert [(r.rule, str(r.limit), r.matches) for r in rules] == [
        ("below 500.00 USD", "$500.00", 2),
        ("below 350.00 USD", "$350.00", 1),
        ("deal 70%", "$352.80", 1),
    ]
    assert suggest_rules(comps_of(*PLAIN[:3])) == ()


def test_a_target_of_cents_is_not_zero() -> None:
    rules = suggest_rules(comps_of(*[(f"Acme 900 coin {n}", 0.03) for n in range(6)]))
    assert rules[0].rule == "below 0.03 USD"


def test_each_of_several_items_is_told_apart_by_words() -> None:
    raw = [(f"Acme 900 raw {n}", 50.0 + n) for n in range(10)]
    graded = [(f"Acme 900 psa {n}", 400.0 + n) for n in range(10)]
    groups = find_price_groups(QUERY, comps_of(*raw, *graded).selection.kept, "USD")
    assert [(s.query, s.exclude) for s in suggest_items(QUERY, groups)] == [
        ("acme 900 raw", ()),
        ("acme 900 psa", ()),
    ]
    plain = [(f"Acme 900 {n}", 50.0 + n) for n in range(10)]
    groups = find_price_groups(QUERY, comps_of(*plain, *graded).selection.kept, "USD")
    assert [(s.query, s.exclude) for s in suggest_items(QUERY, groups)] == [
        ("", ("psa",)),
        ("acme 900 psa", ()),
    ]
