"""Names of people, of which no two look the same, and the address of a sign-in link."""

from __future__ import annotations

import pytest

from watcher.core.errors import InvalidInput, MissingInput
from watcher.core.people import (
    Belongings,
    UserAccount,
    look_of,
    parse_person_name,
    sign_in_address,
    user_view,
)
from watcher.core.times import Instant

HOSTILE = (
    *("ad\u200bmin", "admin\u200d", "\u202enimda", "admin\u2066", "a\x1b[2Jb", "a\nb", "a\x00b", "\u3164"),
    *("\U000e0061dmin", "a\u00adb", "x" * 81, "a\u0301\u0301\u0301\u0301\u0301", "\ud800"),
)
LOOK_ALIKES = (
    *("Admin", "ADMIN", "\uff41dmin", "\U0001d41adm\u2170n", "\u0430dmin", "adm\u0131n", "adm\u0456n"),
    *("ad\u200bmin", " admin ", "\u24d0dmin"),
)


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_name_with_a_character_that_is_not_seen_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        parse_person_name(name)


def test_a_person_needs_a_name() -> None:
    for name in ("", "  "):
        with pytest.raises(MissingInput, match="needs a name"):
            parse_person_name(name)


@pytest.mark.parametrize(
    "name",
    ["collector", "a b", "\u6f22\u5b57", "jos\u00e9", "\u05d0\u05d1", "o'neil; --", "<b>", "\U0001f600"],
)
def test_a_name_that_is_seen_whole_is_kept(name: str) -> None:
    assert parse_person_name(f"  {name} ") == name


def test_a_name_is_kept_in_its_composed_form() -> None:
    assert parse_person_name("jose\u0301") == "jos\u00e9"


@pytest.mark.parametrize("name", LOOK_ALIKES, ids=ascii)
def test_names_that_look_the_same_have_one_look(name: str) -> None:
    assert look_of(name) == look_of("admin")


def test_names_that_look_different_have_different_looks() -> None:
    names = ("admin", "admin2", "admins", "\u00e1dmin", "a dmin", "nimda", "\u6f22", "\u5b57")
    assert len({look_of(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("host", "public_url", "start"),
    [
        ("127.0.0.1", "", "http://localhost:81/"),
        ("localhost", "", "http://localhost:81/"),
        ("127.0.0.2", "", "http://127.0.0.2:81/"),
        ("::1", "", "http://[::1]:81/"),
        ("0.0.0.0", "https://watcher.example/base/", "https://watcher.example/base/"),
    ],
)
def test_a_link_begins_with_the_address_that_browsers_use(host: str, public_url: str, start: str) -> None:
    assert sign_in_address(host, 81, public_url, "CODE") == (f"{start}sign-in/CODE", "")


@pytest.mark.parametrize(
    ("host", "start"),
    [
        ("0.0.0.0", "http://localhost:81/"),
        ("::", "http://localhost:81/"),
        ("watcher.example", "http://watcher.example:81/"),
        ("fe80::7", "http://[fe80::7]:81/"),
    ],
)
def test_an_address_off_the_loopback_asks_for_a_public_url(host: str, start: str) -> None:
    address, caution = sign_in_address(host, 81, "", "CODE")
    assert address == f"{start}sign-in/CODE"
    assert "set [http] public_url" in caution
    assert "CODE" not in caution


def test_a_user_is_shown_with_counts_only() -> None:

    shown = user_view(UserAccount("collector", Instant(0.0)), Belongings(1, 2, 3, 4))
    assert (shown["watches"], shown["alerts"], shown["person"], shown["personSince"]) == (1, 2, False, None)
