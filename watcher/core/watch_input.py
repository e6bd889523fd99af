"""Typed fields to a watch and back. Every refusal is one sentence for the user."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple, TypeVar

from watcher.core.categories import canonical_category, category_number
from watcher.core.comps import Buying, Filters
from watcher.core.countries import parse_country
from watcher.core.errors import InvalidInput, MissingInput
from watcher.core.item_number import hashed_id, is_hashed, is_item_id
from watcher.core.listing import Condition
from watcher.core.marketplaces import currency_of, parse_marketplace
from watcher.core.money import CURRENCY_CODES, Money, parse_money
from watcher.core.rejections import reject_items
from watcher.core.rules import Rule, parse_rule
from watcher.core.sellers import hashes_of_sellers, parse_sellers
from watcher.core.taught import read_taught, written_answer
from watcher.core.times import Seconds, parse_duration, write_duration
from watcher.core.tokens import parse_user_name
from watcher.core.typed_text import clean_field, quoted
from watcher.core.watch import (
    DEFAULT_DESTINATION,
    Certainty,
    Priority,
    Question,
    SearchId,
    UnknownShipping,
    Watch,
    WatchId,
    normal_query,
)
from watcher.core.watch_fields import QUERY_MISSING, option_name

E = TypeVar("E", Condition, Buying, Certainty, Priority)
T = TypeVar("T")

MAX_QUERY_LENGTH = 100  # characters; eBay silently cuts a longer query
MAX_LABEL_LENGTH = 80  # characters
MAX_FIELD_LENGTH = 200  # characters of any other field, so that a sentence can repeat it
MAX_EXCLUDED = 100  # words or phrases
# Of the rows of an import, many have the same rule.
_parsed_rule = lru_cache(maxsize=4_096)(parse_rule)
_FILTERS = ("exclude", "buying", "min_feedback", "from_country", "sellers")
_NO_FILTERS, _USUAL_SHIPPING = Filters(), UnknownShipping()
_TRUTH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class Defaults(NamedTuple):
    """What applies if a draft leaves a field out, and the check of its destination.

    `check_destination` raises InvalidInput; the default accepts any name.
    """

    marketplace: str
    check_destination: Callable[[str], None] = lambda _to: None


def watch_from(draft: Mapping[str, str], defaults: Defaults) -> Watch:
    """Return a watch from typed fields; absent and empty ones get their defaults. Raise InvalidInput.

    `id` and `search_id` are 0. A watch without a rule waits for new listings.
    """
    given = {name: text for name, value in draft.items() if value and (text := _clean(value, name))}
    marketplace = _valid(parse_marketplace, given.get("marketplace", defaults.marketplace))
    currency = currency_of(marketplace)
    category = _category(given.get("category", ""))
    question = Question(
        query=_query(given.get("query", "")),
        condition=_choice(Condition, given.get("condition", Condition.ANY), "condition"),
        category=category_number(category),
        marketplace=marketplace,
    )
    sellers = parse_sellers(given["sellers"]) if "sellers" in given else ()
    watch = Watch(
        id=WatchId(0),
        search_id=SearchId(0),
        user=parse_user_name(draft.get("user", "")),
        rule=_rule(given, currency),
        question=question,
        category=category,
        filters=_filters(given, sellers),
        unknown_shipping=(
            _unknown_shipping(given["unknown_shipping"], currency)
            if "unknown_shipping" in given
            else _USUAL_SHIPPING
        ),
        certainty=_choice(Certainty, given.get("certainty", Certainty.LIKELY), "certainty"),
        every=_every(given.get("every")),
        priority=_choice(Priority, given.get("priority", Priority.NORMAL), "priority"),
        sellers=sellers,
        label=_limited(given.get("label", ""), "label"),
        tag=_limited(given.get("tag", ""), "tag"),
        to=given.get("to", DEFAULT_DESTINATION),
        paused=_truth(given.get("paused", "no")),
    )
    defaults.check_destination(watch.to)
    if "taught" in given:
        watch = replace(watch, taught=_valid(read_taught, given["taught"]))
    return reject_items(watch, _rejected(given["rejected"])) if "rejected" in given else watch


def faults_of(draft: Mapping[str, str], defaults: Defaults) -> dict[str, str]:
    """Return the fields that `watch_from` refuses each by itself, with its sentence about each."""
    alone = {"query": "x", "user": draft.get("user", ""), "marketplace": draft.get("marketplace", "")}
    if _refusal_of(alone, defaults):  # then no amount has a currency
        alone["marketplace"] = ""
    found = ((name, _refusal_of({**alone, name: text}, defaults)) for name, text in draft.items())
    return {name: sentence for name, sentence in found if sentence}


def edit_watch(watch: Watch, changes: Mapping[str, str], defaults: Defaults) -> Watch:
    """Return `watch` with typed changes; an empty one restores the default. Raise InvalidInput.

    A changed question or rule restarts the watch: the next poll is its first.
    """
    fields = draft_of(watch)
    # `below` is shorthand for a rule: an empty one removes a `below` rule and no other.
    below = changes.get("below")
    removes_below = below is not None and watch.rule.keyword == "below"
    if removes_below or (below or "").strip() or changes.get("rule", "").strip():
        fields.pop("rule")
    fresh = watch_from({**fields, **changes}, defaults)
    same = not fresh.is_restarted_by(watch)
    return replace(
        fresh,
        id=watch.id,
        search_id=watch.search_id,
        paused=watch.paused,
        over_plan=watch.over_plan,
        created_at=watch.created_at,
        baseline_at=watch.baseline_at if same else None,
        armed=watch.armed or not same,
        revision=watch.revision,
        rejected=watch.rejected,
        taught=watch.taught if keeps_answers(watch, fresh) else (),
    )


def keeps_answers(before: Watch, after: Watch) -> bool:
    """Return whether an edit leaves the answers to "is this it?" their meaning: the query is the same."""
    one, other = before.question, after.question
    same_query = normal_query(one.query) == normal_query(other.query)
    return same_query and one.marketplace == other.marketplace


def exported_fields(watch: Watch) -> dict[str, object]:
    """Return what an export contains: the fields of `draft_of`, and the state that an import restores."""
    fields: dict[str, object] = {**draft_of(watch)}
    if watch.paused:
        fields["paused"] = "yes"
    if watch.rejected:
        fields["rejected"] = list(watch.rejected)
    if watch.taught:
        fields["taught"] = [written_answer(answer) for answer in watch.taught]
    return fields


def draft_of(watch: Watch) -> dict[str, str]:
    """Return the fields from which `watch_from` makes the same watch; defaults are left out."""
    filters, unknown = watch.filters, watch.unknown_shipping
    fields = {
        "query": watch.question.query,
        "category": watch.category,
        "condition": "" if watch.question.condition is Condition.ANY else str(watch.question.condition),
        "rule": str(watch.rule),
        # A trailing comma marks a single phrase; without it the phrase would be split into words.
        "exclude": ",".join(filters.exclude) + ("," if len(filters.exclude) == 1 else ""),
        "buying": "" if filters.buying is Buying.ANY else str(filters.buying),
        "min_feedback": "" if filters.min_feedback is None else str(filters.min_feedback),
        "from_country": filters.from_country,
        "marketplace": watch.question.marketplace,
        "unknown_shipping": "" if unknown == UnknownShipping() else str(unknown),
        "certainty": "" if watch.certainty is Certainty.LIKELY else str(watch.certainty),
        "every": "" if watch.every is None else write_duration(watch.every),
        "priority": "" if watch.priority is Priority.NORMAL else str(watch.priority),
        "sellers": ", ".join(watch.sellers),
        "label": watch.label,
        "tag": watch.tag,
        "to": "" if watch.to == DEFAULT_DESTINATION else watch.to,
        "user": "" if watch.user == "local" else watch.user,
    }
    return {name: value for name, value in fields.items() if value}


def _filters(given: Mapping[str, str], sellers: Sequence[str]) -> Filters:
    if given.keys().isdisjoint(_FILTERS):  # as in most rows of an import
        return _NO_FILTERS
    return Filters(
        exclude=_words(given.get("exclude", "")),
        buying=_choice(Buying, given.get("buying", Buying.ANY), "way of buying"),
        min_feedback=_count(given.get("min_feedback"), "min-feedback"),
        from_country=_country(given.get("from_country", "")),
        sellers=hashes_of_sellers(sellers),
    )


def _refusal_of(draft: Mapping[str, str], defaults: Defaults) -> str:
    try:
        watch_from(draft, defaults)
    except InvalidInput as refusal:
        return str(refusal)
    return ""


def _query(text: str) -> str:
    if not text:
        raise MissingInput(QUERY_MISSING)
    if len(text) > MAX_QUERY_LENGTH:
        raise InvalidInput(
            f"The query has {len(text)} characters; eBay reads only the first {MAX_QUERY_LENGTH}."
        )
    if "*" in text:
        raise InvalidInput('eBay does not allow "*" in a query.')
    if text[0].isalnum():  # its first word is wanted
        return text
    wanted = (word for word in text.split() if not word.startswith("-"))  # "-word" excludes a word
    if not any(c.isalnum() for word in wanted for c in word):
        raise InvalidInput(f'"{text}" names nothing to search for.')
    return text


def _category(text: str) -> str:
    # A search is identified by its fields joined with "|"; only the query may contain one.
    if "|" in text:
        raise InvalidInput('The name of a category must not contain "|".')
    return canonical_category(_limited(text, "category"))


def _rule(given: Mapping[str, str], currency: str) -> Rule:
    below, rule = given.get("below"), given.get("rule")
    if below and rule:
        raise InvalidInput('A watch has one rule: give either "below" or "rule".')
    parsed = _valid(_parsed_rule, f"below {below}" if below else rule or "new", currency)
    if parsed.price_limit:
        _known_currency(parsed.price_limit)
    return parsed


def _known_currency(money: Money) -> Money:
    if money.currency not in CURRENCY_CODES:
        raise InvalidInput(f'"{money.currency}" is not a currency; write one like USD, EUR or GBP.')
    return money


def _words(text: str) -> tuple[str, ...]:
    """Split at commas into phrases, or without commas at spaces into words."""
    parts = text.split(",") if "," in text else text.split()
    words = tuple(dict.fromkeys(_limited(word, "word to exclude") for p in parts if (word := p.strip())))
    if len(words) > MAX_EXCLUDED:
        raise InvalidInput(f"There are {len(words)} words to exclude; the maximum is {MAX_EXCLUDED}.")
    return words


def _unknown_shipping(text: str, currency: str) -> UnknownShipping:
    if text in ("assume", "skip"):
        return UnknownShipping(text)
    if not any(c.isdecimal() for c in text):
        raise InvalidInput(
            f'"{text}" is not a way to treat unknown shipping; write assume, skip or an amount of money.'
        )
    return UnknownShipping("amount", _known_currency(_valid(parse_money, text, currency)))


def _every(text: str | None) -> Seconds | None:
    if text is None:
        return None
    every = _valid(parse_duration, text)
    if every < 1:
        raise InvalidInput(f'"{text}" is too short an interval; write 15m or 24h.')
    return every


def _country(text: str) -> str:
    return _valid(parse_country, text) if text else ""


def _truth(text: str) -> bool:
    if text.casefold() not in _TRUTH:
        raise InvalidInput(f"{quoted(text)} is neither yes nor no for paused.")
    return _TRUTH[text.casefold()]


def _rejected(text: str) -> list[str]:
    """Return the hashes of the rejected items in an export; an item's id is hashed."""
    items = text.replace(",", " ").split()
    for item in items:
        if not is_hashed(item) and not is_item_id(item):
            raise InvalidInput(
                f"{quoted(item)} is not a rejected item; an export writes each as # and its hash."
            )
    return [hashed_id(item) for item in items]


