"""Fixtures on a real Postgres: one server for the session, a fresh migrated database for each test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from app.db.cluster import Cluster
from app.db.pool import Database, open_database
from tests.support.postgres import PostgresProxy, fresh_database, make_template, scratch_cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The session's server, with the migrated template in it."""
    with scratch_cluster() as running:
        asyncio.run(make_template(running))
        yield running


@pytest.fixture
async def database_name(cluster: Cluster) -> AsyncIterator[str]:
    async with fresh_database(cluster) as name:
        yield name


@pytest.fixture
def dsn(cluster: Cluster, database_name: str) -> str:
    """The address of a fresh, migrated, empty database."""
    return cluster.dsn(database_name)


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    """A fresh, migrated, empty database."""
    async with open_database(dsn) as opened:
        yield opened


@pytest.fixture
async def proxy(cluster: Cluster) -> AsyncIterator[PostgresProxy]:
    """A way to the server that can be cut or frozen."""
    async with PostgresProxy(cluster) as between:
        yield between
