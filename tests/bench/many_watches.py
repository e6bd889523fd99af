"""A database with many watches, each with a month of prices, a picture and mostly an alert, for benches."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, insert, select, update

from tests.bench.queries import list_wanted
from watcher.config import load_settings
from watcher.core.times import DAY, HOUR, MINUTE, Instant
from watcher.db.migrate import upgrade_schema
from watcher.db.schema import alerts, price_points, searches, sightings, watches
from watcher.runtime import App

_VARIANTS = ("", " boxed", " used", " lot")  # of each query: people register what is similar in a row
_TAGS = ("", "", "", "cameras", "gifts", "resell", "wishlist", "flea market", "for the studio", "spare parts")
_RULES = ("below {} USD", "deal 75%", "new", "median-below {} USD", "deal 60%")
_PAUSED, _WITH_ALERT = 0.05, 0.4
_UNCHANGED = 0.4  # of the days: most asks stay for weeks, and so does their median


async def seed(home: Path, count: int, port: int) -> Path:
    """Make a database with `count` watches of the local user; return the configuration.

    Their figures differ, and none of them is due for ten minutes.
    """
    config = home / "config.toml"
    config.write_text(
        f'state_dir = "{home}"\n[database]\nurl = "sqlite:///{home}/watcher.db"\n[http]\nport = {port}\n'
        '[ebay]\nbase_url = "http://127.0.0.1:9"\nclient_id = "bench"\nclient_secret = "bench"\n'
    )
    settings = load_settings(config, {})
    upgrade_schema(settings.database_url)
    dice, now = Random(7), Instant(time.time())
    async with App.opened(settings) as app:
        for draft in _drafts(dice, count):
            await app.registry.add(draft, now)
        await app.stores.database.write(lambda connection: _fill(connection, dice, now))
    return config


def _drafts(dice: Random, count: int) -> Iterator[dict[str, Any]]:
    wanted = list_wanted(-(-count // len(_VARIANTS)))
    for number in range(count):
        base, variant = divmod(number, len(_VARIANTS))
        query = wanted[base].query + _VARIANTS[variant]
        label = query.title() if number % 2 else ""
        rule = dice.choice(_RULES).format(dice.randrange(20, 2_000))
        yield {"query": query, "rule": rule, "label": label, "tag": dice.choice(_TAGS)}


def _fill(connection: Connection, dice: Random, now: Instant) -> None:
    """Write what polls and alerts would have written."""
    for row in connection.execute(select(watches.c.id, watches.c.search_id, watches.c.user_id)).all():
        polled = {
            "polled_at": now - dice.uniform(0, HOUR),
            "due_at": now + dice.uniform(10 * MINUTE, 3 * HOUR),
        }
        connection.execute(update(searches).where(searches.c.id == row.search_id).values(**polled))
        points = list(_points(dice, row.search_id, now))
        connection.execute(insert(price_points), points)
        connection.execute(insert(sightings).values(**_sighting(dice, row.search_id, points[-1]["low"], now)))
        if dice.random() < _PAUSED:
            connection.execute(update(watches).where(watches.c.id == row.id).values(paused=True))
        elif dice.random() < _WITH_ALERT:
            made_at = now - dice.uniform(0, 20 * DAY)
            alert = {"id": f"{dice.getrandbits(80):020x}", "watch_id": row.id, "user_id": row.user_id}
            connection.execute(insert(alerts).values(**alert, made_at=made_at, receipt="{}", told=1))


def _points(dice: Random, search: int, now: Instant) -> Iterator[dict[str, Any]]:
    """Yield a point a day: the market wanders, and asks come and go."""
    median = dice.randrange(2_000, 200_000)
    for age in range(29, -1, -1):
        if dice.random() > _UNCHANGED:
            median = max(500, round(median * dice.gauss(1, 0.015)))
        low, n = round(median * dice.uniform(0.6, 0.95)), dice.randrange(5, 120)
        yield {
            "search_id": search,
            "filters": "",
            "at": now - age * DAY,
            "basis": "ask",
            "currency": "USD",
            "n": n,
            "low": low,
            "p25": round(median * 0.9),
            "median": median,
            "p75": round(median * 1.2),
            "high": median * 2,
        }


def _sighting(dice: Random, search: int, total: int, now: Instant) -> dict[str, Any]:
    return {
        "search_id": search,
        "item_id": f"v1|{dice.randrange(10**11, 10**12)}|0",
        "title": "as the query",
        "currency": "USD",
        "price": total,
        "shipping": 0,
        "image": f"https://i.ebayimg.com/images/g/{search}/s-l225.jpg",
        "first_seen": now - DAY,
        "changed_at": now - DAY,
        "seen_at": now,
    }
