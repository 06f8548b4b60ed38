"""What callers may send: Chinese names survive, junk and injections harm nothing, and the next call works."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from app.demo.scenarios import Caller, Wait, answering, citizen
from tests.support.city import QUICK, City, Plan, running_city
from tests.support.phones import free_udp_port
from tests.support.postgres import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

MARK = "hotline-was-here"
HOSTILE_NAMES = {
    "shell and variables": f"${{SHELL(touch /tmp/{MARK})}}$(touch /tmp/{MARK})`touch /tmp/{MARK}`",
    "commas and semicolons": "a,b;c|d&e,,;;;",
    "quotes": "\\\\\\\"'; DROP TABLE calls; --",
    "percent escapes": "%0d%0aAction: Originate%0d%0a",
    "markup": "<script>alert(1)</script>",
    "junk": "垃圾" * 2000,
    "backslashes": "a\\x01\\r\\nAction: Originate\\",
}
HOSTILE_USERS = {
    "line break": "138%0d%0aAction:%20Originate%0d%0aChannel:%20Local/s@hotline-unit%0d%0a%0d%0a",
    "variables": "$%7BSHELL(touch)%7D",
    "path": "..%2f..%2f..%2fetc%2fpasswd",
    "junk": "9" * 10_000,
    "nul": "138%00000",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with fresh_database(cluster) as name:
        plan = Plan(tmp_path_factory.mktemp("city"), cluster.dsn(name), operators=4, ready=0)
        async with running_city(plan) as running:
            yield running


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _left_quiet(city: City) -> AsyncIterator[None]:
    async with city.left_quiet():
        yield


@asynccontextmanager
async def answered_by(city: City, *operators: str) -> AsyncIterator[None]:
    """These operators take one call each; before and afterwards nobody is rung: there would be no phone to ring."""
    async with AsyncExitStack() as stack:
        for operator in operators:
            port = city.operator_ports[operator]
            await stack.enter_async_context(city.exchange.phone(operator, answering(), port=port))
            stack.push_async_callback(city.operator, operator, "away")
            await city.operator(operator, "ready")
        yield


async def serves_the_next_call(city: City, number: str) -> None:
    """An ordinary call reaches an operator and becomes a ticket."""
    async with answered_by(city, "op1001"), city.exchange.citizen(number, dialled=QUICK, hang_up=False):
        assert len((await city.hang_up(await city.talking(number)))["tickets"]) == 1


async def dialled(city: City, caller: Caller, name: str) -> None:
    """Dial as this caller, stay a second; whether the call is taken or refused does not matter here."""
    scenario = citizen(caller, QUICK, [Wait(1)], hang_up=True)
    port = free_udp_port()
    async with city.exchange.phone(f"hostile-{name}", scenario, port=port) as phone:
        with_deadline = asyncio.wait_for(phone.finished(8), 9)
        await asyncio.gather(with_deadline, return_exceptions=True)


async def test_a_chinese_name_reaches_the_ticket(city: City) -> None:
    number = "13200000001"
    async with answered_by(city, "op1001"), city.exchange.citizen(number, Wait(2), dialled=QUICK, name="市民欧阳娜娜"):
        call = await city.outcome(await city.call_from(number))
    [ticket] = call["tickets"]
    assert (ticket["caller_name"], ticket["caller_phone"]) == ("市民欧阳娜娜", number)


async def test_an_anonymous_caller_is_served_and_the_ticket_has_no_telephone_number(city: City) -> None:
    before = {row["id"] for row in await city.rows("SELECT id FROM calls")}
    scenario = citizen(Caller("anonymous", "Anonymous"), QUICK, [Wait(3)], hang_up=True)
    scenario = scenario.replace("anonymous@[local_ip]:[local_port]", "anonymous@anonymous.invalid")
    async with answered_by(city, "op1001"), city.exchange.phone("anonymous", scenario) as phone:
        await phone.finished(20)
    await city.quiet()
    [call_id] = {row["id"] for row in await city.rows("SELECT id FROM calls")} - before
    [ticket] = (await city.outcome(call_id))["tickets"]
    assert (ticket["anonymous"], ticket["caller_phone"], ticket["caller_name"]) == (True, "", "")


@pytest.mark.parametrize("kind", HOSTILE_NAMES)
async def test_a_hostile_name_harms_nothing(city: City, kind: str) -> None:
    tickets = await city.rows("SELECT number FROM tickets")
    await dialled(city, Caller("13200000100", HOSTILE_NAMES[kind]), kind.replace(" ", "-"))
    assert await city.rows("SELECT number FROM tickets") == tickets
    await serves_the_next_call(city, f"1320001{list(HOSTILE_NAMES).index(kind):04d}")
    _nothing_was_run(city)


@pytest.mark.parametrize("kind", HOSTILE_USERS)
async def test_a_hostile_number_harms_nothing(city: City, kind: str) -> None:
    await dialled(city, Caller(HOSTILE_USERS[kind]), kind.replace(" ", "-"))
    await serves_the_next_call(city, f"1310001{list(HOSTILE_USERS).index(kind):04d}")
    _nothing_was_run(city)


@pytest.mark.parametrize("number", ["s", "T", "hotline-unit", "operator-1", "../12345", "1" * 5000])
async def test_a_number_that_is_not_ours_reaches_nobody(city: City, number: str) -> None:
    before = await city.rows("SELECT id FROM calls")
    scenario = citizen(Caller("13200000200"), number, [Wait(1)], hang_up=True)
    async with city.exchange.phone("stranger", scenario) as phone:
        await asyncio.gather(asyncio.wait_for(phone.finished(4), 5), return_exceptions=True)
    await city.quiet()
    query = "SELECT id FROM calls WHERE outcome = 'conversation' AND caller = '13200000200'"
    assert await city.rows(query) == []
    assert len(await city.rows("SELECT id FROM calls")) <= len(before) + 1


async def test_four_calls_in_the_same_second_two_of_them_from_one_caller_are_four_tickets(city: City) -> None:
    numbers = ["13200000301", "13200000302", "13200000303", "13200000303"]
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(answered_by(city, *city.operator_ports))
        phones = await asyncio.gather(
            *(stack.enter_async_context(city.exchange.citizen(n, Wait(5), dialled=QUICK)) for n in numbers)
        )
        for phone in phones:
            await phone.finished(30)
    await city.quiet()
    query = (
        "SELECT c.caller, c.started_at, t.number, t.operator_id FROM calls c JOIN tickets t ON t.call_id = c.id"
        " WHERE c.caller LIKE '132000003%' ORDER BY c.caller"
    )
    rows = await city.rows(query)
    assert [row["caller"] for row in rows] == numbers
    assert {row["operator_id"] for row in rows} == set(city.operator_ports)
    assert len({row["number"] for row in rows}) == len(rows)
    starts = [row["started_at"] for row in rows]
    assert max(starts) - min(starts) < timedelta(seconds=2)


def _nothing_was_run(city: City) -> None:
    """Neither here nor in Asterisk's container, which shares the data directory only."""
    assert not list(city.settings.data_dir.rglob(f"*{MARK}*"))
