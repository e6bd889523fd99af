"""`watcher watch add --dry-run`: what a watch would keep and alert on; nothing is saved."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from watcher.cli.market_answer import ask_market, comps_sentence, refuse_early
from watcher.cli.printing import interval_words, print_json, print_table, print_warnings, say
from watcher.cli.runner import Setup, with_app
from watcher.core.comps import describe_counts
from watcher.core.serializers import preview_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from watcher.runtime import App

_MAX_SHOWN = 10


def print_preview(setup: Setup, draft: Mapping[str, str], *, as_json: bool) -> None:
    """Print what a watch with these fields would do."""

    async def work(app: App) -> dict[str, Any]:
        watch = app.registry.parse(draft)
        answer, comps = await ask_market(app, watch.question, watch.filters)
        cadence = app.queries.cadence(watch)
        return {
            **preview_view(watch, comps, app.queries.preview(watch, answer, comps), cadence),
            "sentence": comps_sentence(answer, comps),
            "cadence": interval_words(cadence),
            "warnings": app.queries.doubts(watch),
            "saved": False,
        }

    refuse_early(setup, draft)
    view = with_app(setup, work)
    if as_json:
        print_json(view)
        return
    print_warnings(view["warnings"])
    _print_selection(view["comps"])
    say(f"{view['watch']['rule']}, every {view['cadence']}, to {view['watch']['to']}.")
    for line in (view["sentence"], view["outlook"], view["backtest"]["sentence"]):
        say(line)
    say("Nothing is saved. Repeat the command without --dry-run to add the watch.")


def _print_selection(comps: dict[str, Any]) -> None:
    kept = sorted(comps["kept"], key=lambda x: (x["total"] is None, float(x["total"] or x["price"])))
    rows = [(x["total"] or f"{x['price']} + ?", x["condition"], x["title"]) for x in kept[:_MAX_SHOWN]]
    if rows:
        print_table("It would keep", ("total", "condition", "kept"), rows, "total")
    if len(kept) > _MAX_SHOWN:
        say(f"… and {len(kept) - _MAX_SHOWN} more: --json has them all.")
    reasons = Counter(d["reason"] for d in comps["dropped"]).most_common()
    if reasons:
        say(f"It would drop {describe_counts(dict(reasons))}.")
