"""`watcher watch …`: the life of a watch."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from watcher.cli.printing import json_option, print_json, print_table
from watcher.cli.running import USAGE, Setup, sentence_of, with_app

if TYPE_CHECKING:
    from watcher.adapters.db.watches import WatchRow
    from watcher.app import App
    from watcher.core.watch import Watch

F = TypeVar("F", bound=Callable[..., Any])
_SHOWN = 20

_OPTIONS = (
    ("category", "cards, shoes, watches, … or an eBay category id; decides how long comps stay fresh."),
    ("below", "Alert when an item's total is at most this: 50, 49.90, 'EUR 50'."),
    ("rule", "below 50 | new | deal 70% | low 90d | drop 15% | median-below 50 | ending 15m 50"),
    ("condition", "new, refurbished, used or any."),
    ("exclude", "Words that disqualify a title: 'box manual', or phrases 'for parts, box only'."),
    ("buying", "fixed, auction or any."),
    ("min-feedback", "The seller's least feedback score."),
    ("from-country", "Only items located there: US, DE, …"),
    ("marketplace", "EBAY_US, EBAY_GB, EBAY_DE, …"),
    ("unknown-shipping", "assume (the 90th percentile), skip, or an amount."),
    ("every", "How often to look: 5m, 1h, 1d."),
    ("label", "What messages call it."),
    ("tag", "To group watches."),
    ("to", "slack, a name in [slack.destinations], #channel or a member id."),
    ("user", "Whose watch it is."),
)


def _draft_options(command: F) -> F:
    for name, text in reversed(_OPTIONS):
        command = click.option(f"--{name}", name.replace("-", "_"), help=text)(command)
    return command


def _given(options: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in options.items() if value is not None}


@click.group()
def watch() -> None:
    """Add, list, show, pause, resume, edit, remove, import, export watches."""


@watch.command()
@click.argument("query")
@_draft_options
@json_option
@click.pass_obj
def add(setup: Setup, /, query: str, as_json: bool, **options: str | None) -> None:
    """Register a watch on QUERY; without a rule it waits for new listings."""

    async def work(app: App) -> tuple[Watch, dict[str, Any], str]:
        made = await app.registry.add({"query": query, **_given(options)}, app.clock.now())
        return made, *await _look(app, made)

    made, market, trouble = with_app(setup, work)
    if as_json:
        print_json(market | {"note": trouble or None})
        return
    click.echo(f"Watch {made.id}: {made.question.query} · {made.rule}")
    click.echo(f"Looks every {market['cadence']}. {market['warning']}".rstrip())
    click.echo(trouble or market["sentence"])


async def _look(app: App, made: Watch) -> tuple[dict[str, Any], str]:
    """The watch as JSON, its cadence, and what the market looks like now or why that is not known."""
    from watcher.cli.look import comps_sentence  # noqa: PLC0415 - its own imports are heavy
    from watcher.core.categories import warning_of  # noqa: PLC0415 - see above
    from watcher.core.errors import WatcherError  # noqa: PLC0415 - see above
    from watcher.core.times import in_words  # noqa: PLC0415 - see above
    from watcher.core.views import watch_view  # noqa: PLC0415 - see above

    cadence = app.cadence(made)
    view = {
        **watch_view(made, cadence),
        "cadence": in_words(cadence),
        "warning": warning_of(made.question.category),
        "sentence": "",
        "comps": None,
    }
    if not app.has_market:
        return view, "Without eBay credentials the market cannot be asked; `watcher demo` shows how it looks."
    try:
        answer, comps = await app.comps(made.question, made.filters)
    except WatcherError as error:
        return view, f"The market could not be asked now: {sentence_of(error)}"
    stats = comps.statistics
    view["sentence"] = comps_sentence(answer, comps)
    view["comps"] = {
        "n": stats.n,
        "median": stats.median.amount if stats.median else None,
        "basis": str(stats.basis),
    }
    return view, ""


@watch.command("list")
@click.option("--user", help="Only this user's.")
@click.option("--tag", default="", help="Only with this tag.")
@json_option
@click.pass_obj
def list_(setup: Setup, user: str | None, tag: str, as_json: bool) -> None:
    """All watches."""
    from watcher.core.views import watch_view  # noqa: PLC0415 - only where it prints

    async def work(app: App) -> list[tuple[WatchRow, float]]:
        return [(r, app.cadence(r.watch)) for r in app.stores.watches.listed(user, tag)]

    found = with_app(setup, work)
    if as_json:
        print_json({"watches": [watch_view(r.watch, None if r.watch.paused else c) for r, c in found]})
        return
    if not found:
        click.echo(
            "No watches yet: watcher watch add 'omega speedmaster 3570.50' --category watches --below 3000"
        )
        return
    print_table(
        "", ("id", "query", "rule", "condition", "every", "to", "state"), [_row(r, c) for r, c in found], "id"
    )


def _row(row: WatchRow, cadence: float) -> tuple[object, ...]:
    from watcher.core.times import in_words  # noqa: PLC0415 - only where it prints

    w = row.watch
    state = "paused" if w.paused else row.error or ("watching" if row.polled_at else "first poll to come")
    return w.id, w.name, w.rule, w.question.condition, in_words(cadence), w.to, state


@watch.command()
@click.argument("number", type=int)
@json_option
@click.pass_obj
def show(setup: Setup, number: int, as_json: bool) -> None:
    """One watch and its last alerts."""
    from watcher.core.views import alert_view, watch_view  # noqa: PLC0415 - only where it prints

    async def work(app: App) -> tuple[Watch, float, list[Any]]:
        found = app.registry.get(app.number(number))
        return found, app.cadence(found), list(app.stores.alerts.latest(10, watch=number))

    found, cadence, alerts = with_app(setup, work)
    view = watch_view(found, None if found.paused else cadence)
    if as_json:
        made = [alert_view(r.alert, r.state, r.sent_at, r.error) for r in alerts]
        print_json(view | {"alerts": made})
        return
    print_table("", ("field", "value"), [(k, _text(v)) for k, v in view.items() if v not in (None, "", [])])
    for r in alerts:
        click.echo(f"{r.alert.id}  {r.state:8} {r.alert.items[0].why if r.alert.items else r.alert.market}")


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _one(
    setup: Setup, number: int, as_json: bool, said: str, verb: Callable[[App], Awaitable[Watch]]
) -> None:
    from watcher.core.views import watch_view  # noqa: PLC0415 - only where it prints

    done = with_app(setup, verb)
    if as_json:
        print_json(watch_view(done))
    else:
        click.echo(f"Watch {number} {said}: {done.question.query} · {done.rule}")


@watch.command()
@click.argument("number", type=int)
@json_option
@click.pass_obj
def pause(setup: Setup, number: int, as_json: bool) -> None:
    """Stop looking, keep the watch."""
    _one(
        setup,
        number,
        as_json,
        "is paused",
        lambda app: app.registry.pause(app.number(number), app.clock.now()),
    )


@watch.command()
@click.argument("number", type=int)
@json_option
@click.pass_obj
def resume(setup: Setup, number: int, as_json: bool) -> None:
    """Go on with a paused watch."""
    _one(
        setup,
        number,
        as_json,
        "goes on",
        lambda app: app.registry.resume(app.number(number), app.clock.now()),
    )


@watch.command()
@click.argument("number", type=int)
@json_option
@click.pass_obj
def remove(setup: Setup, number: int, as_json: bool) -> None:
    """Forget a watch; its alerts stay."""
    _one(
        setup,
        number,
        as_json,
        "is removed",
        lambda app: app.registry.remove(app.number(number), app.clock.now()),
    )


@watch.command()
@click.argument("number", type=int)
@click.option("--query", help="Another query.")
@_draft_options
@json_option
@click.pass_obj
def edit(setup: Setup, /, number: int, as_json: bool, **options: str | None) -> None:
    """Change fields of a watch; an empty value sets one back to its default."""
    changes = _given(options)
    if not changes:
        raise click.UsageError("Say what to change, like --below 45.")
    _one(
        setup,
        number,
        as_json,
        "is changed",
        lambda app: app.registry.edit(app.number(number), changes, app.clock.now()),
    )


@watch.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--keep-going", is_flag=True, help="Import the good rows and report the bad ones.")
@json_option
@click.pass_obj
def import_(setup: Setup, file: Any, keep_going: bool, as_json: bool) -> int:
    """Register the watches of a CSV or JSON FILE; all or none."""
    from watcher.core.errors import InvalidInput  # noqa: PLC0415 - only where it reads

    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(f"{Path(file.name).name} is not UTF-8 text.") from None

    async def work(app: App) -> tuple[int, list[Any]]:
        read = app.registry.read(text, _progress(text))
        if read.bad and not keep_going:
            return 0, list(read.bad)
        return len(await app.registry.add_all(read.watches, app.clock.now())), list(read.bad)

    count, bad = with_app(setup, work)
    if as_json:
        print_json({"imported": count, "bad": [{"line": b.line, "why": b.why} for b in bad]})
    else:
        for b in bad[:_SHOWN]:
            click.echo(f"line {b.line}: {b.why}", err=True)
        if len(bad) > _SHOWN:
            click.echo(f"… and {len(bad) - _SHOWN} more bad rows", err=True)
        click.echo(
            f"Imported {count} watches."
            if count or not bad
            else "Nothing was imported; --keep-going takes the good rows."
        )
    return USAGE if bad and not keep_going else 0


def _progress(text: str) -> Callable[[int], None]:
    """Say on a terminal how many rows are read."""
    total = text.count("\n") + 1

    def tell(row: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\rread {row:,} of about {total:,} rows", nl=False, err=True)

    return tell


@watch.command()
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path), required=False)
@click.option("--user", help="Only this user's.")
@json_option
@click.pass_obj
def export(setup: Setup, file: Path | None, user: str | None, as_json: bool) -> None:
    """Write all watches as JSON that `import` reads, to FILE or to the screen."""
    del as_json  # it is JSON in any case
    from watcher.registry import write  # noqa: PLC0415 - only where it writes

    async def work(app: App) -> list[Watch]:
        return [r.watch for r in app.stores.watches.listed(user)]

    found = with_app(setup, work)
    text = write(found)
    if file is None:
        click.echo(text)
        return
    partial = file.with_name(file.name + ".partial")
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(file)
    click.echo(f"Wrote {len(found)} watches to {file}.", err=True)
