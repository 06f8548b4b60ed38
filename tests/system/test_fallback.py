"""While the service is down the dialplan answers with the same menu; afterwards each such call is on record, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from app.db.pool import open_database
from app.demo.scenarios import Press, Wait, answering
from app.menus import desk_copy
from app.people import accounts, tokens
from app.people.model import Person
from ivr.prompts import SHIPPED
from tests.support.city import City, Plan, until
from tests.support.phones import HOST, free_udp_port
from tests.support.postgres import fresh_database
from tests.support.rtp import ear
from tests.support.served import Served, served_city

pytestmark = pytest.mark.asyncio(loop_scope="module")

# The heartbeat counts as stale after five seconds.
STALE_S = 6.5
JOURNAL_S = 30.0
# What the service was saying (17 s) and waiting for (5 s), 20 s, the whole fallback menu in silence, and some more.
TAKEN_BACK_S = 100.0
TALK_S = 3.0
MENU = """\
name: full
start: welcome
operator: operator
nodes:
  welcome: {kind: say, prompts: [digit-1], next: operator}
  operator: {kind: queue, category: help}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    directory = tmp_path_factory.mktemp("city")
    async with fresh_database(cluster) as name, served_city(Plan(directory, cluster.dsn(name))) as running:
        yield running


async def test_calls_during_an_outage_hear_the_same_menu_reach_an_operator_and_get_their_tickets(
    served: Served,
) -> None:
    city = served.city
    whole, in_menu = "13600000001", "13600000002"
    async with (
        ear(free_udp_port()) as citizens_ear,
        city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"], calls=2),
        city.exchange.citizen(in_menu, hang_up=False) as waiting,
    ):
        in_menu_id = await city.call_from(in_menu)
        await served.kill()
        await asyncio.sleep(STALE_S)
        actions = (Press("3", 6.0), Wait(6 + TALK_S))
        async with city.exchange.citizen(whole, *actions, media_port=citizens_ear.port) as phone:
            await phone.finished(40)
        # The caller whom the service left in its menu is taken back by the dialplan and starts anew.
        await until(lambda: _talks(served), "the operator answers", TAKEN_BACK_S)
        await served.start()
        await city.in_phase(in_menu_id, "talking")
        await asyncio.sleep(TALK_S)
        await city.hang_up(in_menu_id)
        await waiting.finished(20)
    menu = [SHIPPED / "zh-CN" / "greeting.wav", SHIPPED / "zh-CN" / "transferring.wav"]
    assert citizens_ear.finds(menu) == menu
    for number, keys, category in (
        (whole, ["3"], "complaint"),
        (in_menu, [], ""),
    ):
        call_id = await _call_of(served, number)
        call = await city.outcome(call_id, within=JOURNAL_S)
        assert (call["keys"], call["category"], len(call["tickets"])) == (keys, category, 1), number
        assert call["tickets"][0]["operator_id"] == "op1001"
        assert [party["role"] for party in call["parties"]] == ["citizen", "operator"]
        assert await _recorded_roles(served, call_id) == ["citizen", "operator"]
    await served.quiet()


async def test_a_menu_put_in_force_in_the_desk_is_the_next_callers_and_that_of_the_next_outage(
    served: Served,
) -> None:
    city = served.city
    headers = {"Authorization": f"Bearer {await _administrator(city)}"}
    async with aiohttp.ClientSession(f"http://{HOST}:{city.settings.web.port}", headers=headers) as administrator:
        asked = {"text": MENU, "note": "国庆期间直接转人工", "base": None}
        async with administrator.post("/api/menus/full", json=asked) as answer:
            assert answer.status == 201, await answer.text()
    with_service, without = "13600000003", "13600000004"
    async with city.exchange.phone("op1001", answering(), port=city.operator_ports["op1001"], calls=2):
        async with city.exchange.citizen(with_service, Wait(TALK_S)) as phone:
            await phone.finished(40)
        await served.kill()
        await asyncio.sleep(STALE_S)
        async with city.exchange.citizen(without, Wait(2 + TALK_S)) as phone:
            await phone.finished(40)
    await served.start()
    for number in (with_service, without):
        call = await city.outcome(await _call_of(served, number), within=JOURNAL_S)
        assert (call["keys"], call["category"]) == ([], "help"), number
    assert desk_copy(city.settings, "full").read_text(encoding="utf-8") == MENU
    await served.quiet()


async def _administrator(city: City) -> str:
    """A token of an administrator's."""
    now = datetime.now(UTC)
    async with open_database(str(city.settings.database.dsn)) as database, database.transaction() as connection:
        await accounts.add(connection, Person("admin", "admin"), "a-password-for-one-test", now)
        return (await tokens.issue(connection, "admin", "api", now)).secret


async def _talks(served: Served) -> bool:
    return "PJSIP/op1001" in (await served.cli("core show channels concise")) and "simple_bridge" in await served.cli(
        "bridge show all"
    )


async def _recorded_roles(served: Served, call_id: str) -> list[str]:
    query = "SELECT role FROM recordings WHERE call_id = $1 AND kind = 'track' ORDER BY role"
    tracks = await until(lambda: served.city.rows(query, call_id), "the recording is there", JOURNAL_S)
    return [track["role"] for track in tracks]


async def _call_of(served: Served, number: str) -> str:
    """The one call from this number, as soon as it is on record."""

    async def recorded() -> list[dict[str, Any]]:
        return await served.city.rows("SELECT id FROM calls WHERE caller = $1", number)

    [row] = await until(recorded, "the call is on record", JOURNAL_S)
    return str(row["id"])
