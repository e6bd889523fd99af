"""Fixtures: Chromium, an installation for each module, and visitors of its page."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from playwright.sync_api import Browser, Error

from tests.browser.chromium import NoChromiumError, opened_browser
from tests.browser.installation import Installation, installed
from tests.browser.stage import Stage, staged
from tests.browser.states import Scene
from tests.browser.visitor import Visitor

DESKTOP = {"width": 1280, "height": 800}
WAIT_MS = 10_000.0  # for what the page shows; a poll is due every two seconds
VISITORS = pytest.StashKey[list[Visitor]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests here as slow: a browser takes a second to start, and a story a minute."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what the browsers of a failed test show and the daemon's log, and name the folder."""
    report = yield
    visitors = item.stash.get(VISITORS, [])
    if report.when == "call" and report.failed and visitors:
        folder = Path(mkdtemp(prefix="watcher-failed-"))
        for number, visitor in enumerate(visitors):
            with suppress(Error):  # the browser may be what failed
                visitor.page.screenshot(path=folder / f"{number}.png", full_page=True)
                (folder / f"{number}.html").write_text(visitor.page.content(), encoding="utf-8")
        if isinstance(made := item.funcargs.get("installation"), Installation):  # type: ignore[attr-defined]
            (folder / "daemon.log").write_text(made.log(), encoding="utf-8")
        report.sections.append(("what the browsers show", str(folder)))
    return report


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield Debian's Chromium, for which no name of another host resolves."""
    try:
        with opened_browser() as made:
            yield made
    except NoChromiumError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Yield an installation whose daemon does not run yet."""
    with installed(tmp_path_factory.mktemp("installation")) as made:
        yield made


@pytest.fixture
def visit(
    request: pytest.FixtureRequest, browser: Browser, installation: Installation
) -> Iterator[Callable[..., Visitor]]:
    """Return a function that makes a visitor with a fresh context; each is checked after the test.

    `script=False` turns JavaScript off; other keywords are those of `Browser.new_context`.
    """
    visitors = request.node.stash.setdefault(VISITORS, [])
    with ExitStack() as checks:

        def make(*, script: bool = True, **options: Any) -> Visitor:
            context = browser.new_context(**{"viewport": DESKTOP, **options}, java_script_enabled=script)
            context.set_default_timeout(WAIT_MS)
            visitor = Visitor(context, installation.url, script)
            visitors.append(visitor)
            checks.callback(context.close)
            checks.callback(visitor.check)
            return visitor

        yield make


@pytest.fixture
def stage(tmp_path: Path, sqlite_url: str) -> Iterator[Stage]:
    with staged(tmp_path, sqlite_url) as made:
        yield made


@pytest.fixture
def scene(browser: Browser, stage: Stage, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Yield a scene without motion; its visitor is checked after the test."""
    context = browser.new_context(viewport=DESKTOP, reduced_motion="reduce")
    context.set_default_timeout(WAIT_MS)
    visitor = Visitor(context, stage.url)
    request.node.stash[VISITORS] = [visitor]
    yield Scene(stage, visitor)
    visitor.check()
