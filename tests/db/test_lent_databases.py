"""The test fixtures reuse Postgres databases; a reused one must be like a new one."""

from __future__ import annotations

import pytest

from tests.postgres import Cluster

ADD = "INSERT INTO api_calls (at, api, seconds, counts, daemon, refused) VALUES (0, '', 0, true, '', false)"


def test_a_used_database_is_emptied_before_it_is_lent_again(cluster: Cluster, postgres_template: str) -> None:
    name = cluster.lend(postgres_template)
    cluster.execute(ADD, name)
    cluster.take_back(name)
    assert cluster.lend(postgres_template) == name
    assert cluster.execute("SELECT id FROM api_calls", name) == []
    assert cluster.execute(f"{ADD} RETURNING id", name) == [(1,)]
    cluster.take_back(name)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE watches ADD COLUMN note text",
        "UPDATE alembic_version SET version_num = 'next'",
        "DROP TABLE alembic_version",
    ],
)
def test_a_database_with_a_changed_schema_is_not_lent_again(
    cluster: Cluster, postgres_template: str, change: str
) -> None:
    name = cluster.lend(postgres_template)
    cluster.execute(change, name)
    cluster.take_back(name)
    assert cluster.execute(f"SELECT FROM pg_database WHERE datname = '{name}'") == []
