"""Fixtures: Chromium, an installation for each module, and visitors of its page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.installation import Installation, installed
from tests.browser.visitor import Visitor

DESKTOP = {"width": 1280, "height": 800}
WAIT_MS = 10_000.0  # for what the page shows; a poll is due every two seconds
NO_CHROMIUM = "chromium is not installed: make system-packages"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests here as slow: a browser takes a second to start, and a story a minute."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield Debian's Chromium, for which no name of another host resolves."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip(NO_CHROMIUM)
    options = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    if os.geteuid() == 0:
        options.append("--no-sandbox")  # root has none
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=found, args=options)
        yield made
        made.close()


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Yield an installation whose daemon does not run yet."""
    with installed(tmp_path_factory.mktemp("installation")) as made:
        yield made


@pytest.fixture
def visit(browser: Browser, installation: Installation) -> Iterator[Callable[..., Visitor]]:
    """Return a function that makes a visitor with a fresh context; each is checked after the test.

    `script=False` turns JavaScript off; other keywords are those of `Browser.new_context`.
    """
    with ExitStack() as checks:

        def make(*, script: bool = True, **options: Any) -> Visitor:
            context = browser.new_context(**{"viewport": DESKTOP, **options}, java_script_enabled=script)
            context.set_default_timeout(WAIT_MS)
            visitor = Visitor(context, installation.url, script)
            checks.callback(context.close)
            checks.callback(visitor.check)
            return visitor

        yield make
