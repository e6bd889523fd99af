"""The pages on which a watch is written: a new one, and one that is changed.

Trying what was typed is a GET, so that the address of a preview can be reloaded, kept and shared; saving it
is a POST.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from fastapi import APIRouter, Depends, Request, Response

from watcher.core.errors import (
    CallFailed,
    InvalidInput,
    MissingInput,
    RequestRefused,
    WatcherError,
    error_view,
    public_error,
    status_of,
)
from watcher.core.plan_limits import LimitReached
from watcher.core.shared_text import is_shared_text
from watcher.core.tokens import Caller
from watcher.core.watch import Watch
from watcher.core.watch_input import draft_of, edit_watch, faults_of
from watcher.watches.registry import Admit
from watcher.web.access.auth import User
from watcher.web.access.forms import form_fields, require_form
from watcher.web.access.tokenless import OWN_SITE
from watcher.web.dependencies import Web, WebDependencies
from watcher.web.endpoints.asking import room_for_watches
from watcher.web.endpoints.etags import both
from watcher.web.endpoints.own_watches import Number, admit_own, own_watch
from watcher.web.endpoints.trying import try_watch
from watcher.web.pages.layout import Message, render_own, see_other
from watcher.web.pages.views.watch_form import WatchForm
from watcher.web.pages.views.watch_preview import PreviewFailure, WatchPreview, failure_of, preview_of
from watcher.web.pages.watch_fields import (
    FORM_FIELDS,
    Fields,
    draft_from,
    fields_of,
    read_fields,
    require_rule,
    rule_in,
)

router = APIRouter(include_in_schema=False, dependencies=[Depends(require_form)])

_OK, _CHANGED_MEANWHILE = 200, 412
_TWICE_SECONDS = 60.0  # between two sendings of a form that mean one watch; a phone's network may be slow
_CONFLICT = Message(
    "The watch was changed in another window or by a program since you opened this form. Nothing of yours is "
    "saved yet: save again to replace the other change.",
    "warn",
)
_ITEM_UNKNOWN = Message(
    "The address has no title, and the daemon does not know the item. Type the words to search for.",
    "warn",
)


@dataclass(frozen=True, slots=True)
class _Page:
    """What a form is about: the caller, and the watch that is changed, or None for a new one."""

    request: Request
    web: WebDependencies
    who: Caller
    watch: Watch | None = None
    fields: Fields = field(default_factory=dict)

    def parse(self) -> Watch:
        """Return the watch that the fields describe. Raises InvalidInput."""
        draft, registry = draft_from(self.fields), self.web.registry
        if self.watch is None:
            return registry.parse({**draft, "user": self.who.user})
        return edit_watch(self.watch, draft, registry.defaults)


@router.head("/watches/new")
@router.get("/watches/new")
async def new_watch_page(request: Request, web: Web, who: User) -> Response:
    """Show the form of a new watch, and what it would do if something was typed."""
    return await _open(_Page(request, web, who))


@router.post("/watches/new")
async def add_from_page(request: Request, web: Web, who: User) -> Response:
    """Register the watch of the form and go to it, or show the form again with what is wrong."""
    page = _with_fields(_Page(request, web, who), form_fields(request.scope))
    try:
        require_rule(page.fields)
        if same := _sent_twice(page):
            return _to_watch(request, same, "added")
        async with room_for_watches(web, who):
            made = await web.registry.add({**draft_from(page.fields), "user": who.user}, web.clock.now())
    except WatcherError as error:
        return _refused(page, error)
    return _to_watch(request, made.id, "added")


@router.head("/watches/{number:watch}/edit")
@router.get("/watches/{number:watch}/edit")
async def edit_page(request: Request, web: Web, who: User, number: Number) -> Response:
    """Show the form of a watch, and what it would do with what was typed."""
    return await _open(_Page(request, web, who, own_watch(web, who, number)))


@router.post("/watches/{number:watch}/edit")
async def save_from_page(request: Request, web: Web, who: User, number: Number) -> Response:
    """Change the watch and go to it, or show the form again with what is wrong."""
    given = form_fields(request.scope)
    found = own_watch(web, who, number)
    page = _with_fields(_Page(request, web, who, found), given)
    admit = both(admit_own(who), _admit_revision(given.get("revision", "")))
    try:
        require_rule(page.fields)
        saved = await web.registry.update(found.id, draft_from(page.fields), web.clock.now(), admit=admit)
    except WatcherError as error:
        return _refused(page, error)
    return _to_watch(request, number, "unlearned" if found.taught and not saved.taught else "saved")


def _to_watch(request: Request, number: int, done: str) -> Response:
    return see_other(request, f"watches/{number}", done)


def _sent_twice(page: _Page) -> int:
    """Return the watch that the same form has just made: a button that is pressed twice sends it twice."""
    drafted, store = page.parse(), page.web.stores.watches
    since = page.web.clock.now() - _TWICE_SECONDS
    same = store.purposes([drafted.question.key]).get(drafted.purpose, [])
    recent = [row.watch for number in same if (row := store.row(number)) and row.watch.created_at >= since]
    # Under another name it is meant to be a second one.
    return max((made.id for made in recent if draft_of(made) == draft_of(drafted)), default=0)


def _with_fields(page: _Page, given: Mapping[str, str]) -> _Page:
    marketplace = page.web.registry.defaults.marketplace
    known = fields_of(page.watch, marketplace) if page.watch else {}
    return replace(page, fields=read_fields(given, known, page.web.stores.history.listing_title))


async def _open(page: _Page) -> Response:
    """Show the form with what the address has, and what a watch of that would do."""
    given = page.request.query_params
    try:
        page = _with_fields(page, _query_of(page.request))
    except InvalidInput as error:  # what is known of a mistyped address is kept
        known = {name: value for name, value in given.items() if name in FORM_FIELDS}
        return _show(_with_fields(page, known), failure=str(error), status=status_of(error))
    return await _try(page)


def _query_of(request: Request) -> dict[str, str]:
    """Return the parameters of a request. Raises InvalidInput for one that is there twice."""
    pairs = request.query_params.multi_items()
    if len(pairs) > len(dict(pairs)):
        raise InvalidInput("A field of the form is there twice.")
    return dict(pairs)


def _admit_revision(typed: str) -> Admit:
    """Return the check that the watch is still the one that the form was opened with."""

    def admit(watch: Watch) -> None:
        if typed != str(watch.revision):
            raise RequestRefused(_CHANGED_MEANWHILE, _CONFLICT.text)

    return admit


async def _try(page: _Page) -> Response:
    """Show the form with a preview of what is in it."""
    fields = page.fields
    if not fields["query"].strip():
        shared = any(page.request.query_params.get(name) for name in ("title", "text", "url", "query"))
        return _show(page, message=_ITEM_UNKNOWN if shared else None)
    has_target = bool(rule_in(fields))
    try:
        if not _may_ask(page):
            return _show(page)
        tried = await try_watch(page.web, page.who, page.request, page.parse())
    except InvalidInput as error:
        return _refused(page, error)
    except (CallFailed, RequestRefused) as error:
        return _show(page, preview=failure_of(error), status=status_of(public_error(error)))
    preview = preview_of(
        tried,
        page.web.clock.now(),
        has_target=has_target,
        allowance=_allowance(page),
        read_as=fields["query"] if is_shared_text(page.request.query_params.get("query", "")) else "",
    )
    return _show(page, preview=preview)


def _may_ask(page: _Page) -> bool:
    """Return whether trying costs no call, or a page of ours asks: a foreign link must cost nothing."""
    sites = page.request.headers.getlist("sec-fetch-site")
    return set(sites) <= OWN_SITE or page.web.cache.can_answer(page.parse().inquiry)


def _refused(page: _Page, error: WatcherError) -> Response:
    """Show the form again with what was typed: the field at fault, or why it was not saved."""
    status = status_of(public_error(error))
    if status == _CHANGED_MEANWHILE:
        current = own_watch(page.web, page.who, page.watch.id) if page.watch else None
        return _show(replace(page, watch=current), message=_CONFLICT, status=status)
    sentence = str(error)
    if not isinstance(error, InvalidInput):
        said, is_limit = str(error_view(error)["message"]), isinstance(error, LimitReached)
        return _show(page, failure=said, is_limit=is_limit, status=status)
    faults = faults_of(draft_from(page.fields), page.web.registry.defaults)
    if isinstance(error, MissingInput) and not rule_in(page.fields):
        faults["rule"] = sentence
    errors = {"value" if name == "rule" else name: text for name, text in faults.items()}
    title = "Nothing was saved" if page.request.method == "POST" else "Nothing was tried"
    preview = PreviewFailure(title, " ".join(errors.values()) or sentence)
    return _show(page, errors=errors, failure="" if errors else sentence, preview=preview, status=status)


def _show(
    page: _Page,
    *,
    preview: WatchPreview | PreviewFailure | None = None,
    errors: Mapping[str, str] = {},
    failure: str = "",
    is_limit: bool = False,
    message: Message | None = None,
    status: int = _OK,
) -> Response:
    watch, marketplace = page.watch, page.web.registry.defaults.marketplace
    form = WatchForm(
        heading=f"Edit {watch.name}" if watch else "New watch",
        address=f"watches/{watch.id}/edit" if watch else "watches/new",
        submit="Save" if watch else "Start watching",
        values=page.fields,
        errors={name: errors.get(name, "") for name in FORM_FIELDS},
        marketplace=marketplace,
        back=f"watches/{watch.id}" if watch else "",
        revision=watch.revision if watch else 0,
        failure=failure,
        is_limit=is_limit,
    )
    return render_own(
        page.request,
        page.web,
        page.who,
        "watch_form.html",
        section="Watches",
        message=message,
        status=status,
        form=form,
        preview=preview if isinstance(preview, WatchPreview) else None,
        trouble=preview if isinstance(preview, PreviewFailure) else None,
    )


def _allowance(page: _Page) -> str:
    """Return how many more searches the caller may try now."""
    if page.who.is_tokenless:
        return ""
    rates = page.web.misses
    left = rates.left(page.who.user, asyncio.get_running_loop().time())
    return f"You may try {left} of {rates.most} new searches within this minute."
