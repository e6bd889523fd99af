"""The pages of alerts: the feed, and one alert with its receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from watcher.core.accuracy import accuracy_sentence
from watcher.core.comps import Basis
from watcher.core.errors import InvalidInput, NotFound, WatcherError, status_of, user_sentence
from watcher.core.times import Instant, from_iso
from watcher.core.tokens import Caller
from watcher.db.alerts import AlertRow
from watcher.monitoring.incident_queries import ack_alert
from watcher.watches.queries import alert_detail, alert_views
from watcher.watches.rejecting import Rejection, item_name, reject_item
from watcher.web.access.auth import User
from watcher.web.access.forms import form_of
from watcher.web.dependencies import Web, WebDependencies
from watcher.web.endpoints.alerts import AlertId, own_alert
from watcher.web.endpoints.own_watches import admit_own, require_own
from watcher.web.endpoints.parameters import MAX_ID, known_parameters
from watcher.web.pages.layout import Message, render_own, see_other
from watcher.web.pages.views.alerts import alert_card, receipt_of
from watcher.web.pages.views.rejection import RejectionForm, with_outcome

router = APIRouter(include_in_schema=False, dependencies=[Depends(known_parameters)])

_SECTION = "Alerts"
_PAGE = 30
_MAX_WORDS, _MAX_ITEM = 8_000, 500
_MESSAGES: Mapping[str, Message] = {
    "seen": Message("Marked as seen."),
    "all": Message("All alerts are marked as seen."),
    "rejected": Message("Rejected: the watch drops this item from now on, and it counts as a wrong alert."),
    "restored": Message("The rejection is withdrawn. Excluded words stay: edit the watch to allow them."),
}


class Feed(BaseModel):
    """Which alerts the feed shows; a form sends what was not chosen as an empty text."""

    model_config = ConfigDict(extra="forbid")

    watch: str = Field("", pattern="^[0-9]{0,18}$")
    state: Literal["", "pending", "sent", "dead", "gone"] = ""
    seen: Literal["", "yes", "no"] = ""
    after: str = Field("", max_length=100, pattern="^[0-9A-Za-z]*$")
    done: str = Field("", max_length=20)

    def address(self, **changes: str) -> str:
        """Return the address of the feed with these choices changed, relative to the first page."""
        chosen = {name: str(value) for name, value in self if name not in ("after", "done")} | changes
        query = urlencode({name: value for name, value in chosen.items() if value})
        return f"alerts?{query}" if query else "alerts"


class AskedAlert(BaseModel):
    """What the page of an alert is asked: the item to reject, of which it shows what that would do."""

    model_config = ConfigDict(extra="forbid")

    item: str = Field("", max_length=_MAX_ITEM)
    words: str = Field("", max_length=_MAX_WORDS)
    done: str = Field("", max_length=20)


FeedFields = Annotated[Mapping[str, str], Depends(form_of("watch", "state", "seen"))]
SeenFields = Annotated[Mapping[str, str], Depends(form_of("until", "watch", "state", "seen"))]
RejectionFields = Annotated[Mapping[str, str], Depends(form_of("item", "words", "undo"))]


@router.head("/alerts")
@router.get("/alerts")
async def alert_feed(request: Request, web: Web, who: User, asked: Annotated[Feed, Query()]) -> Response:
    """Show the caller's alerts, the newest first."""
    page = web.stores.alerts.page(
        _PAGE,
        watch=min(int(asked.watch), MAX_ID) if asked.watch else None,
        user=who.user,
        after=asked.after,
        state=asked.state,
        is_acked=asked.seen == "yes" if asked.seen else None,
    )
    web.pictures.remember((x.item_id, x.image) for row in page.rows for x in row.alert.items)
    cards = [alert_card(view) for view in alert_views(web.stores, page.rows)]
    return render_own(
        request,
        web,
        who,
        "alerts.html",
        section=_SECTION,
        message=_MESSAGES.get(asked.done),
        cards=cards,
        feed=asked,
        watch_name=next((card.name for card in cards), asked.watch) if asked.watch else "",
        next_address=asked.address(after=page.next) if page.next else "",
        is_waiting=_is_waiting(page.rows),
    )


@router.post("/alerts/seen")
async def mark_all_seen(request: Request, web: Web, who: User, fields: SeenFields) -> Response:
    """Mark all the caller's alerts as seen that the page could show, whatever it was asked for."""
    now = web.clock.now()
    # What came after the page was made is still unseen. The page names whole seconds.
    until = Instant((from_iso(fields["until"]) or now) + 1)
    await web.stores.alerts.ack_all(who.user, until, now)
    feed = {name: fields[name] for name in ("watch", "state", "seen")}
    return see_other(request, _feed_of(feed).address(), "all")


