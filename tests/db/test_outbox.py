"""The outbox: leases, and the outcome of deliveries."""

from __future__ import annotations

import asyncio

from tests.fakes import NOON
from tests.outbox_rows import message_states
from watcher.core.alerts import OpsNotice
from watcher.core.deliveries import IncidentPost
from watcher.core.monitoring.incidents import Incident
from watcher.core.times import MINUTE, Instant
from watcher.db.stores import Stores


async def post(stores: Stores, name: str = "a", to: str = "slack") -> None:
    notice = OpsNotice(name, "firing", "ebay", "outage", NOON, NOON, "eBay: no answer")
    incident = Incident(name, "ebay", "outage", NOON, NOON, NOON, NOON)
    await stores.incidents.move_incident(None, incident, IncidentPost(to, notice))


async def test_two_simultaneous_leases_never_share_a_message(stores: Stores) -> None:
    await post(stores)
    outbox = stores.outbox
    one, other = await asyncio.gather(
        *(outbox.lease_deliveries(NOON, 9, name, MINUTE, ()) for name in ("one", "other"))
    )
    assert (len(one), len(other)) == (1, 0)
    assert one[0].lease == "one"


async def test_an_expired_lease_cannot_change_its_message(stores: Stores) -> None:
    await post(stores)
    outbox, later = stores.outbox, Instant(NOON + MINUTE)
    (late,) = await outbox.lease_deliveries(NOON, 9, "slow", MINUTE, ())
    (own,) = await outbox.lease_deliveries(later, 9, "next", MINUTE, ())
    await outbox.dead_letter(late, later, "SLACK_REFUSED", "refused")
    await outbox.postpone(late, Instant(later + 99), "SLACK_TIMEOUT", "busy")
    await outbox.release([late])
    assert outbox.count_unsent() == {"pending": 1}
    await outbox.mark_sent(own, later)
    assert message_states(stores) == {"sent": 1}


async def test_oldest_pending_is_when_the_oldest_unsent_message_was_made(stores: Stores) -> None:
    assert stores.outbox.oldest_pending() is None
    await post(stores)
    assert stores.outbox.oldest_pending() == NOON
    (held,) = await stores.outbox.lease_deliveries(NOON, 9, "us", MINUTE, ())
    await stores.outbox.mark_sent(held, NOON)
    assert stores.outbox.oldest_pending() is None
