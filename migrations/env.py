"""Run the migrations on the connection or URL that the caller gives."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from watcher.db.engine import open_engine
from watcher.db.schema import metadata


def _run(connection: Connection) -> None:
    # Postgres holds its locks for one migration at a time. A file is upgraded in one transaction, so that a
    # partly upgraded schema is never visible.
    embedded = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transaction_per_migration=not embedded,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    url = context.get_x_argument(as_dictionary=True).get("url", "sqlite:///watcher.db")
    with open_engine(url).connect() as opened:
        _run(opened)
