"""A finished call has exactly one ticket, however often and from however many sides it is finished."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from app.calls import store as calls
from app.calls.events import CallEvent, Kind
from app.calls.store import Finished
from app.db.pool import Database
from app.tickets.intake import make_intake
from tests.integration.tickets.desk import ZONE, Desk

CALL = "node1-1790000000.1"


def spoken(desk: Desk, *, key: str = "1", caller: str = "13812345678", answered: bool = True) -> list[CallEvent]:
    """The events of one call: menu, queue, conversation, satisfaction, end."""
    talk = {"operator": "op1001", "party": "node1-1790000000.2"}
    talked = [(Kind.OPERATOR_JOINED, talk), (Kind.OPERATOR_LEFT, talk)] if answered else []
    steps = [
        (Kind.STARTED, {"node": "node1", "caller": caller, "caller_name": "欧阳", "dialled": "12345"}),
        (Kind.QUEUED, {"category": "complaint"}),
        *talked,
        (Kind.SATISFACTION, {"key": key}),
        (Kind.ENDED, {"cause": "16"}),
    ]
    return [CallEvent(CALL, kind, desk.at + timedelta(seconds=n), data) for n, (kind, data) in enumerate(steps)]


async def finish(desk: Desk) -> Finished:
    async with desk.database.transaction() as connection:
        return await calls.finish(connection, CALL, make_intake(lambda: desk.place, ZONE))


async def heard(database: Database, events: list[CallEvent]) -> None:
    async with database.transaction() as connection:
        await calls.append(connection, events)


async def test_the_ticket_holds_what_the_call_tells(desk: Desk) -> None:
    await heard(desk.database, spoken(desk, key="2"))

    finished = await finish(desk)

    assert (finished.ticket, finished.new) == ("20260930-000001", True)
    row = await desk.row("20260930-000001")
    assert (row["call_id"], row["category"], row["channel"], row["status"]) == (CALL, "complaint", "phone", "received")
    assert (row["caller_phone"], row["caller_name"], row["anonymous"]) == ("13812345678", "欧阳", False)
    assert (row["operator_id"], row["satisfaction"], row["received_at"]) == (
        "op1001",
        "basically_satisfied",
        desk.at,
    )
    assert row["due_at"] is not None


async def test_finishing_again_and_at_once_from_several_sides_makes_no_second_ticket(desk: Desk) -> None:
    await heard(desk.database, spoken(desk))
    finished = await asyncio.gather(*(finish(desk) for _ in range(4)))
    finished.append(await finish(desk))
    assert {one.ticket for one in finished} == {"20260930-000001"}
    assert sum(one.new for one in finished) == 1
    assert len(await desk.rows("SELECT FROM tickets")) == 1
    assert len(await desk.rows("SELECT FROM ticket_history")) == 1
    jobs = await desk.rows("SELECT entrypoint FROM pgqueuer ORDER BY 1")
    assert [job["entrypoint"] for job in jobs] == ["build-recording", "ticket-deadline"]


async def test_a_finish_that_fails_leaves_neither_ticket_nor_number_behind(desk: Desk) -> None:
    await heard(desk.database, spoken(desk))

    async def finish_and_fail() -> None:
        async with desk.database.transaction() as connection:
            await calls.finish(connection, CALL, make_intake(lambda: desk.place, ZONE))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await finish_and_fail()
    assert await desk.rows("SELECT FROM tickets") == []
    assert (await finish(desk)).ticket == "20260930-000001"


async def test_a_caller_without_a_number_is_anonymous(desk: Desk) -> None:
    await heard(desk.database, spoken(desk, caller=""))
    await finish(desk)
    assert (await desk.row("20260930-000001"))["anonymous"] is True


async def test_a_call_that_nobody_answered_has_no_ticket(desk: Desk) -> None:
    await heard(desk.database, spoken(desk, answered=False))
    assert (await finish(desk)).ticket is None
    assert await desk.rows("SELECT FROM tickets") == []


async def test_a_caller_asserted_by_a_trusted_network_is_at_once_on_the_call_and_later_on_the_ticket(
    desk: Desk,
) -> None:
    said = CallEvent(CALL, Kind.IDENTIFIED, desk.at, {"caller": "13912345678", "caller_name": "", "hidden": False})
    await heard(desk.database, [*spoken(desk)[:1], said])
    async with desk.database.acquire() as connection:
        assert await connection.fetchval("SELECT caller FROM calls WHERE id = $1", CALL) == "13912345678"
    await heard(desk.database, spoken(desk)[1:])
    await finish(desk)
    async with desk.database.acquire() as connection:
        assert await connection.fetchval("SELECT caller_phone FROM tickets WHERE call_id = $1", CALL) == "13912345678"


async def test_a_caller_who_hides_has_no_number_anywhere(desk: Desk) -> None:
    said = CallEvent(CALL, Kind.IDENTIFIED, desk.at, {"caller": "", "caller_name": "", "hidden": True})
    await heard(desk.database, [*spoken(desk)[:1], said, *spoken(desk)[1:]])
    await finish(desk)
    async with desk.database.acquire() as connection:
        call = await connection.fetchrow("SELECT caller, caller_name FROM calls WHERE id = $1", CALL)
        ticket = await connection.fetchrow("SELECT caller_phone, anonymous FROM tickets WHERE call_id = $1", CALL)
    assert call is not None
    assert ticket is not None
    assert (call["caller"], call["caller_name"], ticket["caller_phone"], ticket["anonymous"]) == ("", "", "", True)


async def test_a_ticket_that_was_written_while_the_call_went_on_is_the_calls_one(desk: Desk) -> None:
    events = spoken(desk, key="1")
    await heard(desk.database, events[:3])
    number = await desk.receive(content="人民路停水")
    assert await desk.tickets.link(number, CALL)
    await heard(desk.database, events[3:])

    finished = await finish(desk)

    assert finished.ticket == number
    row = await desk.row(number)
    assert (row["content"], row["operator_id"], row["satisfaction"]) == ("人民路停水", "op1001", "satisfied")
    assert len(await desk.rows("SELECT 1 FROM tickets")) == 1
