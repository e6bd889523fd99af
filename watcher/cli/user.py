"""`watcher user add`, `list` and `link`: the people who sign in, and the other users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.accounts.people import Added, add_person, require_user
from watcher.accounts.sign_in import make_sign_in_link
from watcher.cli.printing import print_json, print_table, say, time_words
from watcher.cli.runner import app_command
from watcher.core.errors import Code, NotFound, WatcherError
from watcher.core.people import sign_in_address, user_view
from watcher.core.plurals import count_of, plural_of
from watcher.core.sessions import LINK_SECONDS
from watcher.core.times import Instant, iso
from watcher.core.tokens import LOCAL
from watcher.core.typed_text import quoted

if TYPE_CHECKING:
    from watcher.runtime import App


@app_command("add")
@click.argument("name")
@click.option(
    "--admin/--no-admin",
    default=None,
    help="Give or take the rights of an admin, also of a person that exists.",
)
async def add_user(app: App, name: str, admin: bool | None, as_json: bool) -> None:
    """Add the person NAME, who may own watches already, and print a one-time sign-in link.

    With --admin or --no-admin it also changes the rights of a person that exists, without a link.
    """
    is_first = not app.stores.people.any() and not app.stores.tokens.ever()
    lost = [t.id for t in app.stores.tokens.listed() if t.admin and t.revoked_at is None]
    added = await add_person(app.stores, name, app.clock.now(), admin=admin)
    user = added.account.name
    lost = [t.id for t in app.stores.tokens.listed() if t.id in lost and t.user == user and not t.admin]
    if not added.is_new:
        if as_json:
            print_json({**_view(app, user), "link": None, "expiresAt": None})
        else:
            say(f"{user} is {'an admin' if added.account.admin else 'not an admin'} from now on.")
        _say_rights(app, added, lost)
        return
    await _print_link(app, user, as_json=as_json)
    if as_json:
        return
    if is_first and not app.settings.http.exposed_by:
        say("From now on the API requires a sign-in or a token, on this machine too.", err=True)
    _say_rights(app, added, lost)
    owned = app.stores.watches.count_of(LOCAL)
    if owned and user != LOCAL:
        what = f"{LOCAL} has {count_of(owned, 'watch')} that people do not see"
        say(f"{what}; `watcher user remove {LOCAL} --to {user}` moves what it has.", err=True)


@app_command()
@click.argument("name")
async def link(app: App, name: str, as_json: bool) -> None:
    """Print a one-time sign-in link for the person NAME; it replaces an earlier one that was not used."""
    account = require_user(app.stores, name)
    if not account.is_person:
        raise NotFound(f"{quoted(account.name)} cannot sign in yet; `watcher user add` makes it a person.")
    await _print_link(app, account.name, as_json=as_json)


@app_command("list", database_only=True)
async def list_users(app: App, as_json: bool) -> None:
    """List all users; only a person can sign in."""
    found = app.stores.people.listed(app.clock.now())
    plans: dict[str, str] = {}
    if app.stores.plan_limits.plans.all:
        plans = {holder.user: holder.plan.name for holder in app.stores.plan_limits.holders()}
    if as_json:
        views = [user_view(user, counts) for user, counts in found]
        print_json({"users": [v | ({"plan": plans.get(str(v["user"]))} if plans else {}) for v in views]})
        return
    if not found:
        say("No users yet; `watcher user add NAME` adds a person.")
        return
    rows = [
        (
            user.name,
            "admin" if user.admin else "person" if user.is_person else "",
            *([plans.get(user.name, "")] if plans else []),
            counts.watches,
            counts.alerts,
            counts.tokens,
            counts.sessions,
            None if user.person_since is None else time_words(iso(user.person_since)),
        )
        for user, counts in found
    ]
    columns = ["user", "role", "watches", "alerts", "tokens", "sessions", "person since"]
    if plans:
        columns.insert(2, "plan")
    print_table("", columns, rows, "watches alerts tokens sessions")


async def _print_link(app: App, user: str, *, as_json: bool) -> None:
    """Make a sign-in link and print it alone on stdout; withdraw it if it cannot be printed."""
    now, http = app.clock.now(), app.settings.http
    code = await make_sign_in_link(app.stores, user, now)
    address, caution = sign_in_address(http.host, http.port, http.public_url, code)
    try:
        if as_json:
            expires = iso(Instant(now + LINK_SECONDS))
            print_json({**_view(app, user), "link": address, "expiresAt": expires})
        else:
            click.echo(address)
    except OSError as error:  # also if the pipe is closed
        await app.stores.sign_in.withdraw_links(user)
        why = (
            f"The sign-in link could not be shown, so it is withdrawn: {error.strerror}. "
            f"`watcher user link {user}` makes another."
        )
        raise WatcherError(Code.INTERNAL_ERROR, why) from error
    if not as_json:
        say(
            f"That is the sign-in link of {user}. It works once, within an hour, and is shown only now.",
            err=True,
        )
    if caution:
        say(caution, err=True)


def _say_rights(app: App, added: Added, lost: list[int]) -> None:
    """Report what a change of rights brings with it."""
    name = added.account.name
    if lost:
        what = f"{plural_of(len(lost), 'token')} {', '.join(map(str, lost))} of {name}"
        say(f"{name} is not an admin, so {what} has only the rights of a user from now on.", err=True)
    users = [user for user, _ in app.stores.people.listed(app.clock.now())]
    if added.before and added.before.admin and not any(u.admin for u in users):
        say("No person is an admin any more; `watcher user add NAME --admin` makes one.", err=True)


def _view(app: App, user: str) -> dict[str, object]:
    return next(
        user_view(u, owned) for u, owned in app.stores.people.listed(app.clock.now()) if u.name == user
    )
