"""`watcher watch edit`, `pause`, `resume` and `remove`, of one watch or of several: of all or of none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from watcher.cli.options import draft_options, given_options, watches_argument
from watcher.cli.printing import interval_words, print_json, print_warnings, say
from watcher.cli.runner import Setup, json_command, with_app
from watcher.core.errors import NotFound
from watcher.core.serializers import watch_view
from watcher.db.watches import DamagedWatch
from watcher.watches.queries import damaged_view

if TYPE_CHECKING:
    from watcher.core.watch import Watch
    from watcher.runtime import App

_tag_option = click.option("--tag", metavar="TEXT", help="Every watch with this tag.")
_user_option = click.option("--user", metavar="TEXT", help="With --tag: only watches of this user.")


class Choice(NamedTuple):
    """The watches that a command names: by their numbers, or by a tag and perhaps a user."""

    numbers: tuple[int, ...]
    tag: str | None = None
    user: str | None = None

    @property
    def is_one(self) -> bool:
        """Whether one watch is named by its number: then the JSON is this watch, else a list."""
        return len(self.numbers) == 1

    def refuse_wrong_usage(self, option: str = "--tag") -> None:
        """Raise click.UsageError unless there are either numbers or a tag."""
        if self.tag is None and not self.numbers:
            raise click.UsageError(f"Give the numbers of watches, or {option}.")
        if self.tag is None and self.user is not None:
            raise click.UsageError("--user goes with --tag: a number already names one watch.")
        if self.tag is not None and self.numbers:
            raise click.UsageError(f"Give either the numbers of watches or {option}, not both.")


@json_command()
@watches_argument
@click.option("--query", metavar="TEXT", help="Another query.")
@click.option("--tagged", metavar="TEXT", help="Edit every watch with this tag.")
@draft_options
def edit(
    setup: Setup, /, numbers: tuple[int, ...], tagged: str | None, as_json: bool, **options: str | None
) -> None:
    """Change fields of watches; an empty value resets one to its default."""
    changes = given_options(options)
    if not changes:
        raise click.UsageError("Give at least one field to change, like --below 45.")
    choice = Choice(numbers, tagged)
    choice.refuse_wrong_usage("--tagged")

    async def work(app: App) -> None:
        before = [app.registry.get(number) for number in _chosen(app, choice)]
        changed = await app.registry.edit_all([w.id for w in before], changes, app.clock.now())
        views = [
            _changed_view(
                app,
                after,
                restarts=after.is_restarted_by(earlier),
                forgets=bool(earlier.taught) and not after.taught,
            )
            for earlier, after in zip(before, changed, strict=True)
        ]
        _print_changed(changed, "is changed", views, choice, as_json=as_json)

    with_app(setup, work)


@json_command()
@watches_argument
@_tag_option
@_user_option
def pause(setup: Setup, numbers: tuple[int, ...], tag: str | None, user: str | None, as_json: bool) -> None:
    """Stop polling watches, but keep them."""
    _set_paused(setup, Choice(numbers, tag, user), paused=True, as_json=as_json)


@json_command()
@watches_argument
@_tag_option
@_user_option
def resume(setup: Setup, numbers: tuple[int, ...], tag: str | None, user: str | None, as_json: bool) -> None:
    """Continue polling paused watches."""
    _set_paused(setup, Choice(numbers, tag, user), paused=False, as_json=as_json)


def _set_paused(setup: Setup, choice: Choice, *, paused: bool, as_json: bool) -> None:
    choice.refuse_wrong_usage()

    async def work(app: App) -> None:
        numbers = _chosen(app, choice)
        changed = await app.registry.set_all_paused(numbers, app.clock.now(), paused=paused)
        views = [_changed_view(app, watch) for watch in changed]
        _print_changed(changed, "is paused" if paused else "is resumed", views, choice, as_json=as_json)

    with_app(setup, work)


@json_command()
@watches_argument
@_tag_option
@_user_option
def remove(setup: Setup, numbers: tuple[int, ...], tag: str | None, user: str | None, as_json: bool) -> None:
    """Delete watches, also those that cannot be read; their alerts are kept."""
    choice = Choice(numbers, tag, user)
    choice.refuse_wrong_usage()
    removed = with_app(setup, lambda app: app.registry.remove_all(_chosen(app, choice), app.clock.now()))
    if as_json:
        views = [damaged_view(w) if isinstance(w, DamagedWatch) else watch_view(w) for w in removed]
        print_json(views[0] if choice.is_one else {"watches": views})
        return
    for watch in removed:
        if isinstance(watch, DamagedWatch):
            say(f"Watch {watch.id} is removed; it could not be read: {watch.why}.")
        else:
            say(f"Watch {watch.id} is removed: {watch.question.query} · {watch.rule}")


def _chosen(app: App, choice: Choice) -> Sequence[int]:
    """Return the numbers of the watches that are named. Raises NotFound."""
    if choice.tag is None:
        return choice.numbers
    page = app.stores.watches.page(choice.user, choice.tag) if choice.tag.strip() else None
    found = sorted([r.watch.id for r in page.rows] + [d.id for d in page.damaged]) if page else []
    if not found:
        raise NotFound(f'No watch has the tag "{choice.tag[:60]}"; `watcher watch list` shows them.')
    return found


def _changed_view(app: App, watch: Watch, *, restarts: bool = False, forgets: bool = False) -> dict[str, Any]:
    """Return the watch with its cadence and warnings.

    `restarted`: it is judged from the start again; `forgotten`: its answers were about another query.
    """
    view = app.queries.view(watch)
    state = {"restarted": restarts, "forgotten": forgets}
    return {**view, "cadence": interval_words(view["cadenceSeconds"]), **state}


def _print_changed(
    changed: Sequence[Watch],
    outcome: str,
    views: Sequence[Mapping[str, Any]],
    choice: Choice,
    *,
    as_json: bool,
) -> None:
    """Print a line per watch, and what follows from an edit."""
    if as_json:
        print_json(views[0] if choice.is_one else {"watches": views})
        return
    for watch, view in zip(changed, views, strict=True):
        say(f"Watch {watch.id} {outcome}: {watch.question.query} · {watch.rule}")
        if outcome == "is changed" and not watch.paused:
            say(f"It is polled every {view['cadence']}." if view["cadence"] else "It is not polled.")
        if view["restarted"]:
            say("Its question or rule is new, so it starts again: earlier alerts no longer count.")
        if view["forgotten"]:
            say("Its answers were about the former query, so they are taken back.")
        print_warnings(view["warnings"])
