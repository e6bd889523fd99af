"""The public JSON shapes (camelCase, money as decimal strings) of comps, watches and alerts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from watcher.core.accuracy import MIN_SHOWN, Accuracy, ErrorFigures, EstimatedShare
from watcher.core.alerts import Alert, Item
from watcher.core.backtest import Backtest, HistoryPoint
from watcher.core.comps import MIN_INTERVAL_TOTALS, Comps, Selection, Statistics, by_condition, spread
from watcher.core.delistings import ObservedPrices
from watcher.core.explanation import Explanation
from watcher.core.listing import CONDITION_IDS
from watcher.core.marketplaces import currency_of
from watcher.core.money import amount_or_none
from watcher.core.preview import Preview
from watcher.core.price_clusters import find_price_groups
from watcher.core.receipts import Evidence, Grounds, Replay
from watcher.core.taught import answer_view
from watcher.core.times import Instant, iso, write_duration
from watcher.core.watch import Inquiry, Watch


def comps_view(inquiry: Inquiry, comps: Comps) -> dict[str, object]:
    """Return the `comps` object of `GET /api/comps` and `watcher comps --json`."""
    question, stats, kept = inquiry.question, comps.statistics, comps.selection.kept
    groups = find_price_groups(question.query, kept, stats.currency)
    return {
        "query": question.query,
        "category": inquiry.category,
        "condition": str(question.condition),
        "conditionIds": sorted(CONDITION_IDS.get(question.condition, ())),
        "marketplace": question.marketplace,
        "basis": str(stats.basis),
        "currency": stats.currency,
        "n": stats.n,
        "low": amount_or_none(stats.low),
        "p25": amount_or_none(stats.p25),
        "median": amount_or_none(stats.median),
        "p75": amount_or_none(stats.p75),
        "high": amount_or_none(stats.high),
        "interval": _interval(stats),
        "spread": amount_or_none(spread(kept, stats)),
        "byCondition": {
            str(condition): {
                "n": group.n,
                "median": amount_or_none(group.median),
                "interval": _interval(group),
            }
            for condition, group in by_condition(kept, stats).items()
        },
        "groups": [{"name": group.name, "n": group.n, "median": group.median.amount} for group in groups],
        "humps": [
            {
                "words": list(group.words),
                "n": group.n,
                "low": group.low.amount,
                "median": group.median.amount,
                "high": group.high.amount,
            }
            for group in groups
        ],
        **_selection(comps.selection),
    }


def _interval(stats: Statistics) -> list[str] | None:
    too_few = stats.n < MIN_INTERVAL_TOTALS  # a receipt of an older version may have one
    return [bound.amount for bound in stats.interval] if stats.interval and not too_few else None


def accuracy_note(found: Accuracy | None) -> dict[str, Any] | None:
    """Return how wrong medians of the category were, beside a median; None with too few delistings."""
    if found is None or found.plain.n < MIN_SHOWN:
        return None
    return {"n": found.plain.n, "medianError": found.plain.median}


def accuracy_view(found: Accuracy) -> dict[str, Any]:
    """Return how wrong the medians of a category were: `watcher accuracy --json`."""
    return {
        "category": found.category,
        "basis": str(found.basis),
        **_errors_view(found.plain),
        "corrected": found.corrected and _errors_view(found.corrected),
        "inInterval": found.covered and _share_view(found.covered),
        "kinds": {str(kind): n for kind, n in found.kinds.items()},
        "since": iso(found.since),
        "computedAt": iso(found.computed_at),
    }


def _errors_view(figures: ErrorFigures) -> dict[str, Any]:
    return {
        "n": figures.n,
        "medianError": figures.median,
        "interval": figures.interval and list(figures.interval),
        "within": {str(percent): _share_view(share) for percent, share in figures.within.items()},
    }


def _share_view(share: EstimatedShare) -> dict[str, Any]:
    return {"share": round(share.value, 4), "interval": [round(share.low, 4), round(share.high, 4)]}


def observed_view(found: ObservedPrices | None) -> dict[str, Any] | None:
    """Return the last prices of listings that left the market, never mixed with asks or sales."""
    if found is None:
        return None
    stats = found.statistics
    return {
        "basis": str(stats.basis),
        "currency": stats.currency,
        "n": stats.n,
        **{name: amount_or_none(getattr(stats, name)) for name in ("low", "p25", "median", "p75", "high")},
        "kinds": {str(kind): n for kind, n in found.kinds.items()},
        "medianSecondsOnMarket": None if found.on_market is None else round(found.on_market),
        "since": None if found.since is None else iso(found.since),
    }


def watch_view(watch: Watch, cadence: float | None = None) -> dict[str, object]:
    """Return a watch as the API and `watcher watch show --json` print it; without polls it has no cadence."""
    filters = watch.filters
    return {
        "id": watch.id,
        "query": watch.question.query,
        "category": watch.category,
        "condition": str(watch.question.condition),
        "conditionIds": sorted(CONDITION_IDS.get(watch.question.condition, ())),
        "rule": str(watch.rule),
        "exclude": list(filters.exclude),
        "buying": str(filters.buying),
        "minFeedback": filters.min_feedback,
        "fromCountry": filters.from_country,
        "marketplace": watch.question.marketplace,
        "unknownShipping": str(watch.unknown_shipping),
        "certainty": str(watch.certainty),
        "every": None if watch.every is None else write_duration(watch.every),
        "priority": str(watch.priority),
        "sellers": list(watch.sellers),
        "label": watch.label,
        "tag": watch.tag,
        "to": watch.to,
        "user": watch.user,
        "paused": watch.paused,
        "overPlan": watch.paused and watch.over_plan,
        "rejected": len(watch.rejected),
        "taught": [answer_view(answer) for answer in watch.taught],
        "createdAt": iso(watch.created_at),
        "firstPolledAt": None if watch.baseline_at is None else iso(watch.baseline_at),
        "cadenceSeconds": None if cadence is None else round(cadence),
    }


def alert_view(alert: Alert, state: str, sent_at: Instant | None, error: str) -> dict[str, Any]:
    """Return an alert with its comps and what became of its message."""
    return {
        "id": alert.id,
        "watch": alert.watch_id,
        "name": alert.watch_name,
        "rule": alert.rule,
        "target": alert.target,
        "madeAt": iso(alert.made_at),
        "market": alert.market or None,
        "searchUrl": alert.search_url,
        "items": [_item_view(item) for item in alert.items],
        "more": alert.more,
        "warnings": [alert.caution] if alert.caution else [],
        "alsoWatches": list(alert.also),
        "comps": {
            "query": alert.query,
            "condition": alert.condition,
            "category": alert.category,
            "marketplace": alert.marketplace,
            "basis": alert.basis,
            "currency": alert.currency,
            "n": alert.n,
            "low": alert.low,
            "median": alert.median,
            "high": alert.high,
            "interval": list(alert.interval) if alert.interval and alert.n >= MIN_INTERVAL_TOTALS else None,
            "dropped": alert.dropped,
            "fetchedAt": iso(alert.fetched_at),
            "source": alert.source,
        },
        "delivery": {
            "to": alert.to,
            "state": state,
            "sentAt": None if sent_at is None else iso(sent_at),
            "error": error or None,
        },
    }


def _item_view(item: Item) -> dict[str, Any]:
    """Return an item of an alert; `group` is the price group that it was compared with."""
    view = item._asdict()
    group = {name: view.pop(name) for name in ("group", "n", "median")}
    for name in ("listed_at", "onset", "since"):
        del view[name]
    return {
        "itemId": view.pop("item_id"),
        **view,
        "group": {"name": group["group"], "n": group["n"], "median": group["median"]} if item.group else None,
    }


def preview_view(
    watch: Watch, comps: Comps, found: Preview, cadence: float | None, promise: dict[str, Any] | None
) -> dict[str, Any]:
    """Return what a watch would keep, what its first poll would find, what to expect, and its back-test."""
    unsaved = watch_view(watch, cadence)
    for name in ("id", "createdAt", "firstPolledAt"):
        del unsaved[name]
    return {
        "watch": unsaved,
        "comps": comps_view(watch.inquiry, comps),
        "outlook": found.outlook,
        "satisfiedNow": [m.listing.item_id for m in found.matches],
        "backtest": backtest_view(found.backtest),
        "promise": promise,
    }


def backtest_view(tested: Backtest) -> dict[str, Any]:
    """Return how often a rule would have alerted; `verdict` is never, always, sometimes or unknown."""
    return {
        "verdict": tested.verdict,
        "sentence": tested.sentence,
        "since": None if tested.since is None else iso(tested.since),
        "listings": tested.listings,
        "alerts": tested.alerts,
        "messages": tested.messages,
        "suggestion": tested.suggestion or None,
    }


def history_view(
    watch: Watch, points: Sequence[HistoryPoint], found: ObservedPrices | None
) -> dict[str, Any]:
    """Return the asking prices of a watch over time, oldest first, and the listings that left the market."""
    return {
        "watch": watch.id,
        "basis": "ask",
        "currency": currency_of(watch.question.marketplace),
        "points": [
            {"at": iso(p.at), "n": p.statistics.n}
            | {
                name: amount_or_none(getattr(p.statistics, name))
                for name in ("low", "p25", "median", "p75", "high")
            }
            for p in points
        ],
        "observed": observed_view(found),
    }


def explanation_view(watch: Watch, found: Explanation) -> dict[str, Any]:
    """Return why a watch did or did not alert: a sentence, and every step with its numbers."""
    return {
        "watch": watch.id,
        "name": watch.name,
        "item": found.item_id or None,
        "verdict": found.verdict,
        "steps": [{"step": s.name, "passed": s.passed, "said": s.sentence, **s.facts} for s in found.steps],
    }


def receipt_view(grounds: Grounds, evidence: Evidence, again: Replay) -> dict[str, object]:
    """Return what an alert is based on, and the result of recomputing it."""
    stats, history, quota = evidence.statistics, grounds.history, evidence.quota
    return {
        "rule": grounds.rule,
        "at": iso(evidence.at),
        "fetchedAt": iso(evidence.fetched_at),
        "ageSeconds": max(0, round(evidence.at - evidence.fetched_at)),
        "source": evidence.source,
        "basis": str(stats.basis),
        "currency": stats.currency,
        "quota": None if quota is None else {"used": quota.used, "limit": quota.limit},
        "unknownShipping": grounds.assumption,
        "assumedShipping": amount_or_none(grounds.assumed),
        "armed": grounds.armed,
        "certainty": str(grounds.certainty),
        "newItems": list(grounds.new_items),
        "toldBefore": {
            item: {"total": last.total.amount, "price": last.price.amount, "estimated": last.estimated}
            for item, last in (grounds.told or {}).items()
        },
        "history": {
            "since": None if history.since is None else iso(history.since),
            "lowest": amount_or_none(history.lowest),
            "dailyMedians": [m.amount for m in history.daily_medians],
        },
        "statistics": {
            "n": stats.n,
            **{
                name: amount_or_none(getattr(stats, name)) for name in ("low", "p25", "median", "p75", "high")
            },
            "interval": _interval(stats),
        },
        **_selection(evidence.comps.selection),
        "specifics": {item: found.in_words() for item, found in evidence.specifics.items()},
        "unread": list(evidence.unread),
        "groups": [{"name": g.name, "n": g.n, "median": g.median.amount} for g in grounds.groups],
        "readings": {item: str(reading) for item, reading in evidence.readings.items()},
        "readerOut": evidence.reader_out,
        "leftOut": evidence.left_out,
        "erasedAt": None if evidence.erased_at is None else iso(evidence.erased_at),
        "replay": {
            "agrees": again.agrees,
            "differences": list(again.differences),
            "selectionAgrees": again.selection_agrees,
        },
    }


def _selection(selection: Selection) -> dict[str, object]:
    return {
        "kept": [
            {
                "itemId": x.item_id,
                "title": x.title,
                "total": amount_or_none(x.total),
                "price": amount_or_none(x.price),
                "shipping": amount_or_none(x.shipping),
                "condition": x.condition,
                "url": x.link,
                **confidence_view(selection, x.item_id),
            }
            for x in selection.kept
        ],
        "dropped": [
            {
                "itemId": d.listing.item_id,
                "title": d.listing.title,
                "reason": str(d.reason),
                "detail": d.detail,
                **confidence_view(selection, d.listing.item_id),
            }
            for d in selection.dropped
        ],
    }


def confidence_view(selection: Selection, item: str) -> dict[str, object]:
    """Return how certain the verdict on a listing is, and why it is not sure."""
    doubt = selection.doubts.get(item)
    return {"confidence": str(selection.confidence_of(item)), "doubt": doubt.why if doubt else None}
