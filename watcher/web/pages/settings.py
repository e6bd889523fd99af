"""The settings: destinations, sessions, tokens, and for admins the people."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from watcher.accounts.people import add_person, remove_person, require_user
from watcher.accounts.sign_in import make_sign_in_link
from watcher.accounts.tokens import make_own_token, revoke_own_token
from watcher.core.errors import (
    Code,
    InvalidInput,
    MissingInput,
    NotFound,
    WatcherError,
    status_of,
    user_sentence,
)
from watcher.core.people import UserAccount, sign_in_address
from watcher.core.sessions import session_number
from watcher.core.tokens import Caller
from watcher.core.typed_text import quoted
from watcher.delivery.trial import send_trial
from watcher.web.access.auth import User
from watcher.web.access.forms import form_of
from watcher.web.dependencies import Web, WebDependencies
from watcher.web.endpoints.billing import billing_of
from watcher.web.endpoints.parameters import MAX_ID, known_parameters
from watcher.web.pages.layout import DONE, Message, render_own, see_other
from watcher.web.pages.views.plan import PlanView
from watcher.web.pages.views.settings import ShownSecret, settings_view

router = APIRouter(include_in_schema=False, dependencies=[Depends(known_parameters)])

_BAD_GATEWAY = 502
_PAID, _NOT_PAID = "paid", "not-paid"  # what Stripe's page leads back with
_MAX_NAME = 80  # characters of a user
_MESSAGES = {
    "ended": Message("That browser is signed out."),
    "others": Message("Every other browser is signed out."),
    "sent": Message("The test message was accepted. It should be there now."),
    "revoked": Message("The token is revoked; programs that use it are refused from now on."),
    "rights": Message("The rights are changed."),
    "removed": Message("The user is removed, with sessions and tokens."),
}


async def person(who: User) -> Caller:
    """Return the caller if it may change settings: a token cannot make what outlives it. Raises FORBIDDEN."""
    if not who.is_tokenless and not session_number(who):
        raise WatcherError(
            Code.FORBIDDEN, "Settings are changed by a person who is signed in, not with a token."
        )
    return who


async def admin_person(who: Annotated[Caller, Depends(person)]) -> Caller:
    """Return the caller if it is an admin who may change settings. Raises FORBIDDEN."""
    if not who.admin:
        raise WatcherError(Code.FORBIDDEN)
    return who


Person = Annotated[Caller, Depends(person)]
AdminPerson = Annotated[Caller, Depends(admin_person)]
Form = Mapping[str, str]


@router.head("/settings")
@router.get("/settings")
async def settings_page(
    request: Request,
    web: Web,
    who: User,
    _done: Annotated[str, Query(alias="done")] = "",
    _after: Annotated[str, Query(alias="after", max_length=_MAX_NAME)] = "",
) -> Response:
    """Show the caller's settings; `after`: of the users with their plans those after this name."""
    return _page(request, web, who)


@router.post("/settings/plan/upgrade")
async def upgrade(
    request: Request, web: Web, who: Person, form: Annotated[Form, Depends(form_of("plan"))]
) -> Response:
    """Lead to where a plan is paid for; one who pays already changes the plan there."""
    billing = billing_of(web)
    return await _to_stripe(request, web, who, billing.checkout(who.user, form["plan"], web.clock.now()))


@router.post("/settings/plan/payments", dependencies=[Depends(form_of())])
async def manage_payments(request: Request, web: Web, who: Person) -> Response:
    """Lead to where the subscription is changed or cancelled."""
    return await _to_stripe(request, web, who, billing_of(web).portal(who.user))


@router.post("/settings/test")
async def try_destination(
    request: Request, web: Web, who: AdminPerson, form: Annotated[Form, Depends(form_of("name"))]
) -> Response:
    """Send a test message to a destination."""
    name = form["name"]
    if name not in web.router.destinations():
        raise NotFound(f"There is no destination {quoted(name)}.")
    if refusal := await send_trial(web.router, name, web.clock.now()):
        text = (
            f"{web.router.channel_for(name).name} did not accept the test message to {name}: "
            f"{refusal.rstrip('.')}. Check its address in the configuration and the network, then try again."
        )
        return _page(request, web, who, message=Message(text, "bad"), status=_BAD_GATEWAY)
    return see_other(request, "settings", "sent")


@router.post("/settings/tokens")
async def add_token(
    request: Request, web: Web, who: Person, form: Annotated[Form, Depends(form_of("admin"))]
) -> Response:
    """Make a token and show it, once: no address and no cookie may hold it, so this POST answers a page."""
    if who.is_tokenless:
        raise WatcherError(
            Code.FORBIDDEN,
            "With a token this page would ask for a sign-in, so add a person first.",
            action="Add a person below, or make a token with `watcher token create`",
        )
    try:
        made, secret = await make_own_token(web.stores, who, web.clock.now(), admin=bool(form["admin"]))
    except WatcherError as refusal:
        return _refused(request, web, who, refusal)
    about = "Send it as `Authorization: Bearer TOKEN`. It is shown only now."
    return _page(request, web, who, secret=ShownSecret(f"Token {made.id}", secret, about))


