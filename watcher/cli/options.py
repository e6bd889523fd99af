"""The options that say what a watch is, for `watch add` and `watch edit`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from watcher.core.rules import registered_rules

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    ("category", "C", "cards, shoes, watches, … or an eBay category id; decides how long comps stay fresh."),
    ("below", "MONEY", "Alert when an item's total is at most this: 50, 49.90, 'EUR 50'."),
    ("rule", "RULE", " | ".join(rule.example for rule in registered_rules())),
    ("condition", "C", "new, refurbished, used or any."),
    ("exclude", "WORDS", "Words that disqualify a title: 'box manual', or phrases 'for parts, box only'."),
    ("buying", "HOW", "fixed, auction or any."),
    ("min-feedback", "N", "The seller's least feedback score."),
    ("from-country", "CC", "Only items located there: US, DE, …"),
    ("marketplace", "M", "EBAY_US, EBAY_GB, EBAY_DE, …"),
    ("unknown-shipping", "HOW", "assume (the 90th percentile of the known), skip, or an amount."),
    ("every", "DURATION", "How often to look: 5m, 1h, 1d."),
    ("label", "TEXT", "What messages call it."),
    ("tag", "TEXT", "To group watches."),
    ("to", "NAME", "slack, a name in [slack.destinations], #channel or a member id."),
    ("user", "TEXT", "Whose watch it is."),
)


def draft_options(command: F) -> F:
    """Give a command every option of a draft but the query."""
    for name, metavar, text in reversed(_OPTIONS):
        command = click.option(f"--{name}", name.replace("-", "_"), metavar=metavar, help=text)(command)
    return command


def given(options: dict[str, str | None]) -> dict[str, str]:
    """The options that were given, empty ones too."""
    return {name: value for name, value in options.items() if value is not None}


def _digits(_ctx: click.Context, _parameter: click.Parameter, text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise click.BadParameter(f'"{text[:60]}" is no number of a watch; `watcher watch list` shows them.')
    return int(text[:20])


number_argument = click.argument("number", metavar="WATCH", callback=_digits)
