"""Hears what other processes on a shared database have made to do: Postgres's LISTEN."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine

from watcher.db.engine import CHANNEL, postgres_line

log = logging.getLogger(__name__)
RECONNECT_SECONDS = 1.0


async def listen_for_work(engine: Engine, ring: Callable[[str], None], lost: Callable[[], None]) -> None:
    """Call `ring` with the name of the work that any process announced, for ever.

    `lost` is called when it begins to hear, also after a break: what was announced before is unknown.
    """
    import psycopg  # noqa: PLC0415 - an extra, which an embedded database does not need

    arguments: Any = {
        **postgres_line(engine.url),
        **engine.dialect.create_connect_args(engine.url)[1],
        "autocommit": True,
    }
    while True:
        try:
            conn = await psycopg.AsyncConnection.connect(**arguments)
            async with conn:
                await conn.execute(f"LISTEN {CHANNEL}")
                lost()
                async for heard in conn.notifies():
                    ring(heard.payload)
        except psycopg.Error as error:  # the ticks find what there is to do meanwhile
            log.info("not hearing other daemons for now: %s", " ".join(str(error).split()))
        await asyncio.sleep(RECONNECT_SECONDS)
