"""`watcher watch add`: a new watch and its market now, or with --dry-run what the watch would do."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.market_answer import ask_market, comps_sentence, condition_words, refuse_early, title_lines
from watcher.cli.options import draft_options, given_options
from watcher.cli.printing import interval_words, print_first_rows, print_json, print_warnings, say
from watcher.cli.runner import Setup, json_command, with_app
from watcher.cli.watch_teach import offer_questions
from watcher.core.accuracy import accuracy_sentence
from watcher.core.comps import describe_counts
from watcher.core.errors import WatcherError, user_sentence
from watcher.core.plurals import count_of
from watcher.core.preview import market_warnings
from watcher.core.serializers import backtest_view, preview_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from watcher.core.comps import Comps
    from watcher.core.watch import Watch
    from watcher.runtime import App


_MAX_SHOWN = 10


@json_command()
@click.argument("query", nargs=-1, required=True)
@draft_options
@click.option("--dry-run", is_flag=True, help="Show what it would keep and alert on, and save nothing.")
def add(setup: Setup, /, query: tuple[str, ...], dry_run: bool, as_json: bool, **options: str | None) -> None:
    """Add a watch for QUERY; without a rule it alerts on new listings."""
    draft = {"query": " ".join(query), **given_options(options)}
    refuse_early(setup, draft, needs_market=dry_run)
    work = _preview_watch if dry_run else _add_watch
    with_app(setup, lambda app: work(app, draft, as_json=as_json))


async def _preview_watch(app: App, draft: Mapping[str, str], *, as_json: bool) -> None:
    """Print what a watch with these fields would do."""
    watch = app.registry.parse(draft)
    answer, comps = await ask_market(app, lambda: app.queries.asking_comps(watch))
    plan = app.queries.plan((watch,))
    cadence = app.queries.cadence(watch, plan)
    view = {
        **preview_view(
            watch,
            comps,
            app.queries.preview(watch, answer, comps),
            cadence,
            app.queries.promise(watch, comps, plan),
        ),
        "sentence": comps_sentence(answer, comps),
        "cadence": interval_words(cadence),
        "warnings": [*app.queries.doubts(watch, plan), *market_warnings(watch, comps)],
        "saved": False,
    }
    if as_json:
        print_json(view)
        return
    print_warnings(view["warnings"])
    _print_selection(view["comps"])
    polled = f"every {view['cadence']}" if view["cadence"] else "not polled"
    say(f"{view['watch']['rule']}, {polled}, to {view['watch']['to']}.")
    if view["promise"]:
        say(view["promise"]["said"])
    wrong = _accuracy(app, watch, comps)
    for line in (
        view["sentence"],
        *([wrong] if wrong else []),
        view["outlook"],
        view["backtest"]["sentence"],
    ):
        say(line)
    say("Nothing is saved. Repeat the command without --dry-run to add the watch.")


def _print_selection(comps: dict[str, Any]) -> None:
    kept = sorted(comps["kept"], key=lambda x: (x["total"] is None, float(x["total"] or x["price"])))
    rows = [(x["total"] or f"{x['price']} + ?", x["condition"], title_lines(x)) for x in kept]
    print_first_rows("It would keep", ("total", "condition", "kept"), rows, "total", limit=_MAX_SHOWN)
    reasons = Counter(d["reason"] for d in comps["dropped"]).most_common()
    if reasons:
        say(f"It would drop {describe_counts(dict(reasons))}.")


async def _add_watch(app: App, draft: Mapping[str, str], *, as_json: bool) -> None:
    """Add a watch and print it, then what its market looks like now."""
    watch = await app.registry.add(draft, app.clock.now())
    view = _registered_view(app, watch)
    if not as_json:  # before the market is asked, which can take half a minute
        _print_registered(watch, view)
    market = await _market_view(app, watch)
    market_accuracy = market.pop("accuracy", "")
    # The cached answer may have given the same warnings already.
    warnings = [warning for warning in market.pop("warnings") if warning not in view["warnings"]]
    view |= market | {"warnings": [*view["warnings"], *warnings]}
    if as_json:
        print_json(view)
        return
    print_warnings(warnings)
    tested = view["backtest"]
    backtest = tested["sentence"] if tested and tested["verdict"] != "unknown" else ""
    for line in (view["note"], view["sentence"], market_accuracy, view["outlook"], backtest, *view["next"]):
        if line:
            say(line)
    await offer_questions(app, watch)


def _registered_view(app: App, watch: Watch) -> dict[str, Any]:
    """Return the watch with its cadence, warnings and next steps."""
    view = app.queries.view(watch)
    next_steps = []
    if not app.router.is_configured(watch.to):
        next_steps.append(
            "Slack is not configured: alerts wait in `watcher alerts list`; see [slack] in config.toml."
        )
    if app.settings.ebay.has_credentials and not app.is_daemon_running():
        next_steps.append("The daemon is not running: `watcher run` starts it.")
    if late := app.why_polled_late(watch):
        next_steps.append(late)
    return {
        **view,
        "cadence": interval_words(view["cadenceSeconds"]),
        "next": next_steps,
    }


def _print_registered(watch: Watch, view: dict[str, Any]) -> None:
    category = f" · {watch.category}" if watch.category else ""
    say(f"Watch {watch.id}: {watch.question.query} · {watch.rule}{category}")
    promise = view["promise"]
    say(f"{promise['said'] if promise else 'It is not polled.'} Its alerts go to {watch.to}.")
    if view["conditionIds"]:
        say(f"Condition: {condition_words(view)}.")
    if view["certainty"] == "sure":
        say("It alerts only on listings that are surely the item.")
    if view["sellers"]:
        say(f"It alerts only on listings of {count_of(len(view['sellers']), 'seller')}.")
    print_warnings(view["warnings"])


def _accuracy(app: App, watch: Watch, comps: Comps) -> str:
    """Return how wrong medians of the watch's category were; empty if that is unknown."""
    stats = comps.statistics
    if stats.median is None:
        return ""
    return accuracy_sentence(app.queries.accuracy_of(watch.category, stats.basis))


async def _market_view(app: App, watch: Watch) -> dict[str, Any]:
    """Return what the market looks like now; if that is unknown, `note` says why."""
    unknown: dict[str, Any] = {"sentence": "", "outlook": "", "comps": None, "backtest": None, "warnings": ()}
    if not app.settings.ebay.has_credentials:
        note = (
            "Without eBay credentials the market cannot be searched: set [ebay] client_id and client_secret "
            "in config.toml. `watcher demo` shows how it works without them."
        )
        return unknown | {"note": note}
    try:
        answer, comps = await ask_market(app, lambda: app.queries.asking_comps(watch))
    except WatcherError as error:
        return unknown | {"note": f"The market could not be searched now: {user_sentence(error)}"}
    stats, preview = comps.statistics, app.queries.preview(watch, answer, comps)
    return {
        "sentence": comps_sentence(answer, comps),
        "outlook": preview.outlook,
        "comps": {
            "n": stats.n,
            "median": stats.median.amount if stats.median else None,
            "basis": str(stats.basis),
        },
        "accuracy": _accuracy(app, watch, comps),
        "backtest": backtest_view(preview.backtest),
        "note": None,
        "warnings": market_warnings(watch, comps),
    }
