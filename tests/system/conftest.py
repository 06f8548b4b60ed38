"""Fixtures of the system tests: one Postgres server for the session, databases copied from a migrated template."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from app.db.cluster import Cluster
from tests.support.postgres import make_template, scratch_cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The session's server, with the migrated template in it."""
    with scratch_cluster() as running:
        asyncio.run(make_template(running))
        yield running
