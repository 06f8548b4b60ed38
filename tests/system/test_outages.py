"""Postgres or the manager connection goes away in the middle of calls: the calls go on, and nothing of them is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from app.demo.scenarios import Press, Wait, answering
from tests.support.city import QUICK, City, Plan, running_city, until
from tests.support.cut import Cable, cable
from tests.support.nodes import running_node
from tests.support.postgres import fresh_database, make_template, scratch_cluster
from tests.system.asterisk_fixture import free_ports

pytestmark = pytest.mark.asyncio(loop_scope="module")

POST_A = "87650001"
JOINS = answering([Press("1", 0.5)], rings=0.1)
OUTAGE_S = 30.0
# Longer than the pool needs to notice, shorter than the half minute above.
SHORT_S = 3.0


@dataclass(frozen=True)
class Fragile:
    """A city of which the database and the manager connection can be taken away."""

    city: City
    postgres: Cluster
    manager: Cable

    async def stop_postgres(self) -> None:
        await asyncio.to_thread(self.postgres.stop)

    async def start_postgres(self) -> None:
        await asyncio.to_thread(self.postgres.start)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fragile(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fragile]:
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(scratch_cluster())
        await make_template(postgres)
        name = await stack.enter_async_context(fresh_database(postgres))
        [seen_at] = free_ports(1)
        plan = Plan(tmp_path_factory.mktemp("city"), postgres.dsn(name))
        node = await stack.enter_async_context(running_node("west", plan, seen_at=seen_at))
        manager = await stack.enter_async_context(cable(seen_at, node.asterisk.settings.ami.port))
        city = await stack.enter_async_context(running_city(replace(plan, sections=node.sections)))
        await city.trunks_up()
        yield Fragile(city, postgres, manager)


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _left_quiet(fragile: Fragile) -> AsyncIterator[None]:
    async with fragile.city.left_quiet():
        yield


@pytest.mark.parametrize("seconds", [SHORT_S, OUTAGE_S])
async def test_postgres_stopped_across_a_hangup_costs_nothing(fragile: Fragile, seconds: float) -> None:
    city, number = fragile.city, f"133{round(seconds):08d}"
    async with (
        city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"], calls=2),
        city.exchange.citizen(number, Press("2", 1.0), Wait(12)) as citizen,
    ):
        call_id = await city.talking(number)
        await fragile.stop_postgres()
        try:
            async with asyncio.timeout(seconds + 60):
                await citizen.finished(60)
                # A whole call while there is no database.
                async with city.exchange.citizen(f"{number[:-1]}9", Wait(4), dialled=QUICK) as second:
                    await second.finished(60)
                await asyncio.sleep(seconds)
        finally:
            await fragile.start_postgres()
        for caller, keys in ((number, ["2"]), (f"{number[:-1]}9", [])):
            call = await city.outcome(await city.call_from(caller), within=30)
            [ticket] = call["tickets"]
            assert (call["keys"], ticket["operator_id"]) == (keys, "op1001")
    kinds = [event["kind"] for event in await city.events(call_id)]
    assert kinds == list(dict.fromkeys(kinds))
    assert {"started", "key", "queued", "operator-joined", "operator-left", "legs", "ended"} <= set(kinds)


async def test_the_manager_connection_cut_in_mid_call_what_happened_meanwhile_is_learned(fragile: Fragile) -> None:
    city, number = fragile.city, "13300000101"
    leaves = answering([Press("1", 0.5), Wait(4)], rings=0.1, hang_up=True)
    async with city.exchange.duty(POST_A, leaves) as duty, city.conversation(number) as call_id:
        unit = await city.summon(call_id)
        # They have been moved there: a cut in the middle of the move is another story (test_walks).
        await until(lambda: _all_in_the_room(city, call_id), "all three are in the conference")
        await fragile.manager.cut()
        await duty.finished(30)
        await fragile.manager.plug()
        await city.event(call_id, "unit-left", attempt=unit)
        live = await city.in_phase(call_id, "conference")
        assert {party["role"] for party in live["parties"]} == {"citizen", "operator"}
        call = await city.hang_up(call_id)
    assert (len(call["tickets"]), [a["outcome"] for a in call["attempts"]]) == (1, ["accepted"])


async def _all_in_the_room(city: City, call_id: str) -> bool:
    parties = (await city.live(call_id)).get("parties", ())
    return len([party for party in parties if party["in_conference"]]) == 3


async def test_a_whole_call_while_the_manager_connection_is_cut_gets_its_ticket(fragile: Fragile) -> None:
    city, number = fragile.city, "13300000102"
    await fragile.manager.cut()
    try:
        await asyncio.sleep(6)
        async with (
            city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"]),
            city.exchange.citizen(number, Press("3", 2.0), Wait(8)) as citizen,
        ):
            await citizen.finished(60)
    finally:
        await fragile.manager.plug()
    call = await city.outcome(await city.call_from(number), within=30)
    assert (call["keys"], call["category"], len(call["tickets"])) == (["3"], "complaint", 1)


async def test_a_call_in_the_menu_goes_on_when_the_connection_comes_back(fragile: Fragile) -> None:
    city, number = fragile.city, "13300000103"
    async with (
        city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"]),
        city.exchange.citizen(number, hang_up=False),
    ):
        call_id = await city.call_from(number)
        await fragile.manager.cut()
        await asyncio.sleep(1)
        await fragile.manager.plug()
        await city.in_phase(call_id, "talking", within=60)
        call = await city.hang_up(call_id)
    assert len(call["tickets"]) == 1
    assert await until(lambda: city.events(call_id, "queued"), "it was queued")


async def _rung(city: City, number: str) -> bool:
    return number in city.exchange.network.dialled


async def test_whom_the_hotline_calls_answers_while_the_manager_connection_is_cut(fragile: Fragile) -> None:
    city, number = fragile.city, "13300000104"
    async with (
        city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"]),
        city.exchange.duty(number, answering([Wait(14)], rings=2, hang_up=True)),
    ):
        call_id = await city.call_out(number)
        await until(lambda: _rung(city, number), "it rings there")
        await fragile.manager.cut()
        await asyncio.sleep(6)
        await fragile.manager.plug()
        live = await city.in_phase(call_id, "conference", 30)
        assert {party["role"] for party in live["parties"]} == {"citizen", "operator"}
        call = await city.outcome(call_id, within=60)
    assert (call["reached"], city.exchange.network.dialled.count(number)) == ("person", 1)


async def test_the_asker_answers_while_the_manager_connection_is_cut_and_then_it_rings_at_the_far_end(
    fragile: Fragile,
) -> None:
    city, number = fragile.city, "13300000105"
    async with (
        city.exchange.phone("op1001", answering(rings=1.5), port=city.operator_ports["op1001"]),
        city.exchange.duty(number, answering([Wait(8)], hang_up=True)),
    ):
        call_id = await city.call_out(number)
        await fragile.manager.cut()
        await asyncio.sleep(4)
        assert not await _rung(city, number)
        await fragile.manager.plug()
        await city.event(call_id, "citizen-joined", 30)
        call = await city.outcome(call_id, within=60)
    assert (call["reached"], city.exchange.network.dialled.count(number)) == ("person", 1)


async def test_postgres_stopped_while_the_hotline_calls_costs_nothing(fragile: Fragile) -> None:
    city, number = fragile.city, "13300000106"
    async with (
        city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"]) as asker,
        city.exchange.duty(number, answering([Wait(8)], rings=1, hang_up=True)) as far,
    ):
        call_id = await city.call_out(number)
        await fragile.stop_postgres()
        try:
            await far.finished(60)
            await asker.finished(60)
        finally:
            await fragile.start_postgres()
        call = await city.outcome(call_id, within=60)
    assert (call["outcome"], call["reached"], call["reason"]) == ("conversation", "person", "inform")
    assert city.exchange.network.dialled.count(number) == 1
