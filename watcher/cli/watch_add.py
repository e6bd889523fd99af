"""`watcher watch add`: a new watch, its cadence, and what its market looks like now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from watcher.cli.dry_run import print_preview
from watcher.cli.options import draft_options, given
from watcher.cli.printing import json_option, print_json, say
from watcher.cli.runner import Setup, sentence_of, with_app, without_database

if TYPE_CHECKING:
    from watcher.core.watch import Watch
    from watcher.runtime import App


@click.command(short_help="Register a watch on QUERY.")
@click.argument("query", nargs=-1, required=True)
@draft_options
@click.option("--dry-run", is_flag=True, help="Show what it would keep and tell, and save nothing.")
@json_option
@click.pass_obj
def add(setup: Setup, /, query: tuple[str, ...], dry_run: bool, as_json: bool, **options: str | None) -> None:
    """Register a watch on QUERY; without a rule it waits for new listings."""
    draft = {"query": " ".join(query), **given(options)}
    if dry_run:
        print_preview(setup, draft, as_json=as_json)
        return

    async def work(app: App) -> dict[str, Any]:
        made = await app.registry.add(draft, app.clock.now())
        view = _registered(app, made)
        if not as_json:  # before the market is asked: that can take half a minute
            _tell_registered(made, view)
        return view | await _market(app, made)

    without_database(setup, lambda app: app.registry.parse(draft))
    view = with_app(setup, work)
    if as_json:
        print_json(view)
        return
    tested = view["backtest"]
    tells = tested["sentence"] if tested and tested["verdict"] != "unknown" else ""
    for line in (view["note"], view["sentence"], view["outlook"], tells, *view["next"]):
        if line:
            say(line)


def _registered(app: App, made: Watch) -> dict[str, Any]:
    """The watch with its cadence, and what is doubtful about it."""
    from watcher.cli.market import every  # noqa: PLC0415 - only where it prints
    from watcher.core.serializers import watch_view  # noqa: PLC0415 - see above

    cadence = app.queries.cadence(made)
    return {
        **watch_view(made, cadence),
        "cadence": every(cadence),
        "warnings": app.queries.doubts(made),
        "next": _next_steps(app, made),
    }


def _next_steps(app: App, made: Watch) -> list[str]:
    from watcher.db.engine import is_embedded  # noqa: PLC0415 - only where it prints
    from watcher.db.lock_file import probable_holder  # noqa: PLC0415 - see above
    from watcher.db.sqlite import lock_path  # noqa: PLC0415 - only where it prints

    url, steps = app.settings.database_url, []
    if not app.router.is_configured(made.to):
        steps.append("Slack is not set: alerts wait in `watcher alerts list`; see [slack] in config.toml.")
    if app.has_market and is_embedded(url) and not probable_holder(lock_path(url)):
        steps.append("The daemon is not running: `watcher run` starts it.")
    return steps


def _tell_registered(made: Watch, view: dict[str, Any]) -> None:
    category = f" · {made.question.category}" if made.question.category else ""
    say(f"Watch {made.id}: {made.question.query} · {made.rule}{category}")
    say(f"It looks every {view['cadence']} and tells {made.to}.")
    for doubt in view["warnings"]:
        say(f"Note: {doubt}", err=True)


async def _market(app: App, made: Watch) -> dict[str, Any]:
    """What the market looks like now, or in `note` why that is not known."""
    from watcher.cli.market import ask, comps_sentence  # noqa: PLC0415 - its own imports are heavy
    from watcher.core.errors import WatcherError  # noqa: PLC0415 - see above
    from watcher.core.serializers import backtest_view  # noqa: PLC0415 - see above

    unknown = {"sentence": "", "outlook": "", "comps": None, "backtest": None}
    if not app.has_market:
        note = (
            "Without eBay's credentials the market cannot be asked: set [ebay] client_id and client_secret "
            "in config.toml. `watcher demo` shows how it looks."
        )
        return unknown | {"note": note}
    try:
        answer, comps = await ask(app, made.question, made.filters)
    except WatcherError as error:
        return unknown | {"note": f"The market could not be asked now: {sentence_of(error)}"}
    stats, found = comps.statistics, app.queries.preview(made, answer, comps)
    return {
        "sentence": comps_sentence(answer, comps),
        "outlook": found.outlook,
        "comps": {
            "n": stats.n,
            "median": stats.median.amount if stats.median else None,
            "basis": str(stats.basis),
        },
        "backtest": backtest_view(found.backtest),
        "note": None,
    }
