"""What the page of a watch asks about listings, and what earlier answers taught."""

from __future__ import annotations

from dataclasses import dataclass

from watcher.core.comps import Comps
from watcher.core.item_number import hashed_id
from watcher.core.taught import TaughtAnswer, describe_answer
from watcher.core.teaching import RowToAsk
from watcher.core.watch import Watch
from watcher.watches.teaching import questions_of


@dataclass(frozen=True, slots=True)
class AskedListing:
    """A listing that may or may not be the item. `cost`: its total, or its price if that is all there is."""

    id: str
    picture: str
    title: str
    link: str
    cost: str
    condition: str
    why: str


@dataclass(frozen=True, slots=True)
class Learned:
    """What an answer taught; the title is known while the listing is in the stored answer of the market."""

    item: str
    title: str
    said: str


@dataclass(frozen=True, slots=True)
class TeachingView:
    """The listings to ask about, and what was learned."""

    asked: tuple[AskedListing, ...]
    learned: tuple[Learned, ...]


def teaching_view(watch: Watch, comps: Comps | None) -> TeachingView:
    """Return what the page of a watch asks and has learned."""
    titles = {}
    if comps and watch.taught:
        listings = (*comps.selection.kept, *(d.listing for d in comps.selection.dropped))
        titles = {hashed_id(x.item_id): x.title for x in listings}
    return TeachingView(
        tuple(map(_asked, questions_of(watch, comps))) if comps else (),
        tuple(_learned(answer, titles.get(answer.item, "")) for answer in watch.taught),
    )


def _asked(row: RowToAsk) -> AskedListing:
    x = row.listing
    price = x.price or x.bid
    return AskedListing(
        id=x.item_id,
        picture=x.item_id if x.image else "",
        title=x.title,
        link=x.link,
        cost=str(x.total) if x.total else f"{price} plus unknown shipping" if price else "no price",
        condition=x.condition,
        why=f"{'kept' if row.kept else 'dropped'} now: {row.why}",
    )


def _learned(answer: TaughtAnswer, title: str) -> Learned:
    return Learned(answer.item, title, f"{describe_answer(answer)}.")