@router.post("/settings/tokens/{number}/revoke", dependencies=[Depends(form_of())])
async def revoke_token(request: Request, web: Web, who: Person, number: int) -> Response:
    """Revoke one of the caller's tokens."""
    if not 0 < number <= MAX_ID:
        raise NotFound(f"You have no token {number}.")
    await revoke_own_token(web.stores, who, number, web.clock.now())
    return see_other(request, "settings", "revoked")


@router.post("/settings/people")
async def add_person_from_page(
    request: Request, web: Web, who: AdminPerson, form: Annotated[Form, Depends(form_of("name", "admin"))]
) -> Response:
    """Make a user a person, and show the sign-in link, once."""
    is_admin = bool(form["admin"])
    try:
        if who.is_tokenless and not is_admin:
            raise InvalidInput("The first person is an admin, because only an admin can add others here.")
        added = await add_person(web.stores, form["name"], web.clock.now(), admin=is_admin)
    except WatcherError as error:
        return _page(request, web, who, typed=form, error=error, status=status_of(error))
    return await _show_link(request, web, who, added.account.name)


@router.post("/settings/people/link")
async def make_link(
    request: Request, web: Web, who: AdminPerson, form: Annotated[Form, Depends(form_of("name"))]
) -> Response:
    """Make a sign-in link for a person, which replaces an earlier one, and show it, once."""
    return await _show_link(request, web, who, _named(web, form["name"]).name)


@router.post("/settings/people/rights")
async def change_rights(
    request: Request, web: Web, who: AdminPerson, form: Annotated[Form, Depends(form_of("name", "admin"))]
) -> Response:
    """Give or take a person's rights of an admin."""
    try:
        user = _named(web, form["name"])
        _require_another(who, user.name)
        if not user.is_person:
            raise InvalidInput(f"{quoted(user.name)} cannot sign in yet, so it has no rights.")
        await web.stores.people.add(user.name, web.clock.now(), admin=bool(form["admin"]))
    except WatcherError as refusal:
        return _refused(request, web, who, refusal)
    return see_other(request, "settings", "rights")


@router.post("/settings/people/remove")
async def remove_person_from_page(
    request: Request,
    web: Web,
    who: AdminPerson,
    form: Annotated[Form, Depends(form_of("name", "to", "what"))],
) -> Response:
    """Remove a user; the watches and alerts are moved or deleted, as `what` says."""
    try:
        user = _named(web, form["name"])
        _require_another(who, user.name)
        heir = _named(web, form["to"]).name if form["what"] == "move" else None
        if heir == user.name:
            raise InvalidInput("The watches would go to the user that is removed; choose another.")
        deletes = form["what"] == "delete"
        await remove_person(
            web.stores, web.billing, user.name, web.clock.now(), heir=heir, delete_watches=deletes
        )
    except WatcherError as refusal:
        return _refused(request, web, who, refusal)
    return see_other(request, "settings", "removed")


async def _to_stripe(request: Request, web: WebDependencies, who: Caller, opened: Awaitable[str]) -> Response:
    try:
        address = await opened
    except WatcherError as refusal:
        return _refused(request, web, who, refusal)
    return render_own(request, web, who, "leave.html", section="Settings", address=address)


async def _show_link(request: Request, web: WebDependencies, who: Caller, name: str) -> Response:
    code = await make_sign_in_link(web.stores, name, web.clock.now())
    host, port = request.scope.get("server") or ("localhost", None)
    address, caution = sign_in_address(host, port or 80, web.site.public_url, code)
    about = f"It signs {name} in, once, within an hour, and is shown only now. {caution}"
    return _page(request, web, who, secret=ShownSecret(f"Sign-in link of {name}", address, about.strip()))


def _done_message(done: str, plan: PlanView | None) -> Message | None:
    """Return what an action did; of a payment the section of the plan says what came of it."""
    if done == _NOT_PAID and plan:
        return Message("Nothing was paid, and your plan is as it was.", "warn")
    return _MESSAGES.get(done)


def _refused(request: Request, web: WebDependencies, who: Caller, refusal: WatcherError) -> Response:
    """Return the settings below what was refused. What may succeed later has a page that retries."""
    if refusal.retryable:
        raise refusal
    message = Message(user_sentence(refusal), "bad")
    return _page(request, web, who, message=message, status=status_of(refusal))


def _named(web: WebDependencies, name: str) -> UserAccount:
    """Return the user of this name; none is meant by an empty one."""
    if not name.strip():
        raise MissingInput("The name of the user is missing.")
    return require_user(web.stores, name)


def _require_another(who: Caller, name: str) -> None:
    if name == who.user:
        raise InvalidInput("You cannot take your own rights or remove yourself here; another admin can.")


def _page(
    request: Request,
    web: WebDependencies,
    who: Caller,
    *,
    message: Message | None = None,
    secret: ShownSecret | None = None,
    typed: Form | None = None,
    error: WatcherError | None = None,
    status: int = 200,
) -> Response:
    done, after = (request.query_params.get(name, "") for name in (DONE, "after"))
    page = settings_view(web, who, web.clock.now(), after=after, has_paid=done == _PAID)
    if error:
        message = Message(user_sentence(error), "bad")
    return render_own(
        request,
        web,
        who,
        "settings.html",
        section="Settings",
        message=message or _done_message(done, page.plan),
        status=status,
        page=page,
        secret=secret,
        typed=typed or {"name": "", "admin": ""},
        error=user_sentence(error) if error else "",
    )
