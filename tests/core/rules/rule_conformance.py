"""What every rule must do. `CHECKS` are run for each registered rule, and for a rule of a test.

The example of a rule must match in `MATCHING` and must not match in `NOT_MATCHING`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.core.rules.contexts import auction, context_of
from tests.fakes import NOON, listing, listings, usd
from watcher.core.alerts import make_alert
from watcher.core.backtest import PastListing, backtest
from watcher.core.explanation import ExplanationData, Schedule, build_explanation
from watcher.core.listing import Snapshot
from watcher.core.preview import build_preview
from watcher.core.receipts import (
    Grounds,
    build_evidence,
    erased_alert,
    erased_evidence,
    erased_grounds,
    replay,
)
from watcher.core.rules import History, Rule, parse_rule
from watcher.core.times import DAY, MINUTE, Instant
from watcher.core.watch import Watch
from watcher.core.watch_input import Defaults, draft_of, watch_from

CHEAP_AUCTION = auction(9, 10, 5 * MINUTE)._replace(title="Zenitar Mk2 camera")
DEAR_AUCTION = CHEAP_AUCTION._replace(bid=usd(2_000))
OLD = Instant(NOON - 60 * DAY)
MATCHING = context_of(
    listing(1, 20.0),
    *(listing(i, 40.0) for i in range(2, 8)),
    auctions=[CHEAP_AUCTION],
    new_items=frozenset({"v1|1|0"}),
    baseline_at=OLD,
    history=History(since=OLD, lowest=usd(30), daily_medians=(usd(100),) * 10),
)
NOT_MATCHING = context_of(
    *listings([1_001.0 + i for i in range(8)]),
    auctions=[DEAR_AUCTION],
    baseline_at=OLD,
    history=History(since=OLD, lowest=usd(900), daily_medians=(usd(1_000),) * 10),
)


def watch_of(rule: type[Rule]) -> Watch:
    """Return a watch with the rule's example, as a user types it."""
    draft = {"query": "zenitar mk2 camera", "rule": rule.example}
    return watch_from(draft, Defaults("EBAY_US"))


def check_printed_rule_parses_back(rule: type[Rule]) -> None:
    parsed = parse_rule(rule.example, "USD")
    assert type(parsed) is rule
    assert parse_rule(str(parsed), "CHF") == parsed, "an amount is printed with its currency"
    assert parse_rule(rule.example.replace(rule.keyword, rule.keyword.upper(), 1), "USD") == parsed
    assert watch_from(draft_of(watch_of(rule)), Defaults("EBAY_US")).rule == parsed


def check_invalid_argument_is_refused_with_a_sentence(rule: type[Rule]) -> None:
    with pytest.raises(ValueError, match=re.escape("?!")) as refused:
        parse_rule(f"{rule.keyword} ?!", "USD")
    assert len(str(refused.value).split()) > 3
    with pytest.raises(ValueError, match="is not a rule") as unknown:
        parse_rule("no such rule", "USD")
    assert f'"{rule.example}"' in str(unknown.value)


def check_matching_market_gives_a_reason(rule: type[Rule]) -> None:
    outcome = parse_rule(rule.example, "USD").evaluate(MATCHING)
    reasons = [m.reason for m in outcome.matches] or [outcome.median_reason]
    assert all(reasons)
    assert outcome.matches == tuple(sorted(outcome.matches, key=lambda m: m.total.minor))
    assert bool(outcome.median_reason) == rule.about_median == (not outcome.armed)


def check_disarmed_median_rule_is_silent(rule: type[Rule]) -> None:
    outcome = parse_rule(rule.example, "USD").evaluate(MATCHING, armed=False)
    assert not outcome.armed
    assert not outcome.median_reason


def check_missed_market_is_explained(rule: type[Rule]) -> None:
    parsed = parse_rule(rule.example, "USD")
    outcome = parsed.evaluate(NOT_MATCHING)
    assert (outcome.matches, outcome.median_reason) == ((), "")
    selection = NOT_MATCHING.comps.selection
    listings = selection.auctions if rule.about_auctions else selection.kept
    for found in listings:
        assert parsed.why_not(found, NOT_MATCHING)
    assert parsed.why_nothing_matches(NOT_MATCHING)


def check_empty_market_neither_matches_nor_fails(rule: type[Rule]) -> None:
    parsed, empty = parse_rule(rule.example, "USD"), context_of()
    assert not parsed.evaluate(empty).matches
    assert parsed.why_nothing_matches(empty)
    assert parsed.describe_target(None)
    assert parsed.suggest((), ()) is None
    assert parsed.why_out_of_reach(empty.comps.statistics) == ""


def check_history_window_is_positive(rule: type[Rule]) -> None:
    window = parse_rule(rule.example, "USD").history_window
    assert window is None or window >= DAY


def check_suggestion_is_a_rule_of_the_same_kind(rule: type[Rule]) -> None:
    totals = [usd(x) for x in range(50, 150)]
    suggestion = parse_rule(rule.example, "USD").suggest(totals, totals)
    assert suggestion is None or type(parse_rule(str(suggestion), "USD")) is rule


def check_receipt_reproduces_the_alert(rule: type[Rule]) -> None:
    watch = watch_of(rule)
    outcome = watch.rule.evaluate(MATCHING)
    fields: dict[str, Any] = {"fetched_at": NOON, "source": "ebay"}
    alert = make_alert(watch, outcome.matches, outcome.median_reason, MATCHING.comps, now=NOON, **fields)
    evidence = build_evidence(MATCHING.comps, watch, at=NOON, trust_condition=True, **fields)
    grounds = Grounds(
        evidence.id,
        str(watch.rule),
        str(watch.unknown_shipping),
        None,
        armed=True,
        history=MATCHING.history,
        new_items=tuple(MATCHING.new_items),
    )
    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(grounds), type=Grounds)
    assert alert.target == watch.rule.describe_target(MATCHING.comps.statistics.median) != ""
    assert replay(alert, stored, evidence).differences == ()
    erased = replay(erased_alert(alert), erased_grounds(stored), erased_evidence(evidence, NOON))
    assert erased.differences == ()


def check_preview_and_backtest_give_a_sentence(rule: type[Rule]) -> None:
    watch, kept = watch_of(rule), MATCHING.comps.selection.kept
    tested = backtest(watch, [PastListing(x, OLD, OLD) for x in kept], (), None, NOON)
    preview = build_preview(watch, MATCHING.comps, kept, tested, NOON)
    assert tested.sentence
    assert preview.outlook
    assert bool(preview.matches) == (not rule.about_median and not rule.first_poll_note)


def check_explanation_names_the_reason(rule: type[Rule]) -> None:
    watch = watch_of(rule)
    for context, passed in ((MATCHING, True), (NOT_MATCHING, False)):
        snapshot = Snapshot(context.comps.selection.kept, NOON)
        data = ExplanationData(watch, NOON, Schedule(NOON, NOON), snapshot, "ebay", context)
        step = next(s for s in build_explanation(data).steps if s.name == "rule")
        assert (step.passed, bool(step.sentence)) == (passed, True)


CHECKS: tuple[Callable[[type[Rule]], None], ...] = tuple(
    check for name, check in sorted(globals().items()) if name.startswith("check_")
)
