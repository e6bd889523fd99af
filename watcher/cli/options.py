"""Options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from getpass import getuser
from typing import Any, TypeVar

import click

from watcher.core.rules import registered_rules

F = TypeVar("F", bound=Callable[..., Any])

_DRAFT_OPTIONS = (
    ("category", "C", "cards, shoes, watches, … or an eBay category id; sets how long comps stay fresh."),
    ("below", "MONEY", "Alert if an item's total is at most this: 50, 49.90, 'EUR 50'."),
    ("rule", "RULE", " | ".join(rule.example for rule in registered_rules())),
    ("condition", "C", "new (eBay's ids 1000, 1500), refurbished, used or any."),
    ("exclude", "WORDS", "Words that disqualify a title: 'box manual', or phrases 'for parts, box only'."),
    ("buying", "FORMAT", "fixed, auction or any."),
    ("min-feedback", "N", "The seller's minimum feedback score."),
    ("from-country", "CC", "Only items located there: US, DE, …"),
    ("marketplace", "M", "EBAY_US, EBAY_GB, EBAY_DE, …"),
    ("unknown-shipping", "HOW", "assume (the 90th percentile of known costs), skip, or an amount."),
    ("certainty", "C", "Which items may alert: sure ones, or also likely ones (likely, the default)."),
    ("every", "DURATION", "The polling interval: 5m, 1h, 1d."),
    ("priority", "P", "low, normal or high: how your own watches share the calls."),
    ("sellers", "NAMES", "Only items of these sellers: eBay user names, at most 250."),
    ("label", "TEXT", "The watch's name in messages."),
    ("tag", "TEXT", "A tag to group watches by."),
    ("to", "NAME", "slack, a name in [slack.destinations], #channel or a member id."),
    ("user", "TEXT", "The owner of the watch."),
)


def draft_options(command: F) -> F:
    """Add an option for every field of a watch except the query."""
    for name, metavar, text in reversed(_DRAFT_OPTIONS):
        command = click.option(f"--{name}", name.replace("-", "_"), metavar=metavar, help=text)(command)
    return command


def given_options(options: dict[str, str | None]) -> dict[str, str]:
    """Return the options that were given, including empty ones."""
    return {name: value for name, value in options.items() if value is not None}


def _parse_number(_ctx: click.Context, _parameter: click.Parameter, text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise click.BadParameter(f'"{text[:60]}" is not a watch number; `watcher watch list` shows them.')
    return int(text[:20])


def _parse_numbers(
    context: click.Context, parameter: click.Parameter, texts: tuple[str, ...]
) -> tuple[int, ...]:
    return tuple(dict.fromkeys(_parse_number(context, parameter, text) for text in texts))


watch_argument = click.argument("number", metavar="WATCH", callback=_parse_number)
watches_argument = click.argument("numbers", metavar="[WATCH]...", nargs=-1, callback=_parse_numbers)


def _login_name() -> str:
    try:
        return getuser()
    except (OSError, KeyError):  # the user has no name
        return "unknown"


author_option = click.option(
    "--by", "author", metavar="NAME", default=_login_name, show_default="you", help="Recorded as the author."
)
