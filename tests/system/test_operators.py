"""Operators over HTTP: ready, paused, away, ringing, talking, wrapping up; passed over when they do not answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from click.testing import CliRunner

from app.cli import main
from app.db.cluster import Cluster
from app.demo.scenarios import Wait, answering, silent
from tests.support.city import QUICK, City, Plan, running_city, until
from tests.support.postgres import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRAP_UP_S = 4


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with fresh_database(cluster) as name:
        plan = Plan(
            tmp_path_factory.mktemp("city"),
            cluster.dsn(name),
            operators=2,
            ready=0,
            sections={"queue": {"wrapup_seconds": WRAP_UP_S, "ring_seconds": 3}},
        )
        async with running_city(plan) as running:
            yield running


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _left_quiet(city: City) -> AsyncIterator[None]:
    async with city.left_quiet():
        yield
    for operator in city.operator_ports:
        await city.operator(operator, "away")


async def in_state(city: City, operator: str, state: str) -> None:
    """Wait until the operator is in this state."""

    async def there() -> bool:
        return await city.operator_state(operator) == state

    await until(there, f"{operator} is {state}")


async def test_an_operator_becomes_ready_pauses_with_a_reason_and_leaves(city: City) -> None:
    for state in ("ready", "paused", "ready"):
        await city.operator("op1001", state, "吃饭" if state == "paused" else "")
        await in_state(city, "op1001", state)
    await city.operator("op1001", "paused", "吃饭")
    await in_state(city, "op1001", "paused")
    assert (await city.get("/api/operators/op1001/state"))["reason"] == "吃饭"
    await city.operator("op1001", "away")
    await in_state(city, "op1001", "offline")


async def test_two_clicks_at_the_same_moment_make_an_operator_ready_once(city: City) -> None:
    path = "/api/operators/op1001/state"
    answers = await asyncio.gather(*(city.request("PUT", path, {"state": "ready"}) for _ in range(4)))
    assert [status for status, _ in answers] == [200] * 4, answers
    await in_state(city, "op1001", "ready")


async def test_a_pause_without_a_reason_and_an_unknown_operator_are_refused(city: City) -> None:
    status, _ = await city.request("PUT", "/api/operators/op1001/state", {"state": "paused"})
    assert status == 422
    status, _ = await city.request("PUT", "/api/operators/op9999/state", {"state": "ready"})
    assert status == 404


async def test_the_states_of_a_call_are_shown_and_wrapping_up_keeps_the_next_caller_waiting(city: City) -> None:
    first, second = "13400000001", "13400000002"
    await city.operator("op1001", "ready")
    async with city.exchange.phone("op1001", answering(rings=1.5), port=city.operator_ports["op1001"], calls=2):
        async with city.exchange.citizen(first, dialled=QUICK, hang_up=False):
            await in_state(city, "op1001", "ringing")
            await in_state(city, "op1001", "talking")
            call_id = await city.talking(first)
            ended = await city.hang_up(call_id)
        await in_state(city, "op1001", "wrap-up")
        async with city.exchange.citizen(second, dialled=QUICK, hang_up=False):
            next_id = await city.talking(second)
            rang = (await city.event(next_id, "operator-ringing"))["at"]
            await city.hang_up(next_id)
    assert (rang - ended["ended_at"]).total_seconds() >= WRAP_UP_S - 1


async def test_an_operator_who_does_not_answer_is_passed_over_and_after_three_times_paused(city: City) -> None:
    number = "13400000003"
    await city.operator("op1001", "ready")
    async with (
        city.exchange.phone("op1001", silent(), port=city.operator_ports["op1001"], calls=3),
        city.exchange.phone("op1002", answering(), port=city.operator_ports["op1002"]),
        city.exchange.citizen(number, dialled=QUICK, hang_up=False),
    ):
        call_id = await city.call_from(number)
        await in_state(city, "op1001", "paused")
        assert (await city.get("/api/operators/op1001/state"))["reason"] == "no-answer"
        assert (await city.live(call_id))["state"] == "queued"
        await city.operator("op1002", "ready")
        await city.in_phase(call_id, "talking")
        call = await city.hang_up(call_id)
    missed = await city.events(call_id, "operator-no-answer")
    assert [event["data"]["operator"] for event in missed] == ["op1001"] * 3
    assert [ticket["operator_id"] for ticket in call["tickets"]] == ["op1002"]


async def test_a_paused_operator_gets_no_call(city: City) -> None:
    number = "13400000004"
    await city.operator("op1001", "paused", "培训")
    async with (
        city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"]),
        city.exchange.citizen(number, dialled=QUICK, hang_up=False),
    ):
        call_id = await city.call_from(number)
        await city.event(call_id, "queued")
        [waiting] = (await city.get("/api/queue"))["waiting"]
        assert (waiting["call_id"], waiting["position"]) == (call_id, 1)
        assert await city.events(call_id, "operator-ringing") == []
        await city.operator("op1001", "ready")
        await city.in_phase(call_id, "talking")
        await city.hang_up(call_id)


async def test_changes_are_told_on_the_live_feed(city: City) -> None:
    number = "13400000005"
    topics: set[str] = set()
    await city.operator("op1001", "ready")
    async with (
        city.http.ws_connect("/api/live?after=") as feed,
        city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"]),
        city.exchange.citizen(number, Wait(2), dialled=QUICK),
    ):

        async def told() -> bool:
            message = await feed.receive(timeout=10)
            if message.type is aiohttp.WSMsgType.TEXT:
                topics.add(message.json().get("topic", ""))
            return {"calls", "operators", "tickets"} <= topics

        await until(told, "calls, operators and the ticket are told", 30)


async def test_operators_and_queues_are_added_and_changed_at_the_command_line_while_calls_run(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(city.settings.data_dir))
    monkeypatch.setenv("HOTLINE_WEB__PORT", str(city.settings.web.port))

    async def hotline(*arguments: str, status: int = 0) -> str:
        result = await asyncio.to_thread(CliRunner().invoke, main, arguments)
        assert result.exit_code == status, result.output
        return str(result.output)

    await city.operator("op1001", "ready")
    async with city.conversation("13800000061") as call_id:
        assert "password" in await hotline("operator", "add", "op2001", "赵六", "--skill", "dialect=7")
        await hotline("queue", "add", "dialect", "方言专席", "--skill", "dialect", "--priority", "5")
        assert "level" in await hotline("operator", "change", "op2001", "--skill", "dialect=best", status=2)
        await hotline("operator", "change", "op2001", "--name", "赵六六", "--skill", "dialect")
        await hotline("queue", "change", "dialect", "--title", "方言", "--wrapup", "20")
        queue = next(one for one in json.loads(await hotline("queue", "list", "--json")) if one["name"] == "dialect")
        assert (queue["title"], queue["wrapup_seconds"], queue["priority"]) == ("方言", 20, 5)
        await hotline("operator", "retire", "op2001")
        assert "op2001" not in await hotline("operator", "list")
        assert (await city.live(call_id))["phase"] == "talking"
        await city.hang_up(call_id)
