"""What a person typed, made into a watch; every refusal is one sentence for that person."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple, ParamSpec, TypeVar

from watcher.core.categories import TTLS, canonical_category, category_warning
from watcher.core.comps import Buying, Filters
from watcher.core.errors import InvalidInput
from watcher.core.listing import Condition
from watcher.core.marketplaces import currency_of, parse_marketplace
from watcher.core.money import parse as parse_money
from watcher.core.rules import Rule, parse_rule
from watcher.core.times import Seconds, parse_duration, write_duration
from watcher.core.watch import DEFAULT_DESTINATION, Question, SearchId, UnknownShipping, Watch, WatchId

E = TypeVar("E", Condition, Buying)
P = ParamSpec("P")
T = TypeVar("T")

MAX_QUERY_LENGTH = 100  # eBay cuts what is longer, silently (wire facts 1.2)
LONGEST_LABEL = 80
LONGEST_FIELD = 200  # of any other, so that a sentence can repeat it
MOST_WORDS = 100
# What is no text: control characters, and halves of characters (bytes of a command line that are no UTF-8).
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

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


class Defaults(NamedTuple):
    """What a draft that does not say gets, and the check of the destination that it names.

    `check_destination` raises InvalidInput; the default accepts any name.
    """

    marketplace: str
    check_destination: Callable[[str], None] = lambda _to: None


def watch_from(draft: Mapping[str, str], defaults: Defaults) -> Watch:
    """A watch from typed fields; absent and empty ones get their defaults. Raises InvalidInput.

    Its `id` and `search_id` are 0. Without a rule it waits for new listings.
    """
    given = {name: text for name, value in draft.items() if (text := _text(value, name))}
    marketplace = _valid(parse_marketplace, given.get("marketplace", defaults.marketplace))
    currency = currency_of(marketplace)
    question = Question(
        query=_query(given.get("query", "")),
        condition=_choice(Condition, given.get("condition", Condition.ANY), "condition"),
        category=_category(given.get("category", "")),
        marketplace=marketplace,
    )
    watch = Watch(
        id=WatchId(0),
        search_id=SearchId(0),
        user=_short(given.get("user", "local"), "user"),
        rule=_rule(given, currency),
        question=question,
        filters=Filters(
            exclude=_words(given.get("exclude", "")),
            buying=_choice(Buying, given.get("buying", Buying.ANY), "way of buying"),
            min_feedback=_count(given.get("min_feedback"), "min-feedback"),
            from_country=_country(given.get("from_country", "")),
        ),
        unknown_shipping=_unknown_shipping(given.get("unknown_shipping", "assume"), currency),
        every=_every(given.get("every")),
        label=_short(given.get("label", ""), "label"),
        tag=_short(given.get("tag", ""), "tag"),
        to=given.get("to", DEFAULT_DESTINATION),
    )
    defaults.check_destination(watch.to)
    return watch


def edited(watch: Watch, changes: Mapping[str, str], defaults: Defaults) -> Watch:
    """`watch` with typed changes; an empty change sets a field back to its default. Raises InvalidInput.

    Another question or rule starts the watch anew: its first poll is still to come.
    """
    fields = as_draft(watch)
    # `below` is another word for the rule: an empty one takes back a `below`, and no other rule.
    below = changes.get("below")
    takes_back = below is not None and watch.rule.keyword == "below"
    if takes_back or (below or "").strip() or changes.get("rule", "").strip():
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
        rejected=watch.rejected,
    )


def as_draft(watch: Watch) -> dict[str, str]:
    """The fields from which `watch_from` makes the same watch again; what is default is left out."""
    filters = watch.filters
    fields = {
        "query": watch.question.query,
        "category": watch.question.category,
        "condition": "" if watch.question.condition is Condition.ANY else str(watch.question.condition),
        "rule": str(watch.rule),
        # The comma at the end says that a single phrase is one, not some words.
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
        "to": "" if watch.to == DEFAULT_DESTINATION else watch.to,
        "user": "" if watch.user == "local" else watch.user,
    }
    return {name: value for name, value in fields.items() if value}


def doubts(watch: Watch, categories: Mapping[str, Seconds] = TTLS) -> tuple[str, ...]:
    """What a watch says that is valid and probably not meant, a sentence for each."""
    found = [category_warning(watch.question.category, categories)]
    marketplace, rule = watch.question.marketplace, watch.rule
    currency = currency_of(marketplace)
    if rule.price_limit and rule.price_limit.currency != currency:
        found.append(
            f"{marketplace} prices in {currency}, so a rule in {rule.price_limit.currency} can never alert; "
            f"write the amount in {currency}."
        )
    shipping = watch.unknown_shipping.amount
    if shipping and shipping.currency != currency:
        found.append(
            f"{marketplace} prices in {currency}, so shipping in {shipping.currency} is never assumed; "
            "items whose shipping is unknown are skipped."
        )
    if rule.about_auctions and watch.filters.buying is Buying.FIXED:
        found.append('The rule is about auctions, and "fixed" leaves them out, so it can never alert.')
    return tuple(filter(None, found))


def _query(text: str) -> str:
    if not text:
        raise InvalidInput("The query is missing: say what to search for.")
    if len(text) > MAX_QUERY_LENGTH:
        raise InvalidInput(
            f"The query has {len(text)} characters; eBay reads only the first {MAX_QUERY_LENGTH}."
        )
    if "*" in text:
        raise InvalidInput('eBay does not allow "*" in a query.')
    wanted = (word for word in text.split() if not word.startswith("-"))  # the others are what to leave out
    if not any(c.isalnum() for word in wanted for c in word):
        raise InvalidInput(f'"{text}" names nothing to search for.')
    return text


def _category(text: str) -> str:
    # A search is known by its words joined with "|"; only the query may hold one.
    if "|" in text:
        raise InvalidInput('A category has no "|" in its name.')
    return _canonical(_short(text, "category"))


_canonical = lru_cache(maxsize=1024)(canonical_category)  # an import names the same few, row after row


def _rule(given: Mapping[str, str], currency: str) -> Rule:
    below, rule = given.get("below"), given.get("rule")
    if below and rule:
        raise InvalidInput("A watch has one rule: give either --below or --rule.")
    return _valid(parse_rule, f"below {below}" if below else rule or "new", currency)


def _words(text: str) -> tuple[str, ...]:
    """Words between spaces, or phrases between commas."""
    parts = text.split(",") if "," in text else text.split()
    words = tuple(dict.fromkeys(_short(word, "word to exclude") for p in parts if (word := p.strip())))
    if len(words) > MOST_WORDS:
        raise InvalidInput(f"There are {len(words)} words to exclude; the most are {MOST_WORDS}.")
    return words


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
    if text and not re.fullmatch(r"[A-Za-z]{2}", text):
        raise InvalidInput(f'"{text}" is no country; write its two letters, like US or DE.')
    country = text.upper()
    return "GB" if country == "UK" else country  # eBay and ISO 3166 know the United Kingdom as GB


def _count(text: str | None, name: str) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise InvalidInput(f'"{text}" is no whole number for {name}.')
    return int(text)


def _text(text: str, name: str) -> str:
    """`text` with single spaces; the sentence names the field as the command line does."""
    words, what = " ".join(text.split()), name.replace("_", "-")
    if _NO_TEXT.search(words):
        raise InvalidInput(
            f'The field "{what}" holds a character that is no text, such as a control character.'
        )
    # The query's own sentence says more, and of `exclude` each word counts.
    return words if name in ("query", "exclude") else _short(words, what, LONGEST_FIELD)


def _short(text: str, name: str, longest: int = LONGEST_LABEL) -> str:
    if len(text) > longest:
        raise InvalidInput(f"The {name} has {len(text)} characters; the most are {longest}.")
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
