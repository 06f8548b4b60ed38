"""Every named query fits the tables that the migrations make."""

from __future__ import annotations

import pytest

from app.db.pool import Database
from app.db.queries import QUERIES


@pytest.mark.parametrize("name", sorted(QUERIES))
async def test_postgres_accepts_the_query(database: Database, name: str) -> None:
    async with database.acquire() as connection:
        assert await connection.prepare(QUERIES[name])