@router.post("/alerts/{alert}/ack")
async def mark_seen(request: Request, web: Web, who: User, alert: AlertId, fields: FeedFields) -> Response:
    """Mark an alert as seen, and go back to the feed as it was."""
    own_alert(web, who, alert)
    if await ack_alert(web.stores, alert, who.user, web.clock.now()) is None:
        raise NotFound("The alert was deleted because of its age.")
    return see_other(request, _feed_of(fields).address(), "seen")


@router.head("/alerts/{alert}")
@router.get("/alerts/{alert}")
async def one_alert(
    request: Request, web: Web, who: User, alert: AlertId, asked: Annotated[AskedAlert, Query()]
) -> Response:
    """Show an alert with its receipt, and what rejecting one of its items would do."""
    row = own_alert(web, who, alert)
    if not asked.item:
        return _alert_page(request, web, who, row, message=_MESSAGES.get(asked.done))
    try:
        found = await _reject(web, who, row, Rejection(asked.item, asked.words, dry_run=True))
    except InvalidInput as refusal:
        return _refused(request, web, who, row, refusal, asked.item, asked.words)
    doubt = with_outcome(_doubt(row, asked.item, asked.words), found)
    return _alert_page(request, web, who, row, doubt=doubt)


@router.post("/alerts/{alert}/reject")
async def reject(request: Request, web: Web, who: User, alert: AlertId, fields: RejectionFields) -> Response:
    """Reject an item of an alert, or withdraw that."""
    row, undo = own_alert(web, who, alert), bool(fields["undo"])
    item, words = fields["item"][:_MAX_ITEM], fields["words"][:_MAX_WORDS]
    try:
        await _reject(web, who, row, Rejection(item, words, undo=undo))
    except InvalidInput as refusal:
        return _refused(request, web, who, row, refusal, item, words)
    return see_other(request, f"alerts/{alert}", "restored" if undo else "rejected")


async def _reject(web: WebDependencies, who: Caller, row: AlertRow, asked: Rejection) -> dict[str, Any]:
    require_own(web, who, row.alert.watch_id)
    return await reject_item(web.registry, web.queries, row.alert, asked, admit_own(who))


def _alert_page(
    request: Request,
    web: WebDependencies,
    who: Caller,
    row: AlertRow,
    *,
    message: Message | None = None,
    doubt: RejectionForm | None = None,
    status: int = 200,
) -> Response:
    web.pictures.remember((x.item_id, x.image) for x in row.alert.items)
    view = alert_detail(web.stores, row)
    rejected = _rejected(web, who, row)
    return render_own(
        request,
        web,
        who,
        "alert.html",
        section=_SECTION,
        message=message,
        status=status,
        alert=alert_card(view, rejected or ()),
        receipt=receipt_of(view),
        accuracy=_accuracy(web, row),
        is_own_watch=rejected is not None,
        doubt=doubt,
        is_waiting=_is_waiting([row]),
    )


def _accuracy(web: WebDependencies, row: AlertRow) -> str:
    """Return how wrong medians of the alert's category are known to be now; empty without a median."""
    alert = row.alert
    if alert.median is None:
        return ""
    return accuracy_sentence(web.queries.accuracy_of(alert.category, Basis(alert.basis)))


def _is_waiting(rows: Sequence[AlertRow]) -> bool:
    """Return whether a message waits, so that the page is asked for again after polls.

    An alert has one event; that its message is sent has none.
    """
    return any(row.state == "pending" for row in rows)


def _refused(
    request: Request,
    web: WebDependencies,
    who: Caller,
    row: AlertRow,
    refusal: WatcherError,
    item: str,
    words: str,
) -> Response:
    doubt = replace(_doubt(row, item, words), error=user_sentence(refusal))
    return _alert_page(request, web, who, row, doubt=doubt, status=status_of(refusal))


def _doubt(row: AlertRow, item: str, words: str) -> RejectionForm:
    title = next((x.title for x in row.alert.items if item_name(x, row.alert) == item), "")
    return RejectionForm(f"alerts/{row.alert.id}", "alert", item, words, title)


def _rejected(web: WebDependencies, who: Caller, row: AlertRow) -> tuple[str, ...] | None:
    """Return the rejected items of an alert's watch; None if the caller no longer has that watch."""
    try:
        require_own(web, who, row.alert.watch_id)
        return web.registry.get(row.alert.watch_id).rejected
    except WatcherError:  # removed, given away, or unreadable
        return None


def _feed_of(fields: Mapping[str, str]) -> Feed:
    """Return the choices that a form carries. Raises InvalidInput."""
    try:
        return Feed.model_validate(dict(fields))
    except ValueError as error:
        raise InvalidInput("The form names alerts that cannot be.") from error
