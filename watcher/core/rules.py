"""The rules of a watch: when a listing, or a market, is worth an alert, and why in words.

Pure: the market and what was told before come in, hits go out. The grammar is `parse_rule`'s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from watcher.core.comps import Basis, Comps, Statistics, percentile
from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.money import parse as parse_money
from watcher.core.times import DAY, Instant, Seconds, in_words, parse_duration, write_duration

# An item told before is told again only this far below; a rule without an item re-arms this far above.
AGAIN_AT = Decimal("0.95")
REARM_AT = Decimal("1.03")
LEAST_COMPS = 5
LEAST_HISTORY = Seconds(7 * DAY)
LEAST_DAYS = 7
DROP_DAYS = 30
_WHOLE = 100  # percent
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)%\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Below:
    """An item's total is at most `limit`."""

    limit: Money

    def __str__(self) -> str:
        return f"below {_typed(self.limit)}"


@dataclass(frozen=True, slots=True)
class NewListing:
    """A listing that was not there at the watch's first poll."""

    def __str__(self) -> str:
        return "new"


@dataclass(frozen=True, slots=True)
class Deal:
    """An item's total is at most `percent` of the comps' median; needs five totals."""

    percent: Decimal

    def __str__(self) -> str:
        return f"deal {self.percent}%"


@dataclass(frozen=True, slots=True)
class Low:
    """An item's total is below every total seen within `window`; needs seven days of history."""

    window: Seconds

    def __str__(self) -> str:
        return f"low {write_duration(self.window)}"


@dataclass(frozen=True, slots=True)
class Drop:
    """The comps' median is `percent` under the median of the last 30 days' daily medians."""

    percent: Decimal

    def __str__(self) -> str:
        return f"drop {self.percent}%"


@dataclass(frozen=True, slots=True)
class MedianBelow:
    """The comps' median is at most `limit`."""

    limit: Money

    def __str__(self) -> str:
        return f"median-below {_typed(self.limit)}"


@dataclass(frozen=True, slots=True)
class Ending:
    """An auction ends within `within`, and bid plus shipping is at most `limit`."""

    within: Seconds
    limit: Money

    def __str__(self) -> str:
        return f"ending {write_duration(self.within)} {_typed(self.limit)}"


ItemRule = Below | NewListing | Deal | Low | Ending
MedianRule = Drop | MedianBelow
Rule = ItemRule | MedianRule
RULE_HELP = (
    'a rule is "below 50", "new", "deal 70%", "low 90d", "drop 15%", "median-below 50" or "ending 15m 50"'
)


def parse_rule(text: str, currency: str) -> Rule:
    """The rule in `text`; amounts without a currency are in `currency`.

    Raises ValueError with a sentence for the person who typed it.
    """
    word, _, rest = " ".join(text.split()).partition(" ")
    match word.casefold():
        case "new" if not rest:
            return NewListing()
        case "below" if rest:
            return Below(parse_money(rest, currency))
        case "median-below" if rest:
            return MedianBelow(parse_money(rest, currency))
        case "deal" if rest:
            return Deal(_percent(rest, "deal", "70%"))
        case "drop" if rest:
            return Drop(_percent(rest, "drop", "15%"))
        case "low" if rest:
            window = parse_duration(rest)
            if window < DAY:
                raise ValueError(f'"{text}" looks back less than a day; write low 90d')
            return Low(window)
        case "ending" if rest:
            within, _, limit = rest.partition(" ")
            if not limit:
                raise ValueError(f'"{text}" has no amount; write ending 15m 50')
            return Ending(_positive(parse_duration(within), text), parse_money(limit, currency))
    raise ValueError(f'"{text}" is not a rule; {RULE_HELP}')


def needs_history(rule: Rule) -> Seconds | None:
    """How far back the rule looks at price points; None where it does not."""
    if isinstance(rule, Low):
        return rule.window
    return Seconds(DROP_DAYS * DAY) if isinstance(rule, Drop) else None


def speaks_of_items(rule: Rule) -> bool:
    """Whether the rule is about single listings; the others are about the market's median."""
    return not isinstance(rule, MedianRule)


