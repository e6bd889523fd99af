"""What a person typed, made into a watch; every refusal is one sentence for that person."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple, ParamSpec, TypeVar

from watcher.core.categories import canonical
from watcher.core.comps import Buying, Filters
from watcher.core.errors import InvalidInput
from watcher.core.listing import Condition
from watcher.core.marketplaces import currency_of, parse_marketplace
from watcher.core.money import parse as parse_money
from watcher.core.rules import Below, NewListing, Rule, parse_rule
from watcher.core.times import Seconds, parse_duration, write_duration
from watcher.core.watch import Question, SearchId, UnknownShipping, Watch, WatchId

E = TypeVar("E", Condition, Buying)
P = ParamSpec("P")
T = TypeVar("T")

LONGEST_QUERY = 100  # eBay cuts what is longer, silently (wire facts 1.2)
LONGEST_LABEL = 80
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MEMBER = re.compile(r"[UW][A-Z0-9]{6,20}\Z")
_CHANNEL = re.compile(r"#[^\s#@,]{1,80}\Z")

FIELDS = (
    "query",
    "category",
    "condition",
    "below",
    "rule",
    "exclude",
    "buying",
    "min_feedback",
    "from_country",
    "marketplace",
    "unknown_shipping",
    "every",
    "label",
    "tag",
    "to",
    "user",
)
"""The fields of a draft, named as the options of `watch add` (with `_`)."""


class Destinations(NamedTuple):
    """What `--to` may name: the configured names, and whether a bot token opens channels and members."""

    names: frozenset[str] = frozenset()
    has_bot: bool = False


class Defaults(NamedTuple):
    """What a draft that does not say gets."""

    marketplace: str
    destinations: Destinations


def watch_from(draft: Mapping[str, str], defaults: Defaults) -> Watch:
    """A watch from typed fields; absent and empty ones get their defaults. Raises InvalidInput.

    Its `id` and `search_id` are 0. Without a rule it waits for new listings.
    """
    given = {name: value.strip() for name, value in draft.items() if value.strip()}
    marketplace = _valid(parse_marketplace, given.get("marketplace", defaults.marketplace))
    currency = currency_of(marketplace)
    question = Question(
        query=_query(given.get("query", "")),
        condition=_choice(Condition, given.get("condition", Condition.ANY), "condition"),
        category=_text(canonical(given.get("category", "")), "category"),
        marketplace=marketplace,
    )
    return Watch(
        id=WatchId(0),
        search_id=SearchId(0),
        user=_text(given.get("user", "local"), "user"),
        rule=_rule(given, currency),
        question=question,
        filters=Filters(
            exclude=_words(given.get("exclude", "")),
            buying=_choice(Buying, given.get("buying", Buying.ANY), "buying"),
            min_feedback=_count(given.get("min_feedback"), "min-feedback"),
            from_country=_country(given.get("from_country", "")),
        ),
        unknown_shipping=_unknown_shipping(given.get("unknown_shipping", "assume"), currency),
        every=_every(given.get("every")),
        label=_text(given.get("label", ""), "label"),
        tag=_text(given.get("tag", ""), "tag"),
        to=destination(given.get("to", "slack"), defaults.destinations),
    )


def edited(watch: Watch, changes: Mapping[str, str], defaults: Defaults) -> Watch:
    """`watch` with typed changes; an empty change sets a field back to its default. Raises InvalidInput.

    Another question or rule starts the watch anew: its first poll is still to come.
    """
    fields = as_draft(watch)
    if changes.get("below", "").strip() or changes.get("rule", "").strip():
        fields.pop("rule")
    fresh = watch_from({**fields, **changes}, defaults)
    same = fresh.question.key == watch.question.key and fresh.rule == watch.rule
    return replace(
        fresh,
        id=watch.id,
        search_id=watch.search_id,
        paused=watch.paused,
        created_at=watch.created_at,
        baseline_at=watch.baseline_at if same else None,
        armed=watch.armed or not same,
        revision=watch.revision,
    )


def as_draft(watch: Watch) -> dict[str, str]:
    """The fields from which `watch_from` makes the same watch again; what is default is left out."""
    filters = watch.filters
    fields = {
        "query": watch.question.query,
        "category": watch.question.category,
        "condition": "" if watch.question.condition is Condition.ANY else str(watch.question.condition),
        "rule": str(watch.rule),
        "exclude": ",".join(filters.exclude) + ("," if len(filters.exclude) == 1 else ""),
        "buying": "" if filters.buying is Buying.ANY else str(filters.buying),
        "min_feedback": "" if filters.min_feedback is None else str(filters.min_feedback),
        "from_country": filters.from_country,
        "marketplace": watch.question.marketplace,
        "unknown_shipping": ""
        if watch.unknown_shipping == UnknownShipping()
        else str(watch.unknown_shipping),
        "every": "" if watch.every is None else write_duration(watch.every),
        "label": watch.label,
        "tag": watch.tag,
        "to": "" if watch.to == "slack" else watch.to,
        "user": "" if watch.user == "local" else watch.user,
    }
    return {name: value for name, value in fields.items() if value and value != ","}


def destination(to: str, known: Destinations) -> str:
    """A destination that may be named: `slack`, a configured name, `#channel` or a member id."""
    if "://" in to:
        raise InvalidInput(
            "A webhook's URL is a secret: put it into config.toml under [slack.destinations] and use its name."
        )
    if to == "slack" or to in known.names:
        return to
    if _CHANNEL.match(to) or _MEMBER.match(to):
        if known.has_bot:
            return to
        raise InvalidInput(f'"{to}" needs a bot token: set [slack] bot_token.')
    names = ", ".join(sorted({"slack", *known.names}))
    raise InvalidInput(
        f'"{to}" is no destination; known are {names}, and #channel or a member id with a bot token.'
    )


def _query(text: str) -> str:
    if not text:
        raise InvalidInput("The query is missing: say what to search for.")
    if len(text) > LONGEST_QUERY:
        raise InvalidInput(
            f"The query has {len(text)} characters; eBay reads only the first {LONGEST_QUERY}."
        )
    if "*" in text:
        raise InvalidInput('eBay does not allow "*" in a query.')
    if not any(c.isalnum() for c in text):
        raise InvalidInput(f'"{text}" names nothing to search for.')
    return " ".join(_text(text, "query", LONGEST_QUERY).split())


def _rule(given: Mapping[str, str], currency: str) -> Rule:
    below, rule = given.get("below"), given.get("rule")
    if below and rule:
        raise InvalidInput("A watch has one rule: give either --below or --rule.")
    if below:
        return Below(_valid(parse_money, below, currency))
    return _valid(parse_rule, rule, currency) if rule else NewListing()


def _words(text: str) -> tuple[str, ...]:
    """Words between spaces, or phrases between commas."""
    parts = text.split(",") if "," in text else text.split()
    cleaned = [" ".join(_text(p, "exclude").split()) for p in parts]
    return tuple(dict.fromkeys(c for c in cleaned if c))


def _unknown_shipping(text: str, currency: str) -> UnknownShipping:
    if text in ("assume", "skip"):
        return UnknownShipping(text)
    try:
        return UnknownShipping("amount", parse_money(text, currency))
    except ValueError:
        raise InvalidInput(
            f'"{text}" is neither assume, skip nor an amount of money for unknown shipping.'
        ) from None


def _every(text: str | None) -> Seconds | None:
    if text is None:
        return None
    every = _valid(parse_duration, text)
    if every < 1:
        raise InvalidInput(f'"{text}" is no time to poll every; write 15m or 24h.')
    return every


def _country(text: str) -> str:
    country = text.upper()
    if country and not re.fullmatch(r"[A-Z]{2}", country):
        raise InvalidInput(f'"{text}" is no country; write its two letters, like US or DE.')
    return country


def _count(text: str | None, name: str) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise InvalidInput(f'"{text}" is no whole number for {name}.')
    return int(text)


def _text(text: str, name: str, longest: int = LONGEST_LABEL) -> str:
    if len(text) > longest:
        raise InvalidInput(f"The {name} has {len(text)} characters; the most are {longest}.")
    if _CONTROL.search(text):
        raise InvalidInput(f"The {name} has a control character (such as a line break) in it.")
    return text


def _choice(kind: type[E], text: str, name: str) -> E:
    try:
        return kind(text.casefold())
    except ValueError:
        raise InvalidInput(f'"{text}" is no {name}; it is one of {", ".join(kind)}.') from None


def _valid(parse: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return parse(*args, **kwargs)
    except ValueError as error:
        sentence = str(error)
        raise InvalidInput(sentence if sentence[-1:] in ".?" else f"{sentence}.") from None
