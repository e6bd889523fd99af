"""The fields of the form of a watch, what a shared text or a suggestion puts into them, and their draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from watcher.core.errors import InvalidInput, MissingInput
from watcher.core.item_number import ids_of_item
from watcher.core.rules import registered_rules
from watcher.core.shared_text import is_shared_text, query_of_title, read_shared
from watcher.core.typed_text import quoted
from watcher.core.watch import Watch
from watcher.core.watch_fields import FIELDS
from watcher.core.watch_input import draft_of

PLAIN_FIELDS = tuple(name for name in FIELDS if name not in ("below", "rule", "user"))
FORM_FIELDS = (*PLAIN_FIELDS, "kind", "value")
"""A rule is two fields: its keyword, and what follows it."""

_RULES = ("rule", "below")  # the two in one, as links from elsewhere have them
_SUGGESTED = ("use_query", "use_rule", "add_exclude")  # the button of a suggestion
_SHARED = ("title", "text", "url")  # the share target of the web app manifest
_OTHERS = ("revision", "form_token")
_KNOWN = frozenset((*FORM_FIELDS, *_RULES, *_SUGGESTED, *_SHARED, *_OTHERS))
_FIRST_KIND = "below"
_MAX_NAME = 80  # characters of a name that a sentence quotes

Fields = dict[str, str]


def read_fields(
    given: Mapping[str, str], known: Fields, title_of: Callable[[tuple[str, ...]], str]
) -> Fields:
    """Return every field of the form: what was typed, else what is `known`, with suggestions applied.

    `title_of` returns the title that polls saw under one of some item ids. Raises InvalidInput.
    """
    for name in given:
        if name not in _KNOWN:
            raise InvalidInput(f"There is no field {quoted(name, _MAX_NAME)}.")
    fields = {name: given.get(name, known.get(name, "")) for name in FORM_FIELDS}
    shared = [given.get(name, "") for name in _SHARED]
    if is_shared_text(fields["query"]):
        shared.append(fields["query"])
        fields["query"] = ""
    if any(shared):
        fields["query"] = fields["query"] or _query_in(shared, title_of)
    fields["query"] = given.get("use_query") or fields["query"]
    if rule := given.get("use_rule") or given.get("rule") or _below(given.get("below", "")):
        fields["kind"], fields["value"] = split_rule(rule)
    fields["kind"] = fields["kind"] or _FIRST_KIND
    if words := given.get("add_exclude"):
        fields["exclude"] = add_words(fields["exclude"], words)
    return fields


def fields_of(watch: Watch, marketplace: str) -> Fields:
    """Return the fields that describe a watch; `marketplace` is the default, which is left out."""
    fields = {name: text for name, text in draft_of(watch).items() if name in PLAIN_FIELDS}
    if watch.question.marketplace == marketplace:
        fields["marketplace"] = ""
    fields["exclude"] = written_words(watch.filters.exclude)
    fields["kind"], fields["value"] = split_rule(str(watch.rule))
    return fields


def draft_from(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the draft of a watch; its rule is empty if an amount is still missing."""
    return {name: fields[name] for name in PLAIN_FIELDS} | {"rule": rule_in(fields)}


def require_rule(fields: Mapping[str, str]) -> None:
    """Raise MissingInput if what follows the rule's keyword is missing."""
    if not rule_in(fields):
        examples = {rule.keyword: rule.example for rule in registered_rules()}
        example = examples[fields["kind"]].partition(" ")[2]
        raise MissingInput(f"Say when to alert: write an amount, a share or a time, such as {example}.")


def rule_in(fields: Mapping[str, str]) -> str:
    """Return the rule as it is typed in one field; empty if what follows its keyword is missing."""
    kind, value = fields["kind"], " ".join(fields["value"].split())
    examples = {rule.keyword: rule.example for rule in registered_rules()}
    if kind in examples and " " not in examples[kind]:
        return kind
    return f"{kind} {value}" if value or kind not in examples else ""


def split_rule(rule: str) -> tuple[str, str]:
    """Return the keyword of a rule and what follows it."""
    keyword, _, argument = " ".join(rule.split()).partition(" ")
    return keyword, argument


def add_words(excluded: str, words: str) -> str:
    """Return the words to exclude with more of them, as they are typed."""
    parts = excluded.split(",") if "," in excluded else excluded.split()
    phrases = (" ".join(part.split()) for part in (*parts, *words.split(",")))
    return written_words(tuple(dict.fromkeys(filter(None, phrases))))


def written_words(phrases: tuple[str, ...]) -> str:
    """Return phrases as they are typed; the comma after a single one keeps it from being split."""
    return f"{phrases[0]}," if len(phrases) == 1 and " " in phrases[0] else ", ".join(phrases)


def _below(limit: str) -> str:
    return f"below {limit}" if limit.strip() else ""


def _query_in(shared: list[str], title_of: Callable[[tuple[str, ...]], str]) -> str:
    found = read_shared(*shared)
    if found.query or not found.item:
        return found.query
    return query_of_title(title_of(ids_of_item(found.item)))
