"""The receipt of an alert on a terminal: what it is based on, and whether it still gives the same result."""

from __future__ import annotations

from typing import Any

from watcher.cli.printing import print_table, say
from watcher.core.times import in_words

_MAX_SHOWN = 15


def print_receipt(receipt: dict[str, Any] | None) -> None:
    """Print the `receipt` of `alerts show --json`."""
    if receipt is None:
        say("Receipt: it was not kept, so the alert cannot be recomputed.")
        return
    quota = receipt["quota"]
    used = f"; {quota['used']} of {quota['limit']} calls were used that day" if quota else ""
    say(
        f"Receipt: {receipt['source']}'s answer of {receipt['fetchedAt']}, "
        f"{in_words(receipt['ageSeconds'])} old{used}"
    )
    for line in _rule_inputs(receipt):
        say(f"  {line}")
    _print_kept(receipt)
    _print_dropped(receipt)
    if receipt["erasedAt"]:
        say(
            f"Erased {receipt['erasedAt']}: titles, addresses, pictures and item ids; hashes replace the ids."
        )
    _print_replay(receipt["replay"])


def _rule_inputs(receipt: dict[str, Any]) -> list[str]:
    """Return a line for each input of the rule other than the comps."""
    lines, currency = [], receipt["currency"]
    if receipt["assumedShipping"]:
        policy = receipt["unknownShipping"]
        lines.append(f"unknown shipping: {policy}, taken as {receipt['assumedShipping']} {currency}")
    history = receipt["history"]
    if history["since"]:
        days = len(history["dailyMedians"])
        lines.append(f"history since {history['since']}: lowest {history['lowest']}, {days} daily medians")
    lines += [
        f"alerted before: {item} at {alerted['total']} {currency}"
        for item, alerted in receipt["toldBefore"].items()
    ]
    return lines


def _print_kept(receipt: dict[str, Any]) -> None:
    kept = receipt["kept"]
    rows = [
        (x["total"] or f"{x['price']} + ?", x["condition"], x["title"] or x["itemId"])
        for x in sorted(kept, key=lambda x: (x["total"] is None, float(x["total"] or x["price"])))
    ]
    if rows:
        print_table(f"Kept: {len(rows)}", ("total", "condition", "kept"), rows[:_MAX_SHOWN], "total")
        _print_more(len(rows))


def _print_dropped(receipt: dict[str, Any]) -> None:
    rows = [(d["reason"], d["detail"], d["title"] or d["itemId"]) for d in receipt["dropped"]]
    if rows:
        print_table(f"Dropped: {len(rows)}", ("reason", "detail", "dropped"), rows[:_MAX_SHOWN])
        _print_more(len(rows) + receipt["leftOut"])


def _print_more(count: int) -> None:
    if count > _MAX_SHOWN:
        say(f"… and {count - _MAX_SHOWN} more: --json has them all.")


def _print_replay(replay: dict[str, Any]) -> None:
    if replay["agrees"]:
        say("Recomputed from this receipt: the same, to the cent.")
    else:
        say("Recomputed from this receipt by this version of watcher, the result differs:")
        for difference in replay["differences"]:
            say(f"  {difference}")
    if replay["selectionAgrees"] is False:
        say("This version would keep other listings as comps than were kept then.")
