"""The three-party call over HTTP: units brought in, muted, dropped, consulted; who leaves and who goes on talking."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from app.demo.scenarios import Press, Wait, answering, refusing, silent
from tests.support.city import City, Plan, running_city
from tests.support.postgres import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

POST_A, POST_B, LEADER = "87650001", "87650002", "87650003"
JOINS = answering([Press("1", 1.0)], rings=0.2)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with fresh_database(cluster) as name:
        plan = Plan(tmp_path_factory.mktemp("city"), cluster.dsn(name), operators=2)
        async with running_city(plan) as running:
            yield running


async def test_a_unit_that_presses_1_joins_citizen_and_operator(city: City) -> None:
    number = "13800000001"
    async with (
        city.exchange.phone("operator", answering(), port=city.operator_ports["op1001"]),
        city.exchange.duty(POST_A, JOINS),
        city.exchange.citizen(number, Press("4", 1.0), Wait(20)) as citizen,
    ):
        call_id = await city.talking(number)
        asked = await city.post(f"/api/calls/{call_id}/parties", {"unit_id": "water", "mode": "join"})
        live = await city.in_phase(call_id, "conference")
        await city.event(call_id, "unit-joined", attempt=asked["party_id"])
        assert {party["role"] for party in live["parties"]} == {"citizen", "operator", "unit"}
        await city.post(f"/api/calls/{call_id}/hangup")
        call = await city.outcome(call_id)
    assert [ticket["category"] for ticket in call["tickets"]] == ["help_public"]
    assert [attempt["outcome"] for attempt in call["attempts"]] == ["accepted"]
    await city.quiet()
