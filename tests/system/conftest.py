"""Fixtures of the system tests: one Postgres server for the session, and no task of a service that dies unnoticed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from app.db.cluster import Cluster
from tests.support.postgres import make_template, scratch_cluster

# asyncio's words (TaskGroup) for a task that failed when the task which began the group is over, as a fixture's is.
_DIED = "has errored out but its parent task"


@pytest.fixture(autouse=True)
def _no_task_of_the_service_died(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A service that runs in a fixture outlives the death of one of its tasks; anywhere else it would have ended."""
    yield
    died = [record for record in caplog.get_records("call") if _DIED in record.getMessage()]
    assert not died, "\n".join(str(record.exc_info) for record in died)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The session's server, with the migrated template in it."""
    with scratch_cluster() as running:
        asyncio.run(make_template(running))
        yield running
