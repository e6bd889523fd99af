"""Debian's Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

MISSING = "chromium is not installed: make system-packages"


class NoChromiumError(Exception):
    """Chromium is not installed."""


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """Yield Chromium, for which no name of another host resolves. Raises NoChromiumError."""
    found = shutil.which("chromium")
    if found is None:
        raise NoChromiumError(MISSING)
    options = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"]
    if os.geteuid() == 0:
        options.append("--no-sandbox")  # root has none
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=found, args=options)
        yield made
        made.close()
