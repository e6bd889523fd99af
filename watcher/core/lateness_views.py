"""How late alerts were, as sentences and as public JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from watcher.core.alerts import Item
from watcher.core.lateness import ItemLateness, LatenessFigures, Onset, seconds_between
from watcher.core.plurals import count_of
from watcher.core.times import MINUTE, in_words, iso

# The days of the figures of a watch and of the status.
FIGURE_DAYS = 30
_UNCOUNTED = {
    Onset.EARLIER: "it was on offer before the watch looked for it, so its lateness does not count",
    Onset.SEEN: "it was on offer before it matched, so its lateness does not count",
    Onset.UNKNOWN: "since when it could have matched is unknown",
}


def lateness_view(item: Item, found: ItemLateness | None) -> dict[str, Any] | None:
    """Return how late an item of an alert was; None for an alert of a version that did not record it."""
    if found is None or item.onset not in set(Onset):
        return None
    onset, since = Onset(item.onset), found.since
    return {
        "onset": str(onset),
        "since": None if since is None else iso(since),
        "seenAt": iso(found.seen_at),
        "sentAt": None if found.sent_at is None else iso(found.sent_at),
        "secondsToSeen": _rounded(seconds_between(since, found.seen_at)),
        "secondsToSent": _rounded(seconds_between(since, found.sent_at)),
        "wasThere": found.was_there,
        "said": "; ".join(_lateness_words(onset, found)),
    }


def start_in_message(item: Item, sent_at: float) -> str:
    """Return since when an item was on offer or cheaper, as its message says it."""
    if item.onset == Onset.PRICE_CUT and (late := seconds_between(item.since, sent_at)) is not None:
        return f"Price cut at most {in_words(late)} before this message"
    if (age := seconds_between(item.listed_at, sent_at)) is not None:
        return f"Listed {in_words(age)} before this message"
    return "Listed at an unknown time"


def lateness_figures_view(figures: LatenessFigures) -> dict[str, Any]:
    """Return how many matches were seen in time, and how many were still there; unknown shares are null."""
    return {
        "days": FIGURE_DAYS,
        "matches": figures.matches,
        "counted": figures.timed,
        "seenWithinMinutes": {
            str(limit // int(MINUTE)): _share(share) for limit, share in figures.shares.items()
        },
        "checked": figures.checked,
        "stillThere": _share(figures.still_there),
    }


def lateness_sentences(view: dict[str, Any]) -> list[str]:
    """Return the sentences about the figures of `lateness_figures_view`; none without a match that counts."""
    sentences = []
    if n := view["counted"]:
        shares = view["seenWithinMinutes"]
        within = (f"{in_percent(share)} within {in_words(int(m) * MINUTE)}" for m, share in shares.items())
        sentences.append(
            f"Seen {', '.join(within)} of the listing or price cut ({count_of(n, 'match')} in "
            f"{view['days']} days)."
        )
    if n := view["checked"]:
        sentences.append(
            f"Still there just before the message: {in_percent(view['stillThere'])} of "
            f"{count_of(n, 'item')} looked at again."
        )
    return sentences


def in_percent(share: float) -> str:
    """Return a share in whole percent; neither 0 nor 100 unless it is exact."""
    percent = round(share * 100)
    if percent in (0, 100) and share not in (0, 1):
        return "less than 1 %" if share < 1 / 2 else "more than 99 %"
    return f"{percent} %"


def _lateness_words(onset: Onset, found: ItemLateness) -> Iterator[str]:
    since, seen = found.since, seconds_between(found.since, found.seen_at)
    if since is None or seen is None:
        yield _UNCOUNTED.get(onset, _UNCOUNTED[Onset.UNKNOWN])
    elif onset is Onset.PRICE_CUT:
        yield f"price cut: its old price was last seen {iso(since)}, the new one {in_words(seen)} later"
    else:
        yield f"listed {iso(since)}, seen {in_words(seen)} later"
    if (sent := seconds_between(since, found.sent_at)) is not None:
        yield f"sent after {in_words(sent)}"
    if found.was_there is not None:
        yield f"just before the message it was {'still' if found.was_there else 'no longer'} on offer"


def _share(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _rounded(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)
