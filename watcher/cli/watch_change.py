"""`watcher watch edit`, `pause`, `resume` and `remove`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.options import draft_options, given_options, watch_argument
from watcher.cli.printing import interval_words, print_json, print_outcome, print_warnings, say
from watcher.cli.runner import Setup, json_command, with_app
from watcher.core.serializers import watch_view
from watcher.db.watches import DamagedWatch
from watcher.watches.queries import damaged_view

if TYPE_CHECKING:
    from watcher.core.watch import Watch, WatchId
    from watcher.runtime import App


@json_command()
@watch_argument
@click.option("--query", metavar="TEXT", help="Another query.")
@draft_options
def edit(setup: Setup, /, number: int, as_json: bool, **options: str | None) -> None:
    """Change fields of a watch; an empty value resets one to its default."""
    changes = given_options(options)
    if not changes:
        raise click.UsageError("Give at least one field to change, like --below 45.")

    async def work(app: App) -> tuple[Watch, dict[str, Any]]:
        before = app.registry.get(number)
        changed = await app.registry.edit(before.id, changes, app.clock.now())
        return changed, _changed_view(app, changed, restarts=changed.is_restarted_by(before))

    changed, view = with_app(setup, work)
    if as_json:
        print_json(view)
        return
    _print_changed(changed, "is changed", view)
    if not changed.paused:
        say(f"It is polled every {view['cadence']}.")
    if view["restarted"]:
        say("Its question or rule is new, so it starts again: earlier alerts no longer count.")


@json_command()
@watch_argument
def pause(setup: Setup, number: int, as_json: bool) -> None:
    """Stop polling a watch, but keep it."""
    _change(
        setup,
        number,
        as_json,
        "is paused",
        lambda app, id_: app.registry.set_paused(id_, app.clock.now(), paused=True),
    )


@json_command()
@watch_argument
def resume(setup: Setup, number: int, as_json: bool) -> None:
    """Continue polling a paused watch."""
    _change(
        setup,
        number,
        as_json,
        "is resumed",
        lambda app, id_: app.registry.set_paused(id_, app.clock.now(), paused=False),
    )


@json_command()
@watch_argument
def remove(setup: Setup, number: int, as_json: bool) -> None:
    """Delete a watch, also one that cannot be read; its alerts are kept."""
    removed = with_app(setup, lambda app: app.registry.remove(number))
    if isinstance(removed, DamagedWatch):
        sentence = f"Watch {number} is removed; it could not be read: {removed.why}."
        print_outcome(damaged_view(removed), sentence, as_json=as_json)
    else:
        sentence = f"Watch {number} is removed: {removed.question.query} · {removed.rule}"
        print_outcome(watch_view(removed), sentence, as_json=as_json)


def _change(
    setup: Setup,
    number: int,
    as_json: bool,
    outcome: str,
    change: Callable[[App, WatchId], Awaitable[Watch]],
) -> None:
    async def work(app: App) -> tuple[Watch, dict[str, Any]]:
        changed = await change(app, app.registry.watch_id(number))
        return changed, _changed_view(app, changed)

    changed, view = with_app(setup, work)
    if as_json:
        print_json(view)
    else:
        _print_changed(changed, outcome, view)


def _changed_view(app: App, watch: Watch, *, restarts: bool = False) -> dict[str, Any]:
    """Return the watch with its cadence and warnings; `restarted`: it is judged from the start again."""
    view = app.queries.view(watch)
    words = None if watch.paused else interval_words(view["cadenceSeconds"])
    return {**view, "cadence": words, "restarted": restarts}


def _print_changed(watch: Watch, outcome: str, view: Mapping[str, Any]) -> None:
    say(f"Watch {watch.id} {outcome}: {watch.question.query} · {watch.rule}")
    print_warnings(view["warnings"])
