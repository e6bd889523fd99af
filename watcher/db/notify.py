"""Work signals between daemons that share a Postgres database, by its LISTEN and NOTIFY."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection, Engine, text

from watcher.db.postgres import connection_options

log = logging.getLogger(__name__)
RECONNECT_SECONDS = 1.0
_CHANNEL = "watcher"
_ANNOUNCED = "watcher announced"
_NOTIFY = text("SELECT pg_notify(:channel, :work)")


def announce_work(conn: Connection, work: str) -> None:
    """Signal every daemon on the database, once this transaction commits, that there is work.

    An embedded database has one daemon, which learns of its own writes from `take_announced`.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(_NOTIFY, {"channel": _CHANNEL, "work": work})
    else:
        conn.info.setdefault(_ANNOUNCED, set()).add(work)


def take_announced(conn: Connection) -> Iterable[str]:
    """Return the work that was announced on this connection since the last call; empty on Postgres.

    Work of a transaction that was rolled back is among it, which costs a look.
    """
    announced: Iterable[str] = conn.info.pop(_ANNOUNCED, ())
    return announced


async def listen_for_work(
    engine: Engine, on_work: Callable[[str], None], on_connect: Callable[[], None]
) -> None:
    """Call `on_work` with the name of each announced work, for ever.

    `on_connect` is called whenever listening begins, also after a break: earlier signals may be missed.
    """
    import psycopg  # noqa: PLC0415 - an extra, which an embedded database does not need

    arguments: Any = {
        **connection_options(engine.url),
        **engine.dialect.create_connect_args(engine.url)[1],
        "autocommit": True,
    }
    while True:
        try:
            conn = await psycopg.AsyncConnection.connect(**arguments)
            async with conn:
                await conn.execute(f"LISTEN {_CHANNEL}")
                on_connect()
                async for signal in conn.notifies():
                    on_work(signal.payload)
        except psycopg.Error as error:  # until it reconnects, the periodic ticks find the work
            log.info("no signals from other daemons for now: %s", " ".join(str(error).split()))
        await asyncio.sleep(RECONNECT_SECONDS)
