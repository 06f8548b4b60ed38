"""`hotline serve` ends as people expect: soon without calls, after the calls with some, at once when asked twice."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from app.db.cluster import Cluster
from app.demo.scenarios import Caller, Wait, answering, citizen
from app.setup.containers import find_engine
from app.setup.telephony import container_name
from tests.support.city import QUICK, Plan
from tests.support.nodes import running_node
from tests.support.phones import free_udp_port
from tests.support.postgres import fresh_database
from tests.support.served import Served, served_city

SOON_S = 10.0


@asynccontextmanager
async def serving(cluster: Cluster, directory: Path) -> AsyncIterator[Served]:
    async with fresh_database(cluster) as name, served_city(Plan(directory, cluster.dsn(name))) as served:
        yield served


async def container_runs(served: Served) -> bool:
    engine = await find_engine()
    return await engine.container(container_name(served.city.settings)).running()


def children_of(pid: int) -> list[int]:
    """The processes that this one started and that still run."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


async def test_without_calls_ctrl_c_ends_it_soon_and_leaves_neither_process_nor_container(
    cluster: Cluster, tmp_path: Path
) -> None:
    async with serving(cluster, tmp_path) as served:
        started = children_of(served.pid)
        served.send(signal.SIGINT)
        assert await served.ended(SOON_S) == 0
        assert not await container_runs(served)
        assert alive(started) == []


async def test_with_a_call_it_takes_no_new_one_and_waits_for_the_end_of_this_one(
    cluster: Cluster, tmp_path: Path
) -> None:
    async with serving(cluster, tmp_path) as served:
        city, number = served.city, "13000000001"
        async with (
            city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"]),
            city.exchange.citizen(number, Wait(12), dialled=QUICK) as talking,
        ):
            call_id = await city.talking(number)
            served.send(signal.SIGINT)
            await asyncio.sleep(2)
            scenario = citizen(Caller("13000000002"), QUICK, [Wait(1)], hang_up=True)
            async with city.exchange.phone("refused", scenario) as refused:
                await asyncio.gather(asyncio.wait_for(refused.finished(5), 6), return_exceptions=True)
            assert served.status is None
            await talking.finished(30)
            assert await served.ended(20) == 0
        assert not await container_runs(served)
        assert len((await city.outcome(call_id))["tickets"]) == 1
        assert await city.rows("SELECT id FROM calls WHERE caller = '13000000002'") == []


async def test_a_second_ctrl_c_ends_it_at_once_and_the_call_keeps_its_ticket(cluster: Cluster, tmp_path: Path) -> None:
    async with serving(cluster, tmp_path) as served:
        city, number = served.city, "13000000003"
        async with (
            city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"]),
            city.exchange.citizen(number, dialled=QUICK, hang_up=False),
        ):
            call_id = await city.talking(number)
            served.send(signal.SIGINT)
            await asyncio.sleep(1)
            assert served.status is None
            served.send(signal.SIGINT)
            await served.ended(SOON_S)
        assert not await container_runs(served)
        await served.start()
        call = await city.outcome(call_id, within=30)
        assert len(call["tickets"]) == 1


async def test_an_asterisk_of_the_citys_own_and_its_calls_are_left_alone(cluster: Cluster, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        name = await stack.enter_async_context(fresh_database(cluster))
        plan = Plan(tmp_path, cluster.dsn(name))
        node = await stack.enter_async_context(running_node("east", plan))
        served = await stack.enter_async_context(served_city(replace(plan, sections=node.sections)))
        city, number = served.city, "13000000004"
        async with (
            city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"]) as operator,
            city.exchange.citizen(number, Wait(15), dialled=QUICK) as talking,
        ):
            call_id = await city.talking(number)
            served.send(signal.SIGINT)
            assert await served.ended(SOON_S) == 0
            assert await node.asterisk.container.running()
            await talking.finished(40)
            await operator.finished(10)
        await served.start()
        assert len((await city.outcome(call_id, within=30))["tickets"]) == 1


async def test_a_second_service_started_by_mistake_says_so_and_neither_it_nor_its_end_touches_a_call(
    cluster: Cluster, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        name = await stack.enter_async_context(fresh_database(cluster))
        plan = Plan(tmp_path, cluster.dsn(name))
        node = await stack.enter_async_context(running_node("east", plan))
        served = await stack.enter_async_context(served_city(replace(plan, sections=node.sections)))
        city, web = served.city, {**served.city.sections["web"], "port": free_udp_port()}
        async with city.conversation("13000000005") as call_id:
            status, said = await served.serve_beside(web=web)
            assert (status, "is in use by another service" in said) == (1, True), said
            status, said = await served.serve_beside(web=web, data_dir=str(tmp_path / "elsewhere"))
            assert (status, "east is driven by another service" in said) == (1, True), said
            assert (await city.live(call_id))["phase"] == "talking"
            call = await city.hang_up(call_id)
        assert len(call["tickets"]) == 1
        await served.restart()
