"""The life of a subscription through webhooks that come in order, twice, reordered, late, or never."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import Connection, delete, update

from tests.accounts.shop import FAILS_LATER, GOOD_CARD, Shop, open_shop, shuffled
from tests.fakes import FakeClock
from tests.market.faults import Fault, FaultKind
from watcher.core.times import DAY, MINUTE
from watcher.db.schema import checkouts, stripe_events, subscriptions

# What is done, and the plan, Stripe's status, and how many of four watches run and wait for a better plan.
STORIES = """
nothing                                                             free    -        1 3
click                                                               free    -        1 3
buy                                                                 free    -        1 3
buy send                                                            hunter  active   3 1
buy send resend resend                                              hunter  active   3 1
buy reversed                                                        hunter  active   3 1
buy first                                                           hunter  active   3 1
buy last                                                            hunter  active   3 1
buy minutes job                                                     hunter  active   3 1
buy down send                                                       hunter  active   3 1
buy down last                                                       free    -        1 3
buy down last up job                                                hunter  active   3 1
buy-dealer send                                                     dealer  active   4 0
buy send failing month send                                         hunter  past_due 3 1
buy send failing month reversed                                     hunter  past_due 3 1
buy send failing month                                              hunter  active   3 1
buy send failing month job                                          hunter  past_due 3 1
buy send failing month send days job                                hunter  past_due 3 1
buy send failing month send days days job                           free    past_due 1 3
buy send failing month send down days days job                      hunter  past_due 3 1
buy send failing month send down days days job up job               hunter  past_due 3 1
buy send failing month send down days days job up hour job          free    past_due 1 3
buy send failing month send days days job paying send               hunter  active   3 1
buy send failing month send paying reversed                         hunter  active   3 1
buy send failing month send month send                              free    canceled 1 3
buy send failing month send month reversed                          free    canceled 1 3
buy send failing month send month last                              free    canceled 1 3
buy send failing month send month job                               free    canceled 1 3
buy send cancel send                                                hunter  active   3 1
buy send cancel send month                                          hunter  active   3 1
buy send cancel send month send                                     free    canceled 1 3
buy send cancel month reversed                                      free    canceled 1 3
buy send cancel month job resend                                    free    canceled 1 3
buy send cancel resume reversed month job                           hunter  active   3 1
buy send cancel send month send buy send                            hunter  active   3 1
buy send cancel send month send buy reversed resend                 hunter  active   3 1
buy send change send                                                dealer  active   4 0
buy send change resend                                              dealer  active   4 0
buy send end-now send                                               free    canceled 1 3
buy send end-now down send                                          hunter  active   3 1
buy send month send end-now send                                    free    canceled 1 3
buy send month hour send hour end-now down send                     free    canceled 1 3
click day job                                                       free    -        1 3
"""


class Story:
    """The steps of a story, by their names in the table."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.sent = shop, 0

    async def run(self, steps: str) -> None:
        for step in steps.split():
            await self.do(step)

    async def do(self, step: str) -> None:
        shop, billing = self.shop, self.shop.stripe.billing
        waits = {"minutes": 11 * MINUTE, "hour": 60 * MINUTE, "day": DAY, "days": 4 * DAY, "month": 32 * DAY}
        now = int(shop.now)
        acts: dict[str, Callable[[], object]] = {
            "nothing": lambda: None,
            "down": lambda: shop.server.faults.append(Fault(FaultKind.RESET, "/stripe/v1")),
            "up": shop.server.faults.clear,
            "failing": lambda: shop.stripe.change_card(self.customer, FAILS_LATER),
            "paying": lambda: shop.stripe.change_card(self.customer, GOOD_CARD),
            "cancel": lambda: billing.cancel_later(shop.stripe.subscription_of(self.customer), now),
            "resume": lambda: billing.resume(shop.stripe.subscription_of(self.customer), now),
            "end-now": lambda: billing.cancel_now(shop.stripe.subscription_of(self.customer), now),
            "change": lambda: billing.change_price(
                shop.stripe.subscription_of(self.customer), shop.stripe.state.objects["price_dealer"], now
            ),
        }
        if step in waits:
            shop.pass_time(waits[step])
        elif step in acts:
            acts[step]()
        elif step.startswith("buy") or step == "click":
            url = await shop.click("dealer" if step == "buy-dealer" else "hunter")
            if step != "click":
                shop.pay(url)
        elif step == "job":
            await shop.settle()
        else:
            await self.send(step)

    @property
    def customer(self) -> str:
        stored = self.shop.stored()
        assert stored is not None
        return stored.customer

    async def send(self, how: str) -> None:
        """Deliver the events since the last time, or all of them again."""
        events = self.shop.events()
        new, self.sent = events[self.sent :], len(events)
        chosen = {
            "send": new,
            "reversed": new[::-1],
            "resend": events,
            "first": new[:1],
            "last": new[-1:],
        }
        await self.shop.deliver(*chosen[how])


async def forget(shop: Shop) -> None:
    """Make the database what it was before the first event."""
    stored = shop.stored()
    assert stored is not None
    blank = {"subscription": "", "status": "", "price": "", "changed_at": 0.0, "confirmed_at": 0.0}
    times = dict.fromkeys(("paid_until", "ends_at", "unpaid_since", "check_at"))

    def run(conn: Connection) -> None:
        conn.execute(update(subscriptions).values(**blank, **times))
        conn.execute(update(checkouts).values(state="open"))
        conn.execute(delete(stripe_events))

    await shop.stores.database.write(run)


async def make_due(shop: Shop) -> None:
    """Let the job look at everything, as it does every day."""
    due = update(subscriptions).values(check_at=shop.now)
    await shop.stores.database.write(lambda conn: conn.execute(due))


@pytest.fixture
async def shop(database_url: str, clock: FakeClock) -> AsyncIterator[Shop]:
    async with open_shop(database_url, clock) as opened:
        await opened.add_person()
        yield opened


HISTORIES = (
    "buy",
    "buy failing month",
    "buy failing month paying",
    "buy failing month month",
    "buy cancel resume hour change",
    "buy cancel month buy-dealer",
)


@pytest.mark.parametrize("history", HISTORIES)
async def test_any_order_and_repetition_ends_in_the_same_state(
    sqlite_url: str, clock: FakeClock, history: str
) -> None:
    """Whatever part of the events has come, in whatever order: a look at Stripe makes up for it."""
    states = set()
    async with open_shop(sqlite_url, clock) as shop:
        await shop.add_person()
        await Story(shop).run(history)
        events = shop.events()
        for seed in range(4):
            dealt = shuffled(events, seed)
            await forget(shop)
            await shop.deliver(*dealt[: len(dealt) if seed % 2 else len(dealt) // 2])
            shop.clock.move(MINUTE)
            await make_due(shop)
            await shop.settle()
            states.add(shop.seen())
    assert len(states) == 1


@pytest.mark.parametrize("story", STORIES.strip().splitlines(), ids=lambda line: " ".join(line.split()[:-4]))
async def test_each_story_ends_as_in_the_table(shop: Shop, story: str) -> None:
    *steps, plan, status, active, over_plan = story.split()
    await Story(shop).run(" ".join(steps))
    seen = shop.seen()
    found = (seen.plan, seen.status or "-", str(seen.active), str(seen.over_plan))
    assert found == (plan, status, active, over_plan)
    assert len(shop.living()) <= 1
