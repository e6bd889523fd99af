"""The receipt of an alert in a terminal: what it rests on, and whether judging again comes to the same."""

from __future__ import annotations

from typing import Any

from watcher.cli.printing import print_table, say

_SHOWN = 15


def print_receipt(receipt: dict[str, Any] | None) -> None:
    """`receipt` is that of `alerts show --json`."""
    if receipt is None:
        say("Receipt: what it rests on was not kept, so it cannot be judged again.")
        return
    from watcher.core.times import in_words  # noqa: PLC0415 - only where it prints

    quota = receipt["quota"]
    spent = f"; {quota['used']} of {quota['limit']} calls were used that day" if quota else ""
    say(
        f"Receipt: {receipt['source']}'s answer of {receipt['fetchedAt']}, "
        f"{in_words(receipt['ageSeconds'])} old{spent}"
    )
    for line in _given(receipt):
        say(f"  {line}")
    _print_kept(receipt)
    _print_dropped(receipt)
    if receipt["erasedAt"]:
        say(
            f"Erased {receipt['erasedAt']}: titles, addresses, pictures and item ids; a hash stands for each."
        )
    _print_replay(receipt["replay"])


def _given(receipt: dict[str, Any]) -> list[str]:
    """What the rule was given beside the comps."""
    lines, currency = [], receipt["currency"]
    if receipt["assumedShipping"]:
        how = receipt["unknownShipping"]
        lines.append(f"unknown shipping: {how}, taken as {receipt['assumedShipping']} {currency}")
    history = receipt["history"]
    if history["since"]:
        days = len(history["dailyMedians"])
        lines.append(f"history since {history['since']}: lowest {history['lowest']}, {days} daily medians")
    lines += [
        f"told before: {item} at {told['total']} {currency}" for item, told in receipt["toldBefore"].items()
    ]
    return lines


def _print_kept(receipt: dict[str, Any]) -> None:
    kept = receipt["kept"]
    rows = [
        (x["total"] or f"{x['price']} + ?", x["condition"], x["title"] or x["itemId"])
        for x in sorted(kept, key=lambda x: (x["total"] is None, float(x["total"] or x["price"])))
    ]
    if rows:
        print_table(f"Kept: {len(rows)}", ("total", "condition", "kept"), rows[:_SHOWN], "total")
        _more(len(rows))


def _print_dropped(receipt: dict[str, Any]) -> None:
    dropped = receipt["dropped"]
    rows = [(d["reason"], d["detail"], d["title"] or d["itemId"]) for d in dropped]
    if rows:
        print_table(f"Dropped: {len(rows)}", ("reason", "detail", "dropped"), rows[:_SHOWN])
        _more(len(rows) + receipt["leftOut"])


def _more(n: int) -> None:
    if n > _SHOWN:
        say(f"… and {n - _SHOWN} more: --json has them.")


def _print_replay(replay: dict[str, Any]) -> None:
    if replay["agrees"]:
        say("Judged again from this receipt: the same, to the cent.")
    else:
        say("Judged again from this receipt by this version of watcher, it differs:")
        for difference in replay["differences"]:
            say(f"  {difference}")
    if replay["selectionAgrees"] is False:
        say("This version would keep other listings as comps than were kept then.")
