"""`make screenshots`: the pictures of the documentation, of the demo and of two small installations."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import opened_browser
from tests.browser.installation import Installation, installed
from tests.forks import ROOT
from watcher.demo.recognition import SAMPLE

FOLDER = ROOT / "docs" / "pictures"
SIZES = ((1280, 800), (390, 844))
SCHEMES = ("light", "dark")
MAX_BYTES = 1_500_000  # of all pictures together
_COLOURS = 96  # of a picture's palette
_SEED = "3"
_PICTURES = """Promise.all([...document.images]
    .filter(i => !i.complete && i.getBoundingClientRect().top < innerHeight)
    .map(i => new Promise(done => { i.onload = i.onerror = done })))"""


class Demo(NamedTuple):
    """Addresses of the demo: of its page, and of its market, which has a button for an outage."""

    page: str
    market: str


@contextmanager
def running_demo() -> Iterator[Demo]:
    """Yield a demo that has polled its watches; it ends with the block."""
    words = [sys.executable, "-m", "watcher", "demo", "--seed", _SEED, "--speed", "10"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            addresses: list[str] = []
            while len(addresses) < 2:
                addresses += re.findall(r"(?:page is at|button at) (http://[^/]+)", process.stdout.readline())
            yield Demo(*addresses)
        finally:
            process.terminate()
            process.stdout.close()


class Camera:
    """Takes a picture of a page in each size and colour scheme."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def take(
        self, name: str, prepare: Callable[[Page], None], *, signed_in: BrowserContext | None = None
    ) -> None:
        """Write `{name}-{width}-{scheme}.png`; `prepare` opens the page, in the session of a context."""
        state = signed_in.storage_state() if signed_in else None
        for (width, height), scheme in product(SIZES, SCHEMES):
            context = self._browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=scheme,  # type: ignore[arg-type]  # a literal
                reduced_motion="reduce",
                timezone_id="UTC",
                storage_state=state,
            )
            page = context.new_page()
            prepare(page)
            page.evaluate(_PICTURES)
            path = FOLDER / f"{name}-{width}-{scheme}.png"
            path.write_bytes(_compressed(page.screenshot()))
            context.close()


def _compressed(picture: bytes) -> bytes:
    """Return a PNG with a palette, a third as large."""
    small, out = (
        Image.open(BytesIO(picture)).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE),
        BytesIO(),
    )
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


def opens(address: str) -> Callable[[Page], None]:
    """Return what opens an address."""
    return lambda page: page.goto(address) and None


def take_demo(camera: Camera, demo: Demo) -> None:
    """Take the pages that show prices."""
    camera.take("watches", opens(f"{demo.page}/"))
    camera.take("watch", opens(f"{demo.page}/watches/3"))
    camera.take("new", lambda page: open_form(page, demo, "query=seiko+skx007&kind=below&value=240"))
    camera.take("scan", lambda page: scan_sample(page, demo))
    camera.take("alerts", opens(f"{demo.page}/alerts"))
    camera.take("alert", lambda page: open_first_alert(page, demo))
    camera.take("accuracy", opens(f"{demo.page}/accuracy"))
    camera.take("status", opens(f"{demo.page}/status"))


def open_first_alert(page: Page, demo: Demo) -> None:
    """Open the newest alert."""
    page.goto(f"{demo.page}/alerts")
    page.locator("#feed tbody a").first.click()
    page.wait_for_url("**/alerts/*")


def open_form(page: Page, demo: Demo, fields: str) -> None:
    """Open the form of a new watch with these fields; on a phone, scroll to its preview."""
    page.goto(f"{demo.page}/watches/new?{fields}")
    page.evaluate("innerWidth < 700 && document.getElementById('preview').scrollIntoView()")


def scan_sample(page: Page, demo: Demo) -> None:
    """Send the sample picture, and show what it is worth."""
    page.goto(f"{demo.page}/scan")
    page.get_by_label("Pictures", exact=True).set_input_files(SAMPLE)
    page.get_by_label("Price asked").fill("800")
    page.get_by_role("button", name="See what it is worth").click()
    page.locator("#scan-1 .state").wait_for()
    page.evaluate("innerWidth > 700 ? scrollTo(0, 0) : document.getElementById('scans').scrollIntoView()")
    page.mouse.move(0, 0)


def take_outage(camera: Camera, browser: Browser, demo: Demo) -> None:
    """Take the form of a new watch while eBay fails."""
    market = browser.new_page()
    market.goto(f"{demo.market}/")
    market.get_by_role("button").first.click()
    market.close()
    camera.take("outage", lambda page: open_form(page, demo, "query=sony+a7+iii+body&kind=deal&value=75%25"))


def take_first_run(camera: Camera, empty: Installation) -> None:
    """Take what an empty installation shows."""
    camera.take("first-run", opens(f"{empty.url}/"))


def take_settings(camera: Camera, browser: Browser, installation: Installation) -> None:
    """Take the settings of an admin with two browsers and a token."""
    for name in ("owner", "collector"):
        installation.command("user", "add", name, *(["--admin"] if name == "owner" else []))
    phone = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/150.0.0.0 Mobile Safari/537.36"
    sign_in(browser.new_context(user_agent=phone), installation)
    context = browser.new_context()
    page = sign_in(context, installation)
    page.goto(f"{installation.url}/settings")
    page.get_by_role("button", name="Make a token").click()
    camera.take("settings", opens(f"{installation.url}/settings"), signed_in=context)


def sign_in(context: BrowserContext, installation: Installation) -> Page:
    """Sign the owner in and return the page."""
    page = context.new_page()
    page.goto(installation.command("user", "link", "owner"))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{installation.url}/")
    return page


def main() -> int:
    """Take all pictures; return the exit code."""
    FOLDER.mkdir(exist_ok=True)
    with opened_browser() as browser, TemporaryDirectory() as home:
        camera = Camera(browser)
        with running_demo() as demo:
            take_demo(camera, demo)
            take_outage(camera, browser, demo)
        with installed(Path(home)) as installation:
            installation.start()
            take_first_run(camera, installation)
            take_settings(camera, browser, installation)
    total = sum(path.stat().st_size for path in FOLDER.glob("*.png"))
    print(f"{FOLDER}: {total:,} bytes")
    return int(total > MAX_BYTES)


if __name__ == "__main__":
    sys.exit(main())
