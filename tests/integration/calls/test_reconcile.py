"""The reconciler on a real Postgres and a journal on disk: every call ends in the record, whoever was killed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.calls.events import CallEvent, Kind
from app.calls.history import Unfinished
from app.calls.reconcile import Reconciler, Witnesses
from app.calls.writer import EventWriter
from app.db.pool import Connection, Database
from app.spool import Spool
from app.tickets.intake import AnsweredCall
from tests.support.postgres import eventually

CALL, OTHER, OPERATOR = "node1-1700000000.1", "node1-1700000000.7", "node1-1700000001.2"
NOW = datetime.now(UTC)
START = NOW - timedelta(minutes=10)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def line(kind: str, seconds: float, uniqueid: str, *, linked: str = CALL, name: str = "", user: str = "") -> bytes:
    channel = "PJSIP/op1001-00000002" if uniqueid == OPERATOR else "PJSIP/trunk-in-00000001"
    time = f"{at(seconds).timestamp():.6f}"
    fields = [kind, time, "13800000000", "12345", channel, "", uniqueid, linked, user, "", "", name, ""]
    return ",".join(f'"{value}"' for value in fields).encode() + b"\n"


def talking(name: str = "") -> bytes:
    return b"".join(
        [
            line("CHAN_START", 0, CALL, name=name),
            line("USER_DEFINED", 1, CALL, user="HOTLINE_QUEUED"),
            line("BRIDGE_ENTER", 5, OPERATOR),
            line("BRIDGE_ENTER", 5.1, CALL),
        ]
    )


def hung_up(call: str = CALL, seconds: float = 60) -> bytes:
    return line("CHAN_START", 0, call, linked=call) * (call != CALL) + line("HANGUP", seconds, call, linked=call)


@dataclass
class Node:
    """What the service knows of the node, as a test says."""

    journal: Path
    present: set[str] = field(default_factory=set)
    answered: datetime | None = None
    recorded: datetime | None = None
    refused: int = 0

    async def gone(self, call_id: str) -> bool:
        return call_id not in self.present

    def refuse(self) -> None:
        self.refused += 1


async def ticket_of(_: Connection, record: AnsweredCall) -> str:
    return f"T-{record.call_id}"


@asynccontextmanager
async def reconciling(database: Database, directory: Path, node: Node) -> AsyncIterator[tuple[Reconciler, EventWriter]]:
    spool, unfinished = Spool(directory / "events"), Unfinished(directory / "unfinished")
    writer = EventWriter(database, spool, unfinished, directory / "refused", ticket_of)
    witnesses = Witnesses(
        alive=node.present.__contains__,
        unwritten=writer.holds,
        gone=node.gone,
        answered=lambda: node.answered,
        recorded=lambda _: node.recorded,
    )
    reconciler = Reconciler("node1", node.journal, database, writer.put, witnesses, node.refuse)
    tasks = [asyncio.create_task(writer.run()), asyncio.create_task(reconciler.run())]
    try:
        yield reconciler, writer
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        spool.close()
        unfinished.close()


async def ended(database: Database, call_id: str = CALL) -> dict[str, Any]:
    """The call's row, once it has ended."""
    found: list[dict[str, Any]] = []

    async def there() -> bool:
        async with database.acquire() as connection:
            row = await connection.fetchrow("SELECT * FROM calls WHERE id = $1 AND ended_at IS NOT NULL", call_id)
        found[:] = [dict(row)] if row else []
        return bool(found)

    await eventually(there)
    return found[0]


async def position(database: Database) -> int:
    async with database.acquire() as connection:
        return int(await connection.fetchval("SELECT coalesce(max(position), 0) FROM journal_positions"))


async def past_everything(database: Database, journal: Path) -> None:
    size = (await asyncio.to_thread(journal.stat)).st_size

    async def passed() -> bool:
        return await position(database) == size

    await eventually(passed)


async def test_a_power_cut_ends_the_call_with_its_last_audio_and_the_journal_goes_on(
    database: Database, tmp_path: Path
) -> None:
    node = Node(tmp_path / "hotline.csv", recorded=at(90))
    node.journal.write_bytes(talking() + b'"HANGUP","17')
    async with reconciling(database, tmp_path, node):
        call = await ended(database)
        assert (call["outcome"], call["ended_at"], call["answered_at"]) == ("conversation", at(90), at(5))
        with node.journal.open("ab") as file:
            file.write(hung_up(OTHER))
        assert (await ended(database, OTHER))["outcome"] == "missed"
        await past_everything(database, node.journal)
    async with database.acquire() as connection:
        told = await connection.fetchval("SELECT data FROM call_events WHERE call_id = $1 AND kind = 'ended'", CALL)
        jobs = await connection.fetchval("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'build-recording'")
    assert told["lost"] is True
    assert jobs == 1
    assert node.refused == 0


async def test_a_caller_lost_in_the_queue_waited_until_asterisk_last_answered(
    database: Database, tmp_path: Path
) -> None:
    node = Node(tmp_path / "hotline.csv", present={CALL}, answered=at(200))
    node.journal.write_bytes(b"".join(talking().splitlines(keepends=True)[:2]))
    async with reconciling(database, tmp_path, node):

        async def kept() -> bool:
            async with database.acquire() as connection:
                return bool(await connection.fetchval("SELECT answered_at FROM journal_positions"))

        await eventually(kept)
    again = Node(node.journal)
    async with reconciling(database, tmp_path, again):
        call = await ended(database)
    assert (call["outcome"], call["missed_reason"], call["ended_at"]) == ("missed", "queue", at(200))


async def test_a_call_that_asterisk_still_has_is_left_alone(database: Database, tmp_path: Path) -> None:
    node = Node(tmp_path / "hotline.csv", present={CALL})
    node.journal.write_bytes(talking() + hung_up(OTHER))
    async with reconciling(database, tmp_path, node):
        await ended(database, OTHER)
        assert await position(database) == 0
        with node.journal.open("ab") as file:
            file.write(hung_up())
        assert (await ended(database))["ended_at"] == at(60)
        await past_everything(database, node.journal)


async def test_a_name_with_a_carriage_return_and_lines_that_are_none_cost_no_call(
    database: Database, tmp_path: Path
) -> None:
    node = Node(tmp_path / "hotline.csv")
    node.journal.write_bytes(talking("a\rForged: yes") + b"not a record\n\n" + hung_up() + hung_up(OTHER))
    async with reconciling(database, tmp_path, node):
        assert (await ended(database))["outcome"] == "conversation"
        await ended(database, OTHER)
        await past_everything(database, node.journal)
    assert node.refused == 2


async def test_without_a_journal_a_call_that_nobody_ended_is_ended_too(database: Database, tmp_path: Path) -> None:
    node = Node(Path(os.devnull))
    seen = [
        CallEvent(CALL, Kind.STARTED, at(0), {"node": "node1", "caller": "13800000000", "dialled": "12345"}),
        CallEvent(CALL, Kind.OPERATOR_JOINED, at(5), {"operator": "op1001", "party": OPERATOR}),
        CallEvent(CALL, Kind.SATISFACTION, at(80), {"key": "1"}),
    ]
    async with reconciling(database, tmp_path, node) as (_, writer):
        writer.put(*seen)

        async def stored() -> bool:
            return not writer.holds(CALL)

        await eventually(stored)
    async with reconciling(database, tmp_path, node):
        call = await ended(database)
    assert (call["outcome"], call["ended_at"]) == ("conversation", at(80))
