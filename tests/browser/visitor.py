"""A page in a browser that reports everything that a page of the daemon must not do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

# With script, a refusal of the policy is also an event. Without, it is in the console alone.
_REPORT_POLICY = """
addEventListener('securitypolicyviolation',
    event => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))
"""
_NEXT_FRAME = "new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)))"
_FAILED_LOAD = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
_OWN_SCHEMES = ("data", "blob", "about")


@dataclass
class Visitor:
    """One browser context with one page; `check` fails if any of its pages did what it must not do.

    Watched are errors and warnings in the console, reports of the content security policy, exceptions,
    and requests to another host. `expecting` names the failures that a step causes on purpose. `others`: to
    which hosts pages lead on purpose; what their own pages do is not watched.
    """

    context: BrowserContext
    base: str
    has_script: bool = True
    troubles: list[str] = field(default_factory=list)
    failures: list[tuple[int, str]] = field(default_factory=list)  # statuses and paths in the console
    expected: set[tuple[int, str]] = field(default_factory=set)
    others: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Watch the context from its first page on."""
        self.context.on("console", self._see_console)
        self.context.on("weberror", lambda error: self.troubles.append(f"exception: {error.error}"))
        self.context.on("request", self._see_request)
        self.context.add_init_script(_REPORT_POLICY)
        self.page: Page = self.context.new_page()

    def open(self, path: str = "/") -> Page:
        """Go to a path of the daemon and return the page."""
        self.page.goto(f"{self.base}{path}")
        return self.page

    @contextmanager
    def expecting(self, *failures: tuple[int, str]) -> Iterator[None]:
        """Allow that answers with these statuses at these paths fail, from now on.

        A browser writes each of them to the console. They must occur in the block.
        """
        self.expected.update(failures)
        yield
        self.settle()
        for failure in failures:
            assert failure in self.failures, f"{failure} did not occur, but {self.failures}"

    def settle(self) -> None:
        """Receive what the browser has reported by now."""
        self.page.evaluate(_NEXT_FRAME if self.has_script else "0")

    def check(self) -> None:
        """Raise AssertionError if anything happened that must not."""
        self.settle()
        unexpected = [f"status {s} of {path}" for s, path in self.failures if (s, path) not in self.expected]
        found = [*self.troubles, *unexpected]
        assert not found, "\n".join(found)

    def forget(self) -> None:
        """Forget what has happened, because a test has read it."""
        self.troubles.clear()
        self.failures.clear()

    def _see_console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning") or _host_of(message.location["url"]) in self.others:
            return
        if failed := _FAILED_LOAD.match(message.text):
            self.failures.append((int(failed[1]), urlsplit(message.location["url"]).path))
        else:
            self.troubles.append(f"console: {message.type}: {message.text} at {message.location['url']}")

    def _see_request(self, request: Request) -> None:
        is_own = urlsplit(request.url).scheme in _OWN_SCHEMES
        if not is_own and _host_of(request.url) not in (self.base, *self.others):
            self.troubles.append(f"request to another host: {request.method} {request.url}")


def _host_of(url: str) -> str:
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc}"
