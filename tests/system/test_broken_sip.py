"""Thousands of broken SIP messages: nothing falls over, nothing is forged, and whoever calls meanwhile is served."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from tests.support.broken_sip import broken_messages
from tests.support.city import City, Plan, running_city
from tests.support.phones import HOST
from tests.support.postgres import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

# HOTLINE_SIP_SEED tries other messages than every day's.
SEED = int(os.environ.get("HOTLINE_SIP_SEED", "20261128"))
MESSAGES, AT_ONCE = 4000, 40
NOBODYS = "19999"
CALLS = 4


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    directory = tmp_path_factory.mktemp("city")
    async with fresh_database(cluster) as name, running_city(Plan(directory, cluster.dsn(name))) as running:
        yield running


async def booted(city: City) -> str:
    """When Asterisk started."""
    seconds = (await city.console("core show settings")).splitlines()
    return next(line for line in seconds if "Startup time" in line)


async def send_all(city: City, seed: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((HOST, 0))
        for number, broken in enumerate(broken_messages(seed, MESSAGES, NOBODYS, line.getsockname()[1])):
            line.sendto(broken, city.exchange.network.asterisk)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0.1)


async def test_nothing_falls_over_or_is_forged_and_good_calls_are_served_meanwhile(city: City) -> None:
    before = await booted(city)
    attack = asyncio.create_task(send_all(city, SEED))
    numbers = [f"1380000050{n}" for n in range(CALLS)]
    for number in numbers:
        async with city.conversation(number) as call_id:
            call = await city.hang_up(call_id)
        assert len(call["tickets"]) == 1
    await attack
    # One more, after all of them.
    async with city.conversation("13800000599") as call_id:
        await city.hang_up(call_id)
    await city.quiet()
    assert await booted(city) == before
    rows = await city.rows("SELECT caller FROM calls ORDER BY started_at")
    assert [row["caller"] for row in rows] == [*numbers, "13800000599"]
    kinds = {row["kind"] for row in await city.rows("SELECT DISTINCT kind FROM call_events")}
    assert kinds <= {"started", "queued", "operator-ringing", "operator-joined", "operator-left", "legs", "ended"}
