"""Two Asterisk nodes at once: each call belongs to one, and one node's end does not touch the other's calls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from app.demo.scenarios import Press, answering
from tests.support.city import QUICK, City, Plan, running_city, until
from tests.support.nodes import Node, running_node
from tests.support.phones import HOST, Exchange, free_block, network
from tests.support.postgres import fresh_database
from tests.support.workers import FOR_PHONES

pytestmark = pytest.mark.asyncio(loop_scope="module")

POST_A = "87650001"
JOINS = answering([Press("1", 0.5)], rings=0.1)
PHONE_PORTS = 200


@dataclass(frozen=True)
class TwoNodes:
    """`city.exchange` is west's; operator op1001 has a phone there, op1002 one on the node east."""

    city: City
    east: Exchange
    east_node: Node


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TwoNodes]:
    async with AsyncExitStack() as stack:
        name = await stack.enter_async_context(fresh_database(cluster))
        plan = Plan(tmp_path_factory.mktemp("city"), cluster.dsn(name), operators=2, phones=1, ready=0)
        west = await stack.enter_async_context(running_node("west", plan))
        east = await stack.enter_async_context(running_node("east", plan))
        sections = {**west.sections, "nodes": [*west.sections["nodes"], *east.sections["nodes"]]}
        city = await stack.enter_async_context(running_city(replace(plan, sections=sections)))
        net = await stack.enter_async_context(network(east.trunk_port, (HOST, east.sip_port)))
        exchange = Exchange(plan.directory / "east-phones", net, free_block(PHONE_PORTS, FOR_PHONES))
        secret = city.secrets.get("op1002")
        await exchange.register("op1002", secret, city.operator_ports["op1002"])
        await city.trunks_up()
        yield TwoNodes(city, exchange, east)


async def test_calls_on_both_nodes_at_once_each_with_its_own_conference_and_ticket(two: TwoNodes) -> None:
    city = two.city
    in_west, in_east = "12900000001", "12900000002"
    await city.operator("op1001", "ready")
    await city.operator("op1002", "ready")
    async with AsyncExitStack() as stack:
        for exchange, operator, number in ((city.exchange, "op1001", in_west), (two.east, "op1002", in_east)):
            port = city.operator_ports[operator]
            await stack.enter_async_context(exchange.phone(operator, answering(), port=port))
            await stack.enter_async_context(exchange.duty(POST_A, JOINS))
            await stack.enter_async_context(exchange.citizen(number, dialled=QUICK, hang_up=False))
        calls = [await city.talking(number, within=40) for number in (in_west, in_east)]
        for call_id in calls:
            await city.summon(call_id)
        for call_id in calls:
            await city.in_phase(call_id, "conference")
        outcomes = [await city.hang_up(call_id) for call_id in calls]
    assert [call["node"] for call in outcomes] == ["west", "east"]
    assert [call["id"].rpartition("-")[0] for call in outcomes] == ["west", "east"]
    assert [len(call["tickets"]) for call in outcomes] == [1, 1]
    assert [call["attempts"][0]["outcome"] for call in outcomes] == ["accepted", "accepted"]
    await city.quiet()


async def test_a_node_that_dies_takes_only_its_own_calls_with_it(two: TwoNodes) -> None:
    city = two.city
    in_west, in_east = "12900000003", "12900000004"
    async with AsyncExitStack() as stack:
        for exchange, operator, number in ((city.exchange, "op1001", in_west), (two.east, "op1002", in_east)):
            port = city.operator_ports[operator]
            await stack.enter_async_context(exchange.phone(operator, answering(), port=port))
            await stack.enter_async_context(exchange.citizen(number, dialled=QUICK, hang_up=False))
        lives, dies = [await city.talking(number, within=40) for number in (in_west, in_east)]
        await two.east_node.asterisk.container.kill()

        async def reported() -> bool:
            status, answer = await city.request("GET", "/readyz")
            return status == 503 and answer["nodes"] == {"west": True, "east": False}

        await until(reported, "the lost node is reported")
        assert {p["role"] for p in (await city.live(lives))["parties"]} == {"citizen", "operator"}
        await city.post(f"/api/calls/{lives}/hold", {"on": True})
        await city.in_phase(lives, "consult")
        call = await city.hang_up(lives)
    assert len(call["tickets"]) == 1
    assert dies.startswith("east-")
