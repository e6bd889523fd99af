"""The receipt of an alert on a terminal: what it is based on, and whether it still gives the same result."""

from __future__ import annotations

from typing import Any

from watcher.cli.market_answer import title_lines
from watcher.cli.printing import print_first_rows, say, time_words
from watcher.core.plurals import count_of
from watcher.core.receipts import describe_readings
from watcher.core.times import in_words

_MAX_SHOWN = 15


def print_receipt(receipt: dict[str, Any] | None) -> None:
    """Print the `receipt` of `alerts show --json`."""
    if receipt is None:
        say("Receipt: it was not kept, so the alert cannot be recomputed.")
        return
    quota = receipt["quota"]
    used = f"; {quota['used']} of {quota['limit']} calls were used that day" if quota else ""
    fetched_at = time_words(receipt["fetchedAt"], seconds=True)
    say(f"Receipt: {receipt['source']}'s answer of {fetched_at}, {in_words(receipt['ageSeconds'])} old{used}")
    for line in _rule_inputs(receipt):
        say(f"  {line}")
    kept = sorted(receipt["kept"], key=lambda x: (x["total"] is None, float(x["total"] or x["price"])))
    kept_rows = [
        (x["total"] or f"{x['price']} + ?", x["condition"], (*title_lines(x), *_specifics(x, receipt)))
        for x in kept
    ]
    columns = ("total", "condition", "kept")
    print_first_rows(f"Kept: {len(kept)}", columns, kept_rows, "total", limit=_MAX_SHOWN)
    rows = [(d["reason"], d["detail"], d["title"] or d["itemId"]) for d in receipt["dropped"]]
    columns = ("reason", "detail", "dropped")
    print_first_rows(f"Dropped: {len(rows)}", columns, rows, limit=_MAX_SHOWN, omitted=receipt["leftOut"])
    if receipt["erasedAt"]:
        say(
            f"Erased {time_words(receipt['erasedAt'])}: titles, addresses, pictures and item ids; "
            "hashes replace the ids."
        )
    _print_replay(receipt["replay"])


def _specifics(row: dict[str, Any], receipt: dict[str, Any]) -> list[str]:
    """Return which item specifics decided about a kept listing, in at most one line."""
    decided = receipt["specifics"].get(row["itemId"])
    return [f"decided by {decided}"] if decided else []


def _rule_inputs(receipt: dict[str, Any]) -> list[str]:
    """Return a line for each input of the rule other than the comps."""
    lines, currency = [], receipt["currency"]
    if receipt["certainty"] == "sure":
        lines.append("alerts only on listings that are surely the item")
    if receipt["assumedShipping"]:
        policy = receipt["unknownShipping"]
        lines.append(f"unknown shipping: {policy}, taken as {receipt['assumedShipping']} {currency}")
    if receipt["groups"]:
        groups = (f"{g['n']} ({g['name']}), median {g['median']} {currency}" for g in receipt["groups"])
        lines.append(f"price groups, each judged by itself: {'; '.join(groups)}")
    if unread := len(receipt["unread"]):
        lines.append(
            f"the item specifics of {count_of(unread, 'listing')} could not be read, so titles decided"
        )
    history = receipt["history"]
    if history["since"]:
        days, since = count_of(len(history["dailyMedians"]), "daily median"), time_words(history["since"])
        lines.append(f"history since {since}: lowest {history['lowest']}, {days}")
    lines += [
        f"alerted before: {item} at {alerted['total']} {currency}"
        for item, alerted in receipt["toldBefore"].items()
    ]
    return [*lines, *describe_readings(receipt)]


def _print_replay(replay: dict[str, Any]) -> None:
    if replay["agrees"]:
        say("Recomputed from this receipt: the same, to the cent.")
    else:
        say("Recomputed from this receipt by this version of watcher, the result differs:")
        for difference in replay["differences"]:
            say(f"  {difference}")
    if replay["selectionAgrees"] is False:
        say("This version would keep a different set of listings as comps.")