def _count(text: str | None, name: str) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise InvalidInput(f'"{text}" is not a whole number for {name}.')
    return int(text)


def _clean(text: str, name: str) -> str:
    """Return the cleaned text of a field; refusals name the field as the command line does."""
    words = clean_field(text, option_name(name))
    # These have their own limits and sentences.
    own_limit = name in ("query", "exclude", "sellers", "rejected", "taught")
    return words if own_limit else _limited(words, option_name(name), MAX_FIELD_LENGTH)


def _limited(text: str, name: str, limit: int = MAX_LABEL_LENGTH) -> str:
    if len(text) > limit:
        raise InvalidInput(f"The {name} has {len(text)} characters; the maximum is {limit}.")
    return text


def _choice(kind: type[E], text: E | str, name: str) -> E:
    if isinstance(text, kind):
        return text
    try:
        return kind(text.casefold())
    except ValueError:
        raise InvalidInput(f'"{text}" is not a {name}; write one of {", ".join(kind)}.') from None


def _valid(parse: Callable[..., T], *texts: str) -> T:
    """Return what `parse` returns; turn its ValueError into InvalidInput with a full stop."""
    try:
        return parse(*texts)
    except ValueError as error:
        sentence = str(error)
        raise InvalidInput(sentence if sentence[-1:] in ".?" else f"{sentence}.") from None
