"""`watcher watch add --dry-run`: what a watch would keep and tell; nothing is saved."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from watcher.cli.printing import print_json, print_table, say
from watcher.cli.runner import Setup, with_app, without_database

if TYPE_CHECKING:
    from collections.abc import Mapping

    from watcher.runtime import App

_SHOWN = 10


def print_preview(setup: Setup, draft: Mapping[str, str], *, as_json: bool) -> None:
    """Print what the watch of these fields would do."""
    from watcher.cli.market import ask, comps_sentence, every  # noqa: PLC0415 - see above
    from watcher.core.serializers import preview_view  # noqa: PLC0415 - see above

    def refuse(app: App) -> None:
        from watcher.runtime import require_credentials  # noqa: PLC0415 - see above

        app.registry.parse(draft)
        require_credentials(app.settings)

    async def work(app: App) -> dict[str, Any]:
        watch = app.registry.parse(draft)
        answer, comps = await ask(app, watch.question, watch.filters)
        cadence = app.queries.cadence(watch)
        return {
            **preview_view(watch, comps, app.queries.preview(watch, answer, comps), cadence),
            "sentence": comps_sentence(answer, comps),
            "cadence": every(cadence),
            "warnings": app.queries.doubts(watch),
            "saved": False,
        }

    without_database(setup, refuse)
    view = with_app(setup, work)
    if as_json:
        print_json(view)
        return
    for doubt in view["warnings"]:
        say(f"Note: {doubt}", err=True)
    _print_kept(view["comps"])
    say(f"{view['watch']['rule']}, every {view['cadence']}, to {view['watch']['to']}.")
    for line in (view["sentence"], view["outlook"], view["backtest"]["sentence"]):
        say(line)
    say("Nothing is saved; without --dry-run it is.")


def _print_kept(comps: dict[str, Any]) -> None:
    kept = sorted(comps["kept"], key=lambda x: (x["total"] is None, float(x["total"] or x["price"])))
    rows = [(x["total"] or f"{x['price']} + ?", x["condition"], x["title"]) for x in kept[:_SHOWN]]
    if rows:
        print_table("It would keep", ("total", "condition", "kept"), rows, "total")
    if len(kept) > _SHOWN:
        say(f"... and {len(kept) - _SHOWN} more: --json has them all.")
    reasons = Counter(d["reason"] for d in comps["dropped"]).most_common()
    if reasons:
        from watcher.core.comps import in_counts  # noqa: PLC0415 - only where it prints

        say(f"It would drop {in_counts(dict(reasons))}.")
