"""Asking the markets: once more where an answer is doubted, the backup where eBay fails."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Ask, Snapshot
from watcher.core.marketplaces import currency_of
from watcher.core.resilience.plausibility import Doubt, KnownPrices, find_doubt
from watcher.core.times import Seconds
from watcher.ports import ListingSource, Meter

log = logging.getLogger(__name__)


def doubted(known: KnownPrices, snapshot: Snapshot, ask: Ask, meter: Meter) -> Doubt | None:
    """Why an answer to `ask` is doubted after what was `known`; counted and said."""
    reason = find_doubt(known, snapshot, currency_of(ask.marketplace))
    if reason:
        meter.count(f"suspicious.{reason}")
        log.warning(
            "an answer is doubted",
            extra={"query": ask.query, "doubt": reason, "listings": len(snapshot.listings)},
        )
    return reason


async def ask_surely(
    read: Callable[[], Awaitable[Snapshot]], api: Api, ask: Ask, known: KnownPrices, meter: Meter
) -> Snapshot:
    """The answer to `ask`; a doubted one is read a second time and believed only if that one is like it.

    Raises CallFailed, MALFORMED where two reads do not agree or cannot both be true.
    """
    snapshot = await read()
    reason = doubted(known, snapshot, ask, meter)
    if reason is None:
        return snapshot
    second = await read()
    again = doubted(known, second, ask, meter)
    if again is None or (again is reason and reason.can_be_true):
        return second
    raise CallFailed(api, Kind.MALFORMED, f"an answer that cannot be believed: {again}")


async def ask_backup(
    backup: ListingSource | None,
    ask: Ask,
    known: KnownPrices,
    error: CallFailed,
    meter: Meter,
    *,
    within: Seconds | None = None,
) -> Snapshot:
    """The backup's answer where eBay failed with `error`; `within`: the seconds that somebody still waits.

    Raises that error where there is no backup, where it fails too, where what it says is doubted (a second
    read would cost a second search), and where our own question was at fault.
    """
    if backup is None or error.caller_caused:
        raise error
    try:
        snapshot = await backup.search(ask, interactive=within is not None, within=within)
    except CallFailed as second:
        log.warning("the backup failed too", extra={"code": second.code, "why": second.detail})
        raise error from second
    if doubted(known, snapshot, ask, meter):
        raise error
    meter.count("fallback")
    log.info("eBay failed; the backup answered", extra={"query": ask.query, "code": error.code})
    return snapshot