class History(NamedTuple):
    """What price points say of the past, the present poll excluded.

    `since`: the first price point ever; `lowest`: the lowest total within the rule's window;
    `daily_medians`: one median a day, today's excluded.
    """

    since: Instant | None = None
    lowest: Money | None = None
    daily_medians: tuple[Money, ...] = ()


class RuleContext(NamedTuple):
    """What a rule looks at. `is_new` tells, by item id, who was not there at the first poll."""

    comps: Comps
    now: Instant
    assumed: Money | None = None
    first_poll: bool = False
    new_items: frozenset[str] = frozenset()
    history: History = History()


class LastAlerted(NamedTuple):
    """What was said last about an item of a watch."""

    total: Money
    price: Money
    estimated: bool


class Hit(NamedTuple):
    """An item that satisfies a rule: what it costs, how that is known, and why it alerts.

    `assumed` is the shipping that was assumed, None where the real one is known.
    """

    listing: Listing
    price: Money
    total: Money
    assumed: Money | None
    why: str


class RuleOutcome(NamedTuple):
    """What a rule says of a market: items that satisfy it, or a sentence about the median."""

    hits: tuple[Hit, ...] = ()
    market: str = ""
    armed: bool = True


def assumed_shipping(listings: Sequence[Listing], currency: str) -> Money | None:
    """The 90th percentile of the known shipping costs of a search; None where none is known."""
    known = sorted(s.minor for x in listings if (s := x.shipping) is not None and s.currency == currency)
    return Money(known[max(0, -(-len(known) * 9 // 10) - 1)], currency) if known else None


def evaluate_rule(rule: Rule, market: RuleContext, *, armed: bool, skip_unknown: bool = False) -> RuleOutcome:
    """Which items satisfy `rule` now, or whether the market's median does.

    `armed` is the state of a rule without an item; `skip_unknown` leaves items without a total alone.
    """
    if isinstance(rule, MedianRule):
        return _judge_median(rule, market, armed=armed)
    pool = market.comps.selection.auctions if isinstance(rule, Ending) else market.comps.selection.kept
    limit = rule.limit if isinstance(rule, Below | Ending) else None
    hits = []
    for listing in pool:
        price = listing.bid if isinstance(rule, Ending) else listing.price
        if limit and price and price.minor > limit.minor:
            continue  # shipping is never negative; unlike currencies are told apart below
        hit = priced(listing, market, bid=isinstance(rule, Ending), skip=skip_unknown)
        if hit and (why := _why(rule, hit, market)):
            hits.append(hit._replace(why=why))
    hits.sort(key=lambda h: (h.total.minor, h.listing.item_id))
    return RuleOutcome(tuple(hits), armed=armed)


def worth_telling(hits: Sequence[Hit], told: Mapping[str, LastAlerted]) -> tuple[Hit, ...]:
    """The hits that are news: never told, or at least 5 % below what was told last.

    Where either total rests on assumed shipping, the prices are compared: a guess that moved is no news.
    """
    return tuple(h for h in hits if _is_news(h, told.get(h.listing.item_id)))


def again_below(hit: Hit, before: LastAlerted) -> Money | None:
    """At most what the total (the price, where a total rests on a guess) must be to be told again.

    None where it never is: the currency is another.
    """
    if before.total.currency != hit.total.currency:
        return None
    then = before.price if hit.assumed is not None or before.estimated else before.total
    return Money(int(then.minor * AGAIN_AT), then.currency)


def _is_news(hit: Hit, before: LastAlerted | None) -> bool:
    if before is None:
        return True
    most = again_below(hit, before)
    cost = hit.price if hit.assumed is not None or before.estimated else hit.total
    return most is not None and cost.minor <= most.minor


def priced(listing: Listing, market: RuleContext, *, bid: bool, skip: bool) -> Hit | None:
    """What `listing` costs, with assumed shipping where its own is unknown; None where nothing is known."""
    price = listing.bid if bid else listing.price
    if price is None:
        return None
    if listing.shipping is not None and listing.shipping.currency == price.currency:
        return Hit(listing, price, price + listing.shipping, None, "")
    if skip or market.assumed is None or market.assumed.currency != price.currency:
        return None
    return Hit(listing, price, price + market.assumed, market.assumed, "")


def _why(rule: ItemRule, hit: Hit, market: RuleContext) -> str:
    """Why this item alerts, empty where it does not."""
    match rule:
        case Below(limit):
            return f"{hit.total} in total is at most your {limit}" if _at_most(hit.total, limit) else ""
        case NewListing():
            new = hit.listing.item_id in market.new_items
            return "a new listing, not there at the first look" if new else ""
        case Deal(percent):
            return _why_deal(percent, hit.total, market.comps.statistics)
        case Low(window):
            return _why_low(window, hit.total, market)
        case _:
            return _why_ending(rule, hit, market.now)


def _why_ending(rule: Ending, hit: Hit, now: Instant) -> str:
    ends = hit.listing.ends_at
    if ends is None or not now < ends <= now + rule.within or not _at_most(hit.total, rule.limit):
        return ""
    left = in_words(ends - now)
    return f"the auction ends in {left}, and bid plus shipping, {hit.total}, is at most your {rule.limit}"


def _at_most(total: Money, limit: Money) -> bool:
    return total.currency == limit.currency and total <= limit


def _why_deal(percent: Decimal, total: Money, stats: Statistics) -> str:
    median = stats.median
    if median is None or stats.n < LEAST_COMPS or total.currency != median.currency:
        return ""
    if total.minor * _WHOLE > median.minor * percent:
        return ""
    of = f"the median {median} of {_counted(stats)}"
    return f"{total} in total is {_share(total, median)} % of {of}"


def _why_low(window: Seconds, total: Money, market: RuleContext) -> str:
    seen = market.history
    if seen.since is None or market.now - seen.since < LEAST_HISTORY or seen.lowest is None:
        return ""
    if total.currency != seen.lowest.currency or total >= seen.lowest:
        return ""
    past = f"the last {in_words(window)} (the lowest was {seen.lowest})"
    return f"{total} in total is below every total of {past}"


def _judge_median(rule: MedianRule, market: RuleContext, *, armed: bool) -> RuleOutcome:
    stats = market.comps.statistics
    median = stats.median
    if median is None:
        return RuleOutcome(armed=armed)
    if isinstance(rule, MedianBelow):
        threshold, against = rule.limit, f"at most your {rule.limit}"
    else:
        usual = usual_median(market.history, median.currency)
        if usual is None:
            return RuleOutcome(armed=armed)
        threshold = usual.share(1 - rule.percent / _WHOLE)
        fall = _WHOLE - int(_share(median, usual))
        against = f"{fall} % under its usual {usual} of {len(market.history.daily_medians)} days"
    if median.currency != threshold.currency:
        return RuleOutcome(armed=armed)
    if median > threshold:
        return RuleOutcome(armed=armed or median >= threshold.share(REARM_AT))
    said = f"the median of {_counted(stats)} is {median}, {against}"
    return RuleOutcome(market=said if armed else "", armed=False)


def usual_median(history: History, currency: str) -> Money | None:
    """The median of the daily medians; None with too few days of that currency."""
    days = sorted(m.minor for m in history.daily_medians if m.currency == currency)
    return Money(percentile(days, 1, 2), currency) if len(days) >= LEAST_DAYS else None


def _counted(stats: Statistics) -> str:
    name = "sale" if stats.basis is Basis.SOLD else "ask"
    return f"{stats.n} {name}{'s' * (stats.n != 1)}"


def _share(part: Money, whole: Money) -> str:
    """`part` in percent of `whole`, whole numbers."""
    return str(round(part.minor * _WHOLE / whole.minor)) if whole.minor else "0"


def _typed(money: Money) -> str:
    return f"{money.amount} {money.currency}"


def _positive(value: Seconds, text: str) -> Seconds:
    if value <= 0:
        raise ValueError(f'"{text}" needs a time above 0')
    return value


def _percent(text: str, word: str, example: str) -> Decimal:
    match = _PERCENT.match(text)
    value = Decimal(match[1]) if match else Decimal(0)
    if not 0 < value < _WHOLE:
        raise ValueError(f'"{word} {text}" needs a share between 0% and 100%, like {word} {example}')
    return value
