"""The dialler at work: whoever is wanted is called with an operator who is ready, once, and again by the rules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from app.demo.scenarios import Wait, answering, refusing, silent
from app.dialler import store
from tests.support.city import City, Plan, running_city, until
from tests.support.postgres import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKER = "op1001"
ALWAYS = ["00:00-23:59"]
REASONS = ("call-back", "inform", "contact")
# The notice that is heard first takes some of it.
TALK_S = 8.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    dialler = {
        "enabled": True,
        "reasons": [{"reason": reason, "working": ALWAYS, "rest": ALWAYS} for reason in REASONS],
    }
    async with fresh_database(cluster) as name:
        plan = Plan(tmp_path_factory.mktemp("city"), cluster.dsn(name), sections={"dialler": dialler})
        async with running_city(plan) as running:
            yield running


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _left_quiet(city: City) -> AsyncIterator[None]:
    async with city.left_quiet():
        yield


async def want(city: City, number: str, reason: str = "inform", **more: Any) -> int:
    """Put a number on the dialler's list; the wish's id."""
    answer = await city.post("/api/outbound-calls", {"to": {"number": number}, "reason": reason, **more})
    return int(answer["id"])


async def call_of(city: City, wish: int) -> dict[str, Any]:
    """Wait until the wish's latest call is over; its outcome."""

    async def made() -> str | None:
        rows = await city.rows("SELECT id FROM calls WHERE wanted_call = $1 ORDER BY started_at DESC", wish)
        return rows[0]["id"] if rows else None

    return await city.outcome(await until(made, "the call is made", 30), 30)


async def line_of(city: City, wish: int) -> dict[str, Any] | None:
    items = (await city.get("/api/outbound-calls"))["items"]
    return next((item for item in items if item["id"] == wish), None)


async def test_who_is_wanted_is_called_with_a_ready_operator_and_leaves_the_list(city: City) -> None:
    number = "13800003001"
    async with (
        city.exchange.phone(ASKER, answering(), port=city.operator_ports[ASKER]),
        city.exchange.duty(number, answering([Wait(TALK_S)], hang_up=True)),
    ):
        wish = await want(city, number)
        call = await call_of(city, wish)
    assert (call["reached"], call["reason"], call["wanted_call"]) == ("person", "inform", wish)
    await until(lambda: _ended(city, wish), "it is off the list")
    assert city.exchange.network.dialled.count(number) == 1


async def test_who_is_busy_stays_on_the_list_until_the_gap_is_over(city: City) -> None:
    number = "13800003002"
    async with (
        city.exchange.phone(ASKER, answering(), port=city.operator_ports[ASKER]),
        city.exchange.duty(number, refusing("486 Busy Here")),
    ):
        wish = await want(city, number)
        call = await call_of(city, wish)
    assert call["reached"] == "busy"
    line = await line_of(city, wish)
    assert line is not None
    assert (line["why"], line["tried"], line["last"]) == ("gap", 1, "busy")
    await city.delete(f"/api/outbound-calls/{wish}")


async def test_while_the_operator_talks_the_next_call_waits(city: City) -> None:
    async with city.conversation("13800003003") as call_id:
        wish = await want(city, "13800003004")
        line = await until(lambda: line_of(city, wish), "it is on the list")
        assert line["why"] == "operators"
        assert await city.rows("SELECT 1 FROM calls WHERE wanted_call = $1", wish) == []
        await city.delete(f"/api/outbound-calls/{wish}")
        await city.hang_up(call_id)


async def test_stopped_it_calls_nobody_and_goes_on_when_told(city: City) -> None:
    number = "13800003005"
    await _state(city, stopped=True)
    async with (
        city.exchange.phone(ASKER, answering(), port=city.operator_ports[ASKER]),
        city.exchange.duty(number, answering([Wait(TALK_S)], hang_up=True)),
    ):
        wish = await want(city, number)
        line = await until(lambda: line_of(city, wish), "it is on the list")
        assert line["why"] == "stopped"
        await _state(city, stopped=False)
        assert (await call_of(city, wish))["reached"] == "person"


async def _ended(city: City, wish: int) -> bool:
    [row] = await city.rows("SELECT ended_why FROM wanted_calls WHERE id = $1", wish)
    return bool(row["ended_why"] == "done")


async def _state(city: City, *, stopped: bool) -> None:
    status, answer = await city.request("PUT", "/api/outbound-calls/state", {"stopped": stopped})
    assert status == 200, answer


async def test_an_operator_who_does_not_lift_the_telephone_is_not_asked_again_for_a_while(city: City) -> None:
    number = "13800003006"
    async with city.exchange.phone(ASKER, silent(), port=city.operator_ports[ASKER]):
        wish = await want(city, number)
        call = await call_of(city, wish)
    assert call["reached"] == "not-dialled"
    line = await line_of(city, wish)
    assert line is not None
    assert line["tried"] == 0
    assert number not in city.exchange.network.dialled
    async with city.database.acquire() as connection:
        since = datetime.now(UTC) - timedelta(minutes=10)
        assert await store.asked_in_vain(connection, since) == {ASKER}
    await city.delete(f"/api/outbound-calls/{wish}")
