"""`watcher watch teach`: asks about the listings whose answer would decide most, and learns from it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.market_answer import ask_market
from watcher.cli.options import watch_argument
from watcher.cli.printing import print_json, say
from watcher.cli.runner import app_command
from watcher.core.errors import WatcherError
from watcher.core.plurals import count_of
from watcher.core.taught import describe_answer
from watcher.core.teaching import Teaching, change_sentence

if TYPE_CHECKING:
    from watcher.core.watch import Watch
    from watcher.runtime import App

_ANSWERS = {"s": True, "same": True, "d": False, "different": False}
_STOP = ("q", "quit")


@app_command("teach")
@watch_argument
@click.option("--same", multiple=True, metavar="ITEM", help="This item is what the watch looks for.")
@click.option("--different", multiple=True, metavar="ITEM", help="This item is something else.")
@click.option("--forget", multiple=True, metavar="ITEM|all", help="Take an answer back, or all of them.")
async def teach_watch(
    app: App,
    /,
    number: int,
    same: tuple[str, ...],
    different: tuple[str, ...],
    forget: tuple[str, ...],
    as_json: bool,
) -> None:
    """Answer for up to three listings whether they are what watch ID looks for.

    The answers become evidence of this watch alone, for similar listings too. Without options a terminal
    asks, and anything else lists the questions. ITEM is a number or the address of its page.
    """
    watch = app.registry.get(number)
    given = Teaching(same, different, forget)
    if (same or different or not any(given)) and app.queries.cached_comps(watch) is None:
        await ask_market(app, lambda: app.queries.asking_comps(watch))
    if any(given):
        view = await app.teacher.teach(watch.id, given)
        if as_json:
            print_json(view)
        else:
            _print_learned(app, number, view)
        return
    if as_json:
        print_json(app.teacher.view(watch))
    elif is_at_terminal():
        if not await ask_about(app, watch):
            say("Nothing is left to ask: each listing surely is the item, or surely is not.")
        print_taught(app.registry.get(number))
    else:
        _print_questions(app.teacher.view(watch), number)
        print_taught(watch)


def is_at_terminal() -> bool:
    """Return whether a person can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


async def ask_about(app: App, watch: Watch) -> bool:
    """Ask at the terminal about the listings whose answer would decide most; return whether there are any."""
    rows = app.teacher.questions(watch)
    if not rows:
        return False
    say(
        f"{count_of(len(rows), 'listing')} may or may not be the item; "
        "your answers count for similar ones, too."
    )
    same: list[str] = []
    different: list[str] = []
    for place, row in enumerate(rows, 1):
        listing = row.listing
        say(f"{place}. {listing.title}", indent=3)
        cost = listing.total or listing.price or listing.bid
        unknown = "" if listing.total else ", shipping unknown"
        say(f"   {cost}{unknown} · {listing.condition or 'condition unknown'} · {listing.link}", indent=3)
        say(f"   {'Kept' if row.kept else 'Dropped'} now: {row.why}", indent=3)
        answer = _ask()
        if answer is None:
            break
        if answer in _ANSWERS:
            (same if _ANSWERS[answer] else different).append(listing.item_id)
    if same or different:
        view = await app.teacher.teach(watch.id, Teaching(same, different))
        say(change_sentence(view))
    else:
        say(f"Nothing is learned. `watcher watch teach {watch.id}` asks again.")
    return True


def _ask() -> str | None:
    """Return a typed answer, empty for none; None if no more is to be asked."""
    while True:
        try:
            typed = input("   [s]ame, [d]ifferent, Enter to skip, [q]uit: ").strip().casefold()
        except EOFError:
            return None
        if typed in _STOP:
            return None
        if not typed or typed in _ANSWERS:
            return typed
        say("   Type s, d, q or nothing.")


def _print_questions(view: dict[str, Any], number: int) -> None:
    if view["note"]:
        say(view["note"])
    elif not view["questions"]:
        say("Nothing is left to ask: each listing surely is the item, or surely is not.")
    for row in view["questions"]:
        say(f"{row['itemId']}  {row['title']}")
        cost = row["total"] or (f"{row['price']} plus unknown shipping" if row["price"] else "no price")
        say(f"  {cost} · {row['condition'] or 'condition unknown'} · {row['url']}", indent=2)
        say(f"  {'kept' if row['kept'] else 'dropped'} now: {row['why']}", indent=2)
    if view["questions"]:
        say(f"Answer with `watcher watch teach {number} --same ITEM --different ITEM`.")


def _print_learned(app: App, number: int, view: dict[str, Any]) -> None:
    say(change_sentence(view) if view["changed"] else "Nothing changes: that was known already.")
    print_taught(app.registry.get(number))


def print_taught(watch: Watch) -> None:
    """Print what each answer taught."""
    if watch.taught:
        say("Learned from answers:")
    for answer in watch.taught:
        say(f"  {answer.item}  {describe_answer(answer)}.", indent=4)
    if watch.taught:
        forget = f"`watcher watch teach {watch.id} --forget ITEM`"
        say(f"{forget} takes an answer back, `--forget all` all of them.")


async def offer_questions(app: App, watch: Watch) -> None:
    """Ask about a watch that was just added, if an answer would decide something and a person is there."""
    if not is_at_terminal():
        return
    try:
        await ask_about(app, watch)
    except WatcherError as error:
        say(f"Nothing was learned: {error}", err=True)
