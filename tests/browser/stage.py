"""An app in this process, whose clock, market and database a test controls, served to a browser."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from tests.fakes import FakeClock
from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.web.clients import opened_app, session_of
from tests.web.conftest import config_of
from watcher.adapters.host.sockets import open_sockets
from watcher.adapters.host.web_server import serving
from watcher.core.alerts import Alert
from watcher.core.resilience.token_buckets import TokenBuckets
from watcher.core.times import Seconds
from watcher.core.watch import WatchId
from watcher.demo.browse import SEARCH
from watcher.demo.vision import OPENAI_KEY, OPENAI_MODEL, OPENAI_ROOT
from watcher.runtime import App
from watcher.runtime.http_server import web_dependencies
from watcher.web.access.auth import revalidate
from watcher.web.api import build_api
from watcher.web.dependencies import WebDependencies

T = TypeVar("T")
OWNER, QUERY = "owner", "zenitar mk2"
DOUBTFUL_QUERY = "ipad mini 4 128gb"
_WAIT_SECONDS = 30.0
_SERVICES = """
[slack]
watch_webhook_url = "{url}/slack/services/watches"
[openai]
base_url = "{url}{openai}"
api_key = "{key}"
model = "{model}"
price_in = 1.0
price_out = 1.0
reader = "doubtful"
"""


@dataclass
class Stage:
    """The app runs on a loop in a thread of its own; `do` runs a coroutine there and returns its result."""

    app: App
    web: WebDependencies
    clock: FakeClock
    goods: Scripted
    market: MarketServer
    url: str
    loop: asyncio.AbstractEventLoop

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(_WAIT_SECONDS)

    def item(self, number: int, title: str, price: str, shipping: str | None = "0.00", **more: Any) -> Any:
        """Return an item summary whose picture this market has, so that nothing leaves the machine."""
        picture = {"imageUrl": f"{self.market.url}/images/g/p{number}/s-l225.jpg"}
        return summary(str(number), title, price, shipping, image=picture, **more)

    def put_goods(self, query: str = QUERY, title: str = "Zenitar mk2 camera") -> None:
        """Offer eight of the item and a strap."""
        items = [self.item(n, f"{title} {n}", f"{40 + n}.00") for n in range(1, 8)]
        items.append(self.item(8, f"{title} 8", "55.00", None))
        self.goods.put(query, *items, self.item(90, f"Strap for {title}", "9.00"))

    def put_doubtful_goods(self) -> None:
        """Offer six of the item, one that only its specifics tell, and four that may or may not be it.

        The AI reader says yes of one of them, and is unsure of the others.
        """
        sure = "Apple iPad Mini 4 128GB tablet"
        items = [
            self.item(n, f"{sure} {('gold', 'gray', 'silver')[n % 3]}", f"{150 + n}.00") for n in range(6)
        ]
        aspects = [{"name": "Storage Capacity", "value": "128 GB"}]
        items.append(self.item(20, "Apple iPad Mini 4 tablet", "120.00", localizedAspects=aspects))
        doubtful = (
            "Apple iPad Mini 4 tablet silver",
            f"{sure} lomo gravita",
            f"{sure} box style",
            f"{sure} sheriff quartz",
        )
        items += [self.item(21 + n, title, f"{125 + n}.00") for n, title in enumerate(doubtful)]
        self.goods.judged[doubtful[-1]] = True
        self.goods.put(DOUBTFUL_QUERY, *items)

    def watch(self, user: str = OWNER, **draft: str) -> WatchId:
        """Register a watch that alerts on the two cheapest items of `put_goods`."""
        made = self.do(
            self.app.registry.add({"query": QUERY, "below": "43", "user": user, **draft}, self.clock.now())
        )
        return made.id

    def poll(self, after: float = 0.0) -> None:
        """Move the clock and poll what is due."""

        async def run() -> None:
            await self.app.poller.tick(self.clock.move(after))
            await self.app.poller.settle()

        self.do(run())

    def execute(self, *statements: Any) -> None:
        """Run statements in one transaction."""

        def run(connection: Any) -> None:
            for statement in statements:
                connection.execute(statement)

        async def write() -> None:
            await self.app.stores.database.write(run)

        self.do(write())

    def alerts(self, user: str = OWNER) -> list[Alert]:
        """Return the alerts of a user, the newest first."""
        return [row.alert for row in self.app.stores.alerts.latest(100, user=user)]

    def session(self, user: str = OWNER, *, admin: bool = True) -> str:
        """Sign a person in; return the session's id for its cookie."""
        return self.do(session_of(self.app, user, admin=admin))[1]

    def end_market(self) -> None:
        """Let every search fail."""
        self.market.faults.append(Fault(FaultKind.STATUS, path=SEARCH))

    def spend_requests(self) -> None:
        """Use up the requests of every session that was seen."""
        buckets, now = self.web.requests, self.loop.time()
        assert isinstance(buckets, TokenBuckets)
        for key in list(buckets._full_at):
            while not buckets.take(key, now):
                pass


@contextmanager
def staged(folder: Path, database: str) -> Iterator[Stage]:
    """Yield a stage whose database, at this address, is empty."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="stage")
    thread.start()
    stack = AsyncExitStack()
    try:
        made = asyncio.run_coroutine_threadsafe(_open(stack, folder, database), loop)
        yield made.result(_WAIT_SECONDS)
    finally:
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(_WAIT_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _open(stack: AsyncExitStack, folder: Path, database: str) -> Stage:
    clock, goods = FakeClock(), Scripted()
    market = await stack.enter_async_context(MarketServer(goods, clock=clock.now))
    config = folder / "config.toml"
    patient = config_of(folder, database, market.url).replace('"1s"', '"9s"').replace('"2s"', '"20s"')
    config.write_text(
        patient + _SERVICES.format(url=market.url, openai=OPENAI_ROOT, key=OPENAI_KEY, model=OPENAI_MODEL)
    )
    app = await stack.enter_async_context(opened_app(config, clock))
    sockets, ended = stack.enter_context(open_sockets("localhost", 0)), asyncio.Event()
    web = web_dependencies(app, lambda: "", keep=Seconds(0.0))
    await stack.enter_async_context(serving(build_api(web), sockets, lambda *_: b"", ended))
    await stack.enter_async_context(app.events.running(partial(revalidate, web), ended))
    stack.callback(ended.set)
    url = f"http://localhost:{sockets[0].getsockname()[1]}"
    return Stage(app, web, clock, goods, market, url, asyncio.get_running_loop())
