"""The writer of call events on a real Postgres: an event that is refused costs nothing but itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.calls.events import CallEvent, Kind
from app.calls.history import Unfinished
from app.calls.writer import EventWriter
from app.db.pool import Connection, Database
from app.spool import Spool
from app.tickets.intake import AnsweredCall
from tests.support.disk import disk_with_room_for
from tests.support.postgres import eventually

CALL, OTHER = "node1-1700000000.1", "node1-1700000000.2"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def event(call_id: str, kind: Kind, seconds: float, **data: object) -> CallEvent:
    return CallEvent(call_id, kind, START + timedelta(seconds=seconds), data)


def missed(call_id: str) -> list[CallEvent]:
    """A call that nobody answered."""
    return [
        event(call_id, Kind.STARTED, 0, node="node1", caller="13800000001", dialled="12345"),
        event(call_id, Kind.ENDED, 5, cause=16),
    ]


def answered(call_id: str) -> list[CallEvent]:
    first, last = missed(call_id)
    return [first, event(call_id, Kind.OPERATOR_JOINED, 2, operator="op1001", party="node1-1700000002.2"), last]


async def no_intake(_: Connection, record: AnsweredCall) -> str:
    raise ValueError(f"no rule for {record.call_id}")


@asynccontextmanager
async def writing(database: Database, directory: Path) -> AsyncIterator[EventWriter]:
    spool, unfinished = Spool(directory / "events"), Unfinished(directory / "unfinished")
    writer = EventWriter(database, spool, unfinished, directory / "refused", no_intake)
    task = asyncio.create_task(writer.run())
    try:
        yield writer
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        spool.close()
        unfinished.close()


async def outcomes(database: Database) -> dict[str, str | None]:
    async with database.acquire() as connection:
        return {row["id"]: row["outcome"] for row in await connection.fetch("SELECT id, outcome FROM calls")}


@pytest.mark.parametrize(
    "poison",
    [
        event(CALL, Kind.KEY, 1, node="main", key="\x00"),
        event("no call id at all!", Kind.KEY, 1, node="main", key="1"),
        event(CALL, Kind.ATTEMPT_ANSWERED, 1, attempt="x" * 400),
    ],
    ids=["NUL in the data", "a call id that is none", "a key that is too long"],
)
async def test_a_refused_event_is_set_aside_and_all_others_are_stored(
    database: Database, tmp_path: Path, poison: CallEvent
) -> None:
    async with writing(database, tmp_path) as writer:
        writer.put(*missed(CALL)[:1], poison, *missed(CALL)[1:], *missed(OTHER))

        async def all_written() -> bool:
            return writer.waiting == 0

        await eventually(all_written)
        assert await outcomes(database) == {CALL: "missed", OTHER: "missed"}
    [line] = (tmp_path / "refused").read_text().splitlines()
    assert CallEvent.from_dict(json.loads(line)["event"]) == poison
    assert json.loads(line)["error"]


async def test_a_call_that_cannot_be_finished_stops_neither_the_writer_nor_a_later_start(
    database: Database, tmp_path: Path
) -> None:
    for call in (OTHER, f"{OTHER}3"):
        async with writing(database, tmp_path) as writer:
            writer.put(*answered(CALL), *missed(call))

            async def finished(call: str = call) -> bool:
                return (await outcomes(database)).get(call) == "missed"

            await eventually(finished)
    assert (await outcomes(database))[CALL] is None


async def test_a_database_without_tables_is_waited_for_like_one_that_is_away(
    database: Database, tmp_path: Path
) -> None:
    async with database.acquire() as connection:
        await connection.execute("ALTER TABLE call_events RENAME TO call_events_elsewhere")
    async with writing(database, tmp_path) as writer:
        writer.put(*missed(CALL))

        async def spooled() -> bool:
            return writer.waiting == len(missed(CALL)) and (tmp_path / "events").stat().st_size > 0

        await eventually(spooled)
        async with database.acquire() as connection:
            await connection.execute("ALTER TABLE call_events_elsewhere RENAME TO call_events")

        async def finished() -> bool:
            return await outcomes(database) == {CALL: "missed"}

        await eventually(finished)
    assert not (tmp_path / "refused").exists()


async def test_without_database_and_disk_events_wait_in_memory_and_all_are_stored_in_the_end(
    database: Database, tmp_path: Path
) -> None:
    calls = [f"{OTHER}{number}" for number in range(40)]
    async with database.acquire() as connection:
        await connection.execute("ALTER TABLE call_events RENAME TO call_events_elsewhere")
    async with writing(database, tmp_path) as writer:
        writer.put(*(each for call in calls for each in missed(call)))

        async def spooled() -> bool:
            return not any(map(writer.holds, calls))

        await eventually(spooled)
        with disk_with_room_for((tmp_path / "events").stat().st_size):
            writer.put(*missed(CALL))
            await asyncio.sleep(1.5)
            assert writer.holds(CALL)
        async with database.acquire() as connection:
            await connection.execute("ALTER TABLE call_events_elsewhere RENAME TO call_events")

        async def finished() -> bool:
            return await outcomes(database) == dict.fromkeys([*calls, CALL], "missed")

        await eventually(finished)


async def test_many_calls_ending_at_once_are_each_finished_and_one_that_cannot_be_spoils_no_other(
    database: Database, tmp_path: Path
) -> None:
    many = [f"{OTHER}{number}" for number in range(20)]
    async with writing(database, tmp_path) as writer:
        writer.put(*answered(CALL), *(each for call in many for each in missed(call)))

        async def finished() -> bool:
            return await outcomes(database) == {CALL: None} | dict.fromkeys(many, "missed")

        await eventually(finished)


async def test_a_call_is_held_until_all_its_events_are_written(database: Database, tmp_path: Path) -> None:
    async with writing(database, tmp_path) as writer:
        writer.put(*missed(CALL))
        assert writer.holds(CALL)
        assert not writer.holds(OTHER)

        async def written() -> bool:
            return not writer.holds(CALL)

        await eventually(written)
        assert await outcomes(database) == {CALL: "missed"}


def ring(number: int) -> CallEvent:
    return event(CALL, Kind.ATTEMPT_STARTED, number, attempt=f"{CALL}-u{number}", unit="street", posts=["B", "leader"])


async def test_an_announced_step_is_known_after_a_kill_and_reaches_the_database_by_itself(
    database: Database, tmp_path: Path
) -> None:
    async with writing(database, tmp_path) as writer:
        writer.put(missed(CALL)[0])

        async def stored() -> bool:
            return CALL in await outcomes(database)

        await eventually(stored)
    killed = Unfinished(tmp_path / "unfinished")
    await EventWriter(database, Spool(tmp_path / "never run"), killed, tmp_path / "refused", no_intake).announce(
        ring(1)
    )
    killed.close()
    async with writing(database, tmp_path) as writer:
        assert await writer.history(CALL) == [missed(CALL)[0], ring(1)]

        async def told() -> bool:
            async with database.acquire() as connection:
                return bool(await connection.fetchval("SELECT 1 FROM call_events WHERE kind = 'attempt-started'"))

        await eventually(told)
        writer.put(missed(CALL)[1])

        async def finished() -> bool:
            return await outcomes(database) == {CALL: "missed"}

        await eventually(finished)
        assert await writer.history(CALL) == [missed(CALL)[0], ring(1), missed(CALL)[1]]
    assert (tmp_path / "unfinished").stat().st_size == 0


async def test_without_the_database_a_call_in_progress_is_known_whole_after_a_restart(
    database: Database, tmp_path: Path
) -> None:
    async with writing(database, tmp_path) as writer:
        writer.put(missed(CALL)[0], ring(1))

        async def stored() -> bool:
            return not writer.holds(CALL)

        await eventually(stored)
    async with database.acquire() as connection:
        await connection.execute("ALTER TABLE call_events RENAME TO call_events_elsewhere")
    async with writing(database, tmp_path) as writer:
        await writer.announce(ring(2))
        assert await writer.history(CALL) == [missed(CALL)[0], ring(1), ring(2)]
