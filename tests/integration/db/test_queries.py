"""Every named query fits the tables that the migrations make."""

from __future__ import annotations

import asyncpg

from app.db.pool import Database
from app.db.queries import QUERIES


async def test_postgres_accepts_every_query(database: Database) -> None:
    refused: dict[str, str] = {}
    async with database.acquire() as connection:
        for name, sql in QUERIES.items():
            try:
                await connection.prepare(sql)
            except asyncpg.PostgresError as error:
                refused[name] = str(error)
    assert refused == {}
