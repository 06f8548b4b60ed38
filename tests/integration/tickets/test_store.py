"""An action on a stored ticket is one transaction; a refusal writes nothing; the caller stands in one place only."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.db.jobs import decode
from app.db.pool import Database
from app.matters.model import LimitName
from app.people.caller_views import protected_caller
from app.people.model import Person
from app.people.rights import Forbidden
from app.tickets import store
from app.tickets.actions import DispatchArgs, ReceiveArgs
from app.tickets.correction import CorrectArgs
from app.tickets.engine import Outcome
from app.tickets.refusal import Refusal
from app.tickets.store import CannotMerge, NoSuchTicket
from tests.integration.tickets.desk import ADDRESS, BACK, FRONT, NAME, PHONE, REPLY, Desk, of_unit

SAID = "局长收受二十万元"
TABLES = ("tickets", "ticket_history", "ticket_notices", "pgqueuer", "job_keys", "protected_callers")
TO_WATER: Mapping[str, Any] = {"how": "direct", "units": [{"unit": "water", "role": "lead"}]}


async def everything(database: Database) -> Mapping[str, Any]:
    async with database.acquire() as connection:
        return {
            table: await connection.fetchval(f"SELECT coalesce(jsonb_agg(t ORDER BY t::text), '[]') FROM {table} t")  # noqa: S608
            for table in TABLES
        }


async def test_a_dispatch_writes_columns_history_notices_and_the_job_together(desk: Desk) -> None:
    number = await desk.receive()

    outcome = await desk.done(number, "dispatch", **TO_WATER)

    row = await desk.row(number)
    assert (row["status"], row["unit_ids"]) == ("dispatched", ["water"])
    assert row["due_at"] == outcome.limits[LimitName.REPORT_BY]
    history = await desk.rows("SELECT n, action, actor FROM ticket_history WHERE number = $1 ORDER BY n", number)
    assert history == [
        {"n": 1, "action": "receive", "actor": "front_desk:op"},
        {"n": 2, "action": "dispatch", "actor": "front_desk:op"},
    ]
    told = await desk.rows("SELECT recipient, kind FROM ticket_notices WHERE number = $1", number)
    assert {"recipient": "water", "kind": "dispatched"} in told
    jobs = await desk.rows("SELECT payload FROM pgqueuer WHERE entrypoint = 'ticket-deadline'")
    assert {"number": number, "at": row["next_deadline"]} in [
        {**decoded, "at": datetime.fromisoformat(decoded["at"])} for decoded in (decode(job["payload"]) for job in jobs)
    ]


async def test_what_fails_after_the_action_takes_the_whole_action_back(desk: Desk, database: Database) -> None:
    number = await desk.receive()
    before = await everything(database)
    args, place = DispatchArgs.model_validate(TO_WATER), await desk.tickets.place()

    async def act_and_fail() -> None:
        async with database.transaction() as connection:
            await store.act(connection, number, args, FRONT, desk.at, place)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await act_and_fail()
    assert await everything(database) == before


async def test_a_refusal_writes_nothing_and_names_its_article(desk: Desk, database: Database) -> None:
    number = await desk.dispatched()
    before = await everything(database)

    refused = await desk.do(number, "report", of_unit("urban-management"), unit="urban-management", reply=REPLY)

    assert isinstance(refused, Refusal)
    assert refused.article
    assert await everything(database) == before


async def test_a_refused_ticket_uses_up_no_number(desk: Desk) -> None:
    args = ReceiveArgs.model_validate({"channel": "pigeon", "category": "consult"})
    assert isinstance(await desk.tickets.receive(args, FRONT), Refusal)
    assert await desk.receive() == "20260930-000001"


async def test_the_caller_stands_in_the_callers_columns_and_nowhere_else(desk: Desk, database: Database) -> None:
    number = await desk.dispatched()
    await desk.done(number, "accept", of_unit("water"), unit="water")
    await desk.done(number, "inform", of_unit("water"), unit="water")
    await desk.done(number, "report", of_unit("water"), unit="water", reply=REPLY, satisfaction="satisfied")
    await desk.tickets.pass_time(number, desk.at + timedelta(days=30))

    row = await desk.row(number)
    assert (row["caller_name"], row["caller_phone"], row["caller_address"]) == (NAME, PHONE, ADDRESS)
    held = dict(await everything(database))
    held["tickets"] = [
        {key: value for key, value in ticket.items() if not key.startswith("caller_")} for ticket in held["tickets"]
    ]
    for secret in (NAME, PHONE, ADDRESS):
        assert secret not in str(held)


async def test_the_engine_gets_the_caller_back(desk: Desk, database: Database) -> None:
    number = await desk.receive()
    async with database.transaction() as connection:
        ticket = await store.lock(connection, number)
    assert (ticket.matter.caller.name, ticket.matter.caller.phone) == (NAME, PHONE)


async def test_an_economic_report_is_confidential_and_its_caller_is_kept_apart(desk: Desk, database: Database) -> None:
    number = await desk.receive(category="report_economic", content=SAID)
    row = await desk.row(number)
    assert (row["confidential"], row["discipline_unit"]) == (True, None)
    assert (row["caller_name"], row["caller_phone"], row["caller_address"]) == ("", "", "")

    await desk.done(number, "dispatch", units=[{"unit": "discipline", "role": "lead"}])

    assert (await desk.row(number))["discipline_unit"] == "discipline"
    officer = Person("di", "unit", unit_id="discipline")
    found = await protected_caller(database, officer, number, "127.0.0.1")
    assert found is not None
    assert (found.name, found.phone, found.address) == (NAME, PHONE, ADDRESS)
    with pytest.raises(Forbidden):
        await protected_caller(database, Person("op", "operator"), number, "127.0.0.1")


async def test_what_the_caller_said_on_the_call_outlives_later_actions(desk: Desk, database: Database) -> None:
    number = await desk.receive()
    async with database.acquire() as connection:
        await connection.execute("UPDATE tickets SET satisfaction = 'satisfied' WHERE number = $1", number)
    await desk.done(number, "dispatch", **TO_WATER)
    assert (await desk.row(number))["satisfaction"] == "satisfied"


async def test_an_unknown_ticket_is_said_to_be_unknown(desk: Desk) -> None:
    with pytest.raises(NoSuchTicket):
        await desk.do("20260930-000099", "dispatch", **TO_WATER)


@pytest.mark.parametrize("into", ["20260930-000099", "no number"])
async def test_a_ticket_is_not_merged_into_nothing(desk: Desk, into: str) -> None:
    number = await desk.receive()
    with pytest.raises(CannotMerge, match="no ticket"):
        await desk.do(number, "merge", into=into)


async def test_a_ticket_is_not_merged_into_one_that_has_been_merged(desk: Desk) -> None:
    first, second, third = [await desk.receive() for _ in range(3)]
    await desk.done(first, "merge", into=second)
    with pytest.raises(CannotMerge, match="merged"):
        await desk.do(third, "merge", into=first)
    assert (await desk.row(first))["merged_into"] == second


async def test_two_tickets_merged_into_each_other_at_once_leave_one_of_them(desk: Desk) -> None:
    first, second = await desk.receive(), await desk.receive()
    done = await asyncio.gather(
        desk.do(first, "merge", into=second), desk.do(second, "merge", into=first), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in done) == ["CannotMerge", "Outcome"]


async def test_two_people_act_one_after_the_other(desk: Desk) -> None:
    number = await desk.receive()
    done = await asyncio.gather(*(desk.do(number, "dispatch", **TO_WATER) for _ in range(5)))
    assert sum(isinstance(one, Outcome) for one in done) == 1
    assert len(await desk.rows("SELECT FROM ticket_history WHERE number = $1", number)) == 2


async def correct(desk: Desk, number: str, **fields: Any) -> Outcome | Refusal:
    return await desk.tickets.correct(number, CorrectArgs.model_validate(fields), FRONT)


async def test_a_correction_is_in_the_history_with_what_stood_there_before(desk: Desk) -> None:
    number = await desk.receive(content="停电")
    await correct(desk, number, content="停水", category="complaint", urgency="urgent", name="张三", place="人民路8号")
    await desk.done(number, "dispatch", BACK, **TO_WATER)

    row = await desk.row(number)
    assert (row["content"], row["category"], row["urgency"], row["caller_name"]) == (
        "停水",
        "complaint",
        "urgent",
        "张三",
    )
    assert row["caller_phone"] == PHONE
    history = await desk.rows("SELECT n, action, data FROM ticket_history WHERE number = $1 ORDER BY n", number)
    assert [(line["n"], line["action"]) for line in history] == [(1, "receive"), (2, "correct"), (3, "dispatch")]
    was = {"content": "停电", "category": "consult", "urgency": "ordinary", "place": ""}
    assert (history[1]["data"]["was"], history[1]["data"]["caller"]) == (was, ["name"])
    assert "张三" not in str(history)


async def test_what_a_unit_works_on_is_not_corrected_any_more(desk: Desk, database: Database) -> None:
    number = await desk.dispatched()
    before = await everything(database)
    assert isinstance(await correct(desk, number, content="别的"), Refusal)
    assert await everything(database) == before


async def test_a_caller_who_will_not_be_named_is_put_away_and_may_come_back(desk: Desk) -> None:
    number = await desk.receive()
    await correct(desk, number, anonymous=True, address="新地址")
    row = await desk.row(number)
    assert (row["anonymous"], row["caller_name"], row["caller_phone"], row["caller_address"]) == (True, "", "", "")

    await correct(desk, number, anonymous=False)
    row = await desk.row(number)
    assert (row["anonymous"], row["caller_name"], row["caller_phone"]) == (False, NAME, PHONE)
    assert row["caller_address"] == "新地址"
    assert await desk.rows("SELECT FROM protected_callers") == []


async def test_a_ticket_corrected_to_an_economic_report_is_confidential_from_then_on(desk: Desk) -> None:
    number = await desk.receive(content=SAID)
    await correct(desk, number, category="report_economic")
    row = await desk.row(number)
    assert (row["confidential"], row["caller_phone"]) == (True, "")
