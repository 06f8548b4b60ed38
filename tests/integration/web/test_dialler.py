"""The dialler's list over HTTP: who puts what on it, what holds it back, who may stop it; each call once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from app.dialler import store
from app.dialler.store import Wanted
from tests.integration.tickets.desk import PHONE
from tests.integration.web.conftest import Web

PATH = "/api/outbound-calls"


async def want(web: Web, who: str = "office", **body: Any) -> tuple[int, Any]:
    response = await web.ask(who, "POST", PATH, body)
    return response.status, await response.json()


async def test_a_call_is_put_on_the_list_once_and_is_told_why_it_waits(web: Web) -> None:
    number = await web.desk.receive()
    status, first = await want(web, to={"ticket": number}, reason="inform", priority=10)
    assert (status, first["new"]) == (201, True)
    status, again = await want(web, to={"ticket": number}, reason="inform")
    assert (status, again) == (200, {"id": first["id"], "new": False})
    listed = await web.get("operator", PATH)
    [line] = listed["items"]
    assert (line["number"], line["about_ticket"], line["wanted_by"], line["tried"]) == (PHONE, number, "office", 0)
    # Nobody's telephone is registered here; by night the hours hold it back.
    assert line["why"] in {"operators", "hours"}
    assert (listed["enabled"], listed["stopped"], listed["wanted"]) == (False, False, 1)


async def test_it_is_stopped_at_once_paused_by_reason_and_goes_on(web: Web) -> None:
    number = await web.desk.receive()
    await want(web, to={"ticket": number}, reason="inform")
    for state, why in (({"stopped": True}, "stopped"), ({"paused": ["inform"]}, "paused")):
        answer = await (await web.ask("supervisor", "PUT", f"{PATH}/state", state)).json()
        assert answer["changed_by"] == "supervisor"
        assert [line["why"] for line in (await web.get("office", PATH))["items"]] == [why]
    assert (await web.ask("operator", "PUT", f"{PATH}/state", {"stopped": False})).status == 403
    await web.ask("supervisor", "PUT", f"{PATH}/state", {})
    assert (await web.get("office", PATH))["paused"] == []
    log = await web.desk.rows("SELECT detail FROM audit_log WHERE action = 'outbound.state' ORDER BY id")
    assert [line["detail"]["stopped"] for line in log] == [True, False, False]


async def test_whoever_is_never_called_is_not_put_on_the_list_and_is_taken_off_it(web: Web) -> None:
    number = await web.desk.receive()
    await want(web, to={"ticket": number}, reason="inform")
    said = {"number": f"+86 {PHONE}", "why": "本人要求"}
    assert (await web.ask("office", "POST", f"{PATH}/never", said)).status == 201
    assert [line["why"] for line in (await web.get("office", PATH))["items"]] == ["never"]
    status, answer = await want(web, to={"ticket": number}, reason="contact")
    assert (status, answer["code"]) == (409, "never-called")
    assert (await web.ask("office", "DELETE", f"{PATH}/never/{PHONE}")).status == 204
    assert (await web.ask("office", "DELETE", f"{PATH}/never/{PHONE}")).status == 404
    assert (await want(web, to={"ticket": number}, reason="contact"))[0] == 201


async def test_a_call_is_taken_off_the_list_and_may_be_wanted_again(web: Web) -> None:
    number = await web.desk.receive()
    _, first = await want(web, to={"ticket": number}, reason="inform")
    assert (await web.ask("office", "DELETE", f"{PATH}/{first['id']}")).status == 204
    assert (await web.ask("office", "DELETE", f"{PATH}/{first['id']}")).status == 404
    assert (await want(web, to={"ticket": number}, reason="inform"))[1]["new"] is True


@pytest.mark.parametrize("who", ["operator", "water", "auditor", "admin"])
async def test_who_may_not_change_the_list(web: Web, who: str) -> None:
    number = await web.desk.receive()
    assert (await want(web, who, to={"ticket": number}, reason="inform"))[0] == 403


async def test_tries_are_counted_from_the_calls_and_who_asked_in_vain_is_no_try(web: Web) -> None:
    now = datetime.now(UTC)
    async with web.desk.database.transaction() as connection:
        wish, _ = await store.want(connection, Wanted(PHONE, "inform", "office"), now)
        for n, reached in enumerate(("busy", "not-dialled", "no-answer")):
            await connection.execute(
                "INSERT INTO calls (id, node, caller, started_at, ended_at, outcome, direction, reason, reached, "
                "asked_by, wanted_call) VALUES ($1, 'n', $2, $3, $3, 'not-reached', 'out', 'inform', $4, 'office', $5)",
                *(f"n-out{n}.1", PHONE, now - timedelta(hours=9 - n), reached, wish),
            )
        [listed] = await store.wishes(connection)
    assert (listed.wish.tried, listed.wish.last) == (2, "no-answer")
    assert listed.wish.last_at == now - timedelta(hours=7)


async def test_one_service_plans_at_a_time_and_the_next_takes_over_when_it_is_gone(web: Web) -> None:
    planning, gone = asyncio.Event(), asyncio.Event()

    async def plans() -> None:
        async with web.desk.database.transaction() as connection:
            assert await store.lock(connection)
            planning.set()
            await gone.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(plans())
        await planning.wait()
        async with web.desk.database.transaction() as connection:
            assert not await store.lock(connection)
        gone.set()
    async with web.desk.database.transaction() as connection:
        assert await store.lock(connection)


async def test_nobody_is_called_twice_at_once_by_whomever(web: Web) -> None:
    insert = (
        "INSERT INTO calls (id, node, caller, started_at, direction, reason, asked_by) "
        "VALUES ($1, 'n', $2, now(), 'out', 'inform', 'office') RETURNING id"
    )
    await web.desk.rows(insert, "n-out1.1", PHONE)
    with pytest.raises(asyncpg.UniqueViolationError):
        await web.desk.rows(insert, "n-out1.2", PHONE)
