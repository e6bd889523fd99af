"""Addresses, sizes and types of pictures."""

from __future__ import annotations

import pytest

from watcher.core.pictures import EBAY_PICTURES, PictureOrigins, PictureSize, picture_of

MARKET = "http://127.0.0.1:4711"
EBAY, LOCAL = PictureOrigins.of("https://api.ebay.com"), PictureOrigins.of(MARKET + "/ebay")
SIMULATED = PictureOrigins.of(MARKET, simulated=True)
SHOWN = "/images/g/AbC~AAOSwx-1/s-l225.jpg"


def test_origins_are_those_of_ebay_and_of_a_market_on_this_machine() -> None:
    assert EBAY.allowed == (EBAY_PICTURES,)
    assert LOCAL.allowed == (EBAY_PICTURES, MARKET)
    assert PictureOrigins.of("http://192.168.0.5:80").allowed == (EBAY_PICTURES,)
    assert SIMULATED == ((MARKET,), MARKET)
    assert PictureOrigins.of("https://api.ebay.com", simulated=True) == EBAY


@pytest.mark.parametrize(
    "path", [SHOWN, "/00/s/MTYwMFgxMjAw/z/Fq4AAOSw/$_57.JPG?set_id=880000500F", "/thumbs" + SHOWN, "/1.jpg"]
)
def test_addresses_of_ebays_form_are_fetchable(path: str) -> None:
    assert EBAY.allows(EBAY_PICTURES + path)
    assert LOCAL.allows(MARKET + path)


HOST, DIRECTORY = "i.ebayimg.com", "/images/g/x/"
REFUSED = [
    "",
    SHOWN,
    EBAY_PICTURES,
    f"{EBAY_PICTURES}/",
    f"//{HOST}{SHOWN}",
    f"http://{HOST}{SHOWN}",
    f"HTTPS://{HOST}{SHOWN}",
    f"https://{HOST.upper()}{SHOWN}",
    f"https://{HOST}.{SHOWN}",
    f"https://{HOST}:443{SHOWN}",
    f"https://{HOST}:8080{SHOWN}",
    f"https://{HOST}.evil.example{SHOWN}",
    f"https://{HOST}@evil.example{SHOWN}",
    f"https://{HOST}:x@evil.example{SHOWN}",
    f"https://evil.example@{HOST}{SHOWN}",
    f"https://evil.example/{HOST}{SHOWN}",
    f"https://evil.example#{HOST}{SHOWN}",
    f"https://evil.example\\@{HOST}{SHOWN}",
    f"https://{HOST}\\@evil.example{SHOWN}",
    f"https://{HOST}/\\evil.example{SHOWN}",
    f"https://{HOST}//evil.example{SHOWN}",
    f"https:/{HOST}{SHOWN}",
    f"https://\u2170.ebayimg.com{SHOWN}",
    f"https://\u0456.ebayimg.com{SHOWN}",
    f"https://i。ebayimg。com{SHOWN}",
    f"https://i.ebayimg.com\u200b{SHOWN}",
    f" {EBAY_PICTURES}{SHOWN}",
    f"{EBAY_PICTURES}{SHOWN} ",
    f"{EBAY_PICTURES}{SHOWN}\n",
    f"{EBAY_PICTURES}{SHOWN}\r\nHost: evil.example",
    f"{EBAY_PICTURES}{SHOWN}\0",
    f"{EBAY_PICTURES}{SHOWN}#part",
    f"{EBAY_PICTURES}{DIRECTORY}../../admin",
    f"{EBAY_PICTURES}{DIRECTORY}./1.jpg",
    f"{EBAY_PICTURES}{DIRECTORY}%2e%2e/admin",
    f"{EBAY_PICTURES}{DIRECTORY}..;/admin",
    f"{EBAY_PICTURES}{DIRECTORY}%0d%0aHost:%20evil",
    f"{EBAY_PICTURES}{DIRECTORY}é.jpg",
    f"{EBAY_PICTURES}/login?next=https://evil.example",
    "http://127.0.0.1/latest",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]/1.jpg",
    "http://2130706433/1.jpg",
    "http://0x7f.1/1.jpg",
    "http://localhost:4711/1.jpg",
    "http://127.0.0.1:47110/1.jpg",
    "http://127.0.0.1:4711@evil.example/1.jpg",
    "http://127.1:4711/1.jpg",
    "https://127.0.0.1:4711/1.jpg",
    "file:///etc/passwd",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "gopher://127.0.0.1:4711/1",
]


def test_every_other_address_is_refused() -> None:
    assert [url for url in REFUSED if EBAY.allows(url) or LOCAL.allows(url)] == []


def test_a_size_replaces_that_of_an_address_in_ebays_form() -> None:
    for given in (SHOWN, "/thumbs" + SHOWN, SHOWN.replace("225", "1600")):
        sized = [EBAY.address(EBAY_PICTURES + given, size) for size in PictureSize]
        assert sized == [EBAY_PICTURES + SHOWN, EBAY_PICTURES + SHOWN.replace("225", "500")]
    for other in ("/1.jpg", "/z/$_57.JPG?set_id=1", "/images/g/a/b/s-l225.jpg", SHOWN + "?s-l64.jpg"):
        assert EBAY.address(EBAY_PICTURES + other, PictureSize.LARGE) == EBAY_PICTURES + other
    foreign = f"https://evil.example{SHOWN}"
    assert EBAY.address(foreign, PictureSize.LARGE) == foreign


def test_a_simulated_market_stands_in_for_ebays_host() -> None:
    assert SIMULATED.address(EBAY_PICTURES + SHOWN, PictureSize.SMALL) == MARKET + SHOWN
    other = EBAY_PICTURES + ".evil/1.jpg"
    assert SIMULATED.address(other, PictureSize.SMALL) == other
    assert not SIMULATED.allows(EBAY_PICTURES + SHOWN)
    assert LOCAL.address(EBAY_PICTURES + SHOWN, PictureSize.SMALL) == EBAY_PICTURES + SHOWN


@pytest.mark.parametrize(
    ("begin", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x24\0\0\0WAVEfmt ", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>", None),
        (b"<!DOCTYPE html><script>alert(1)</script>", None),
        (b"\n\x89PNG\r\n\x1a\n", None),
        (b"GIF88a", None),
        (b"%PDF-1.7", None),
        (b"", None),
    ],
)
def test_the_type_of_a_picture_is_that_of_its_content(begin: bytes, kind: str | None) -> None:
    found = picture_of(begin + b"\0" * 40)
    assert (found and found.media_type) == kind
    assert picture_of(begin[:12]) is None
    if found:
        assert found.tag != (picture_of(begin + b"\1" * 40) or found).tag
