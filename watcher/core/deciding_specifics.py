"""Which item specifics decided: those without which the verdict on their listing would be another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from watcher.core.comps import Comps, summarize
from watcher.core.confidence import Doubt
from watcher.core.listing import Listing
from watcher.core.market_profile import profile_of
from watcher.core.marketplaces import currency_of, languages_of
from watcher.core.specifics import Specifics, check_specifics
from watcher.core.structure import NO_CHECK
from watcher.core.taught import Taught
from watcher.core.taught_evidence import Judging, apply_taught


class _Outcome(NamedTuple):
    """What became of one listing: the reason and the detail if it was dropped, and the doubt."""

    dropped: tuple[str, str] | None
    doubt: Doubt | None


def deciding_specifics(
    judging: Judging, listings: Iterable[Listing], taught: Taught = ()
) -> dict[str, Specifics]:
    """Return the specifics that decided, by item id, each with only the pairs that did.

    With them alone in the background, every listing gets the same verdict. `taught`: the user's answers.
    """
    rows, known = tuple(listings), judging.background.specifics
    if not known:
        return {}
    judging = _with_profile(judging, rows)
    deciding = {}
    for x in rows:
        given = known.get(x.item_id, Specifics()).pairs
        if not given or not (taught or _tells(judging, x, given)):
            continue
        decided = _outcome(judging, taught, x, given)
        if decided == _outcome(judging, taught, x, ()):
            continue
        pairs = given
        for pair in given:
            rest = tuple(p for p in pairs if p != pair)
            if _outcome(judging, taught, x, rest) == decided:
                pairs = rest
        deciding[x.item_id] = Specifics(pairs)
    return deciding


def _tells(judging: Judging, listing: Listing, pairs: tuple[tuple[str, str], ...]) -> bool:
    """Return whether specifics say anything about the query; if not, no verdict rests on them."""
    languages = languages_of(judging.marketplace)
    return check_specifics(judging.query, listing.title, Specifics(pairs), languages) != NO_CHECK


def _with_profile(judging: Judging, rows: tuple[Listing, ...]) -> Judging:
    """Return what verdicts rest on, with the profile of the whole market, which these listings are."""
    if judging.background.profile is not None:
        return judging
    currency, languages = currency_of(judging.marketplace), languages_of(judging.marketplace)
    profile = profile_of(judging.query, rows, currency=currency, languages=languages)
    return replace(judging, background=judging.background._replace(profile=profile))


def _outcome(
    judging: Judging, taught: Taught, listing: Listing, pairs: tuple[tuple[str, str], ...]
) -> _Outcome:
    item, currency = listing.item_id, currency_of(judging.marketplace)
    background = judging.background._replace(specifics={item: Specifics(pairs)} if pairs else {})
    selection = judging.select([listing], currency, background)
    comps = Comps(selection, summarize(selection.kept, currency))
    found = apply_taught(comps, taught, replace(judging, background=background)).selection
    return _Outcome(
        next(((str(d.reason), d.detail) for d in found.dropped), None),
        found.doubts.get(item),
    )
