"""The watches of the token's user."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from watcher.core.errors import InvalidInput, NotFound
from watcher.core.serializers import alert_view, explanation_view, history_view, preview_view, watch_view
from watcher.core.times import DAY, Instant
from watcher.core.tokens import Caller
from watcher.core.watch import Watch
from watcher.web.auth import Door_, User
from watcher.web.dependencies import Door

router = APIRouter(prefix="/api/watches", tags=["watches"])

Text = str | int | float | None
Number = Annotated[int, Path(description="A watch's id.")]
_MOST = 500
_LARGEST = 2**62


class WatchBody(BaseModel):
    """The fields of a watch, as `watcher watch add` takes them; null and "" mean the default."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, strict=True)

    category: Text = Field(None, examples=["cameras"])
    below: Text = Field(None, description='Alert at or below this total: 50, "49.90", "EUR 50".')
    rule: Text = Field(None, description="Any other rule: new, deal 70%, low 90d, drop 15%, …")
    condition: Text = Field(None, description="new, refurbished, used or any.")
    exclude: Text | list[str] = Field(None, description="Words or phrases that disqualify a title.")
    buying: Text = Field(None, description="fixed, auction or any.")
    min_feedback: Text = Field(None, description="The seller's least feedback score.")
    from_country: Text = Field(None, description="US, DE, …")
    marketplace: Text = Field(None, description="EBAY_US, EBAY_GB, EBAY_DE, …")
    unknown_shipping: Text = Field(None, description="assume, skip, or an amount.")
    every: Text = Field(None, description="How often to look: 5m, 1h, 1d.")
    label: Text = None
    tag: Text = None
    to: Text = Field(None, description="slack, a configured name, #channel or a member id.")

    def draft(self) -> dict[str, str]:
        """The fields that were sent, as text."""
        given = {name: getattr(self, name) for name in self.model_fields_set - {"paused"}}
        return {name: _typed(value) for name, value in given.items()}


class NewWatch(WatchBody):
    """A watch to register; without a rule it waits for new listings."""

    query: str = Field(min_length=1, examples=["omega speedmaster 3570.50"])


class Change(WatchBody):
    """What to change of a watch; what is not sent stays."""

    query: str | None = None
    paused: bool | None = Field(None, description="true: stop looking; false: go on.")


@router.post("", status_code=201)
async def register(door: Door_, asking: User, new: NewWatch) -> dict[str, Any]:
    """Register a watch; it is polled at once."""
    return _view(door, await door.registry.add({**new.draft(), "user": asking.user}, door.now()))


@router.get("")
async def watches(
    door: Door_,
    asking: User,
    tag: str = "",
    after: Annotated[int, Query(ge=0, le=_LARGEST, description="Begin after this id.")] = 0,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
) -> dict[str, Any]:
    """The user's watches in the order of their ids; `next` is the `after` of the next page, or null."""
    rows = door.watches.listed(asking.user, tag, after=after, limit=limit + 1)
    shown = [_view(door, row.watch) for row in rows[:limit]]
    return {"watches": shown, "next": shown[-1]["id"] if len(rows) > limit else None}


@router.get("/{number}")
async def watch(door: Door_, asking: User, number: Number) -> dict[str, Any]:
    """One watch."""
    return _view(door, _own(door, asking, number))


@router.patch("/{number}")
async def edit(door: Door_, asking: User, number: Number, change: Change) -> dict[str, Any]:
    """Change, pause or resume a watch."""
    found = _own(door, asking, number)
    if draft := change.draft():
        found = await door.registry.edit(found.id, draft, door.now())
    if change.paused is not None and change.paused != found.paused:
        turn = door.registry.pause if change.paused else door.registry.resume
        found = await turn(found.id, door.now())
    return _view(door, found)


@router.delete("/{number}")
async def remove(door: Door_, asking: User, number: Number) -> dict[str, Any]:
    """Forget a watch; its alerts stay. Answers it as it was."""
    found = _own(door, asking, number)
    return _view(door, await door.registry.remove(found.id, door.now()))


@router.get("/{number}/alerts")
async def alerts(
    door: Door_, asking: User, number: Number, limit: Annotated[int, Query(ge=1, le=_MOST)] = 50
) -> dict[str, Any]:
    """The newest alerts of a watch, each with its receipt and what became of its message."""
    found = _own(door, asking, number)
    rows = door.alerts.latest(limit, watch=found.id, user=asking.user)
    return {"alerts": [alert_view(r.alert, r.state, r.sent_at, r.error) for r in rows]}


@router.post("/preview")
async def preview(door: Door_, asking: User, new: NewWatch) -> dict[str, Any]:
    """What a watch would keep, find at its first look, and have told on stored history; nothing is saved."""
    drafted = door.registry.drafted({**new.draft(), "user": asking.user})
    answer, comps = await door.asks(drafted.question, drafted.filters)
    view = preview_view(drafted, comps, door.preview(drafted, answer, comps), door.cadence(drafted))
    return view | {"warnings": door.doubts(drafted)}


@router.get("/{number}/history")
async def history(
    door: Door_,
    asking: User,
    number: Number,
    days: Annotated[int, Query(ge=1, le=366, description="How far back.")] = 90,
) -> dict[str, Any]:
    """The asks that the watch saw: one point a poll that changed something, at least one an hour."""
    found = _own(door, asking, number)
    since = Instant(door.now() - days * DAY)
    points = door.points(found.search_id, found.filters.key, since)
    return history_view(found, points, door.observed(found.question))


@router.get("/{number}/explain")
async def explain(
    door: Door_,
    asking: User,
    number: Number,
    item: Annotated[str, Query(max_length=500, description="An item: its number, id or address.")] = "",
) -> dict[str, Any]:
    """Why the watch did or did not alert, about one item or at all; eBay is not asked."""
    found = _own(door, asking, number)
    return explanation_view(found, door.explain(found, item, door.now()))


def _own(door: Door, asking: Caller, number: int) -> Watch:
    """The user's watch of that number; another's is not there."""
    nothing = f"You have no watch {number}."
    try:
        found = door.registry.get(door.watch_id(number))
    except NotFound:
        raise NotFound(nothing) from None
    if found.user != asking.user:
        raise NotFound(nothing)
    return found


def _view(door: Door, found: Watch) -> dict[str, Any]:
    view = watch_view(found, None if found.paused else door.cadence(found))
    return view | {"warnings": door.doubts(found)}


def _typed(value: Text | list[str]) -> str:
    """A JSON value as a person would have typed it."""
    if isinstance(value, list):
        if any("," in word for word in value):
            raise InvalidInput("A word to exclude has no comma in it.")
        return "".join(f"{word}," for word in value)
    return "" if value is None else str(value)
