"""People: users who can sign in. Other users only own watches or tokens."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from watcher.core.errors import Code, InvalidInput, MissingInput, NotFound, WatcherError
from watcher.core.plain_text import remove_invisible
from watcher.core.plurals import count_of
from watcher.core.times import Instant, iso
from watcher.core.tokens import is_loopback, parse_user_name
from watcher.core.typed_text import quoted

# Letters of other scripts, each drawn like a Latin one.
_LOOK_ALIKES = str.maketrans(
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0455\u0456\u0458\u0501\u051b\u051d"
    "\u03b1\u03b2\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u0131\u0261",
    "abekmhopctyxsijdqwabeikvoptuxig",
)
_ANY_ADDRESS = re.compile(r"0\.0\.0\.0|[0:]+|\*")


class UserAccount(NamedTuple):
    """A user; a person if `person_since` is set. Only a person can be an admin."""

    name: str
    created_at: Instant
    person_since: Instant | None = None
    admin: bool = False

    @property
    def is_person(self) -> bool:
        """Whether the user can sign in."""
        return self.person_since is not None


class Belongings(NamedTuple):
    """What belongs to a user: the numbers of watches, alerts, valid tokens and valid sessions."""

    watches: int
    alerts: int
    tokens: int
    sessions: int


class NameTaken(WatcherError):
    """A new name looks like that of another user."""

    def __init__(self, name: str, other: str) -> None:
        super().__init__(
            Code.INVALID_INPUT,
            f"{quoted(name)} looks like the user {quoted(other)}, so each could be taken for the other: "
            "choose another name.",
        )


class MissingUser(NotFound):
    """There is no such user."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no user {quoted(name)}; `watcher user list` shows them.")


class UndecidedWatches(InvalidInput):
    """A user that is to be removed has watches or alerts, and it was not decided what becomes of them."""

    def __init__(self, name: str, watches: int, alerts: int) -> None:
        owned = f"{count_of(watches, 'watch')} and {count_of(alerts, 'alert')}"
        super().__init__(
            f"{name} has {owned}: give them to another user with --to USER, or delete them with --delete."
        )


class StillPaying(InvalidInput):
    """A user that is to be removed has a subscription, for which Stripe would go on charging."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} has a subscription that has not ended: cancel it first, in the customer portal or in "
            "Stripe's dashboard."
        )


class OpenCheckout(WatcherError):
    """A user that is to be removed has, or may have, something at Stripe that could be paid afterwards."""

    def __init__(self, name: str) -> None:
        super().__init__(
            Code.STRIPE_UNAVAILABLE,
            f"{name} may have a checkout or a subscription that could be paid after the removal, and Stripe "
            "could not be asked, so the user stays.",
        )


def parse_person_name(text: str) -> str:
    """Return the name of a new person, in Unicode's composed form. Raises InvalidInput.

    Invisible characters are refused, not removed: two names must not differ in nothing that is seen.
    """
    if not text.strip():
        raise MissingInput("A person needs a name, like `watcher user add collector`.")
    name = unicodedata.normalize("NFC", parse_user_name(text))
    if name != unicodedata.normalize("NFC", " ".join(text.split())):
        raise InvalidInput("A person's name has only visible characters; this one contains others.")
    return name


def look_of(name: str) -> str:
    """Return the same text for names that look the same: in another case, width or script, or decomposed."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(remove_invisible(folded.translate(_LOOK_ALIKES)).split())


def sign_in_address(host: str, port: int, public_url: str, code: str) -> tuple[str, str]:
    """Return the address of a sign-in link, and a sentence if browsers may need another one."""
    path = f"/sign-in/{code}"
    if public_url:
        return f"{public_url.rstrip('/')}{path}", ""
    if host in ("localhost", "127.0.0.1"):
        return f"http://localhost:{port}{path}", ""
    is_any = _ANY_ADDRESS.fullmatch(host) is not None
    shown = "localhost" if is_any else f"[{host}]" if ":" in host else host
    if is_loopback(host):
        return f"http://{shown}:{port}{path}", ""
    caution = (
        "The link may not work on other machines: set [http] public_url to the address that "
        "browsers use, and make another link."
    )
    return f"http://{shown}:{port}{path}", caution


def user_view(user: UserAccount, belongings: Belongings) -> dict[str, object]:
    """Return the public fields of a user: counts, and nothing of the content."""
    return {
        "user": user.name,
        "person": user.is_person,
        "admin": user.admin,
        "createdAt": iso(user.created_at),
        "personSince": None if user.person_since is None else iso(user.person_since),
        **belongings._asdict(),
    }
