"""A message left by a caller, from its raw file to its row and transcript, on a real Postgres and real files."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from app.calls import store as calls
from app.calls.events import CallEvent, Kind
from app.calls.store import RECORDING_JOB
from app.db.pool import Connection, Database
from app.db.queries import QUERIES
from app.jobs.recording import TRANSCRIPT_JOB, RecordingJobs
from app.tickets.intake import AnsweredCall
from recordings import naming, wav
from recordings.recogniser import Recogniser
from recordings.store import sha256
from recordings.transcript import Word

CALL = "node1-1700000000.1"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
VOICE = struct.pack("<160h", *(3000, -3000) * 80)
QUIET = bytes(320)


class Hears:
    """A recogniser that hears the name of the file."""

    async def recognise(self, path: Path) -> Sequence[Word]:
        return (Word(path.stem, 0.5, 1.0, 1.0),)


def event(kind: Kind, seconds: float, **data: object) -> CallEvent:
    return CallEvent(CALL, kind, START + timedelta(seconds=seconds), data)


LEFT = (
    event(Kind.STARTED, 0, node="node1", caller="13800000001", dialled="12345"),
    event(Kind.QUEUED, 2, category="help"),
    event(Kind.MESSAGE, 30, node="queue"),
    event(Kind.ENDED, 40, cause=16),
)


@pytest.fixture
def jobs(database: Database, tmp_path: Path) -> RecordingJobs:
    recogniser = cast(Recogniser, Hears())
    raw, store = {"node1": tmp_path / "raw"}, tmp_path / "store"
    return RecordingJobs(database, recogniser, raw, store, "opus", naming.SHANGHAI, "none")


async def no_ticket(_: Connection, record: AnsweredCall) -> str:
    raise AssertionError(f"a ticket for {record.call_id}")


async def a_ticket(_: Connection, __: AnsweredCall) -> str:
    return "20261123-000001"


async def ended(jobs: RecordingJobs, *events: CallEvent, conversation: bool = False) -> None:
    async with jobs.database.transaction() as connection:
        await calls.append(connection, events)
        await calls.finish(connection, CALL, a_ticket if conversation else no_ticket)


async def asked_for(jobs: RecordingJobs, entrypoint: str) -> list[dict[str, Any]]:
    async with jobs.database.acquire() as connection:
        rows = await connection.fetch("SELECT payload FROM pgqueuer WHERE entrypoint = $1", entrypoint)
    return [json.loads(row["payload"]) for row in rows]


async def call(jobs: RecordingJobs) -> dict[str, Any]:
    async with jobs.database.acquire() as connection:
        row = dict(await connection.fetchrow(QUERIES["get_call"], CALL) or {})
        row["recordings"] = [dict(each) for each in await connection.fetch(QUERIES["call_recordings"], CALL)]
        transcript = await connection.fetchrow(QUERIES["get_transcript"], CALL)
    row["texts"] = [turn["text"] for turn in transcript["turns"]] if transcript else None
    return row


def raw_message(jobs: RecordingJobs, number: int, *frames: bytes) -> Path:
    path = naming.raw_message_path(jobs.raw_dirs["node1"], CALL, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    wav.write(path, frames)
    return path


def armed_recorder(jobs: RecordingJobs) -> None:
    """What MixMonitor leaves of a caller who was never bridged."""
    wav.write(naming.raw_leg_path(jobs.raw_dirs["node1"], CALL, "citizen", CALL), ())


async def test_a_message_becomes_a_recording_with_a_transcript_and_leaves_no_raw_file(jobs: RecordingJobs) -> None:
    raw_message(jobs, 0, *[VOICE] * 100)
    armed_recorder(jobs)
    await ended(jobs, *LEFT)
    [payload] = await asked_for(jobs, RECORDING_JOB)
    await jobs.build(payload)
    await jobs.build(payload)
    assert await asked_for(jobs, TRANSCRIPT_JOB) == [{"call_id": CALL}]
    await jobs.transcribe(payload)
    found = await call(jobs)
    [message] = found["recordings"]
    assert (message["kind"], message["role"], message["name"], message["seconds"]) == (
        "message",
        "citizen",
        "message",
        2,
    )
    assert message["sha256"] == sha256(jobs.store_dir / message["path"])
    assert (found["outcome"], found["message_at"], found["texts"]) == ("missed", LEFT[2].at, ["message。"])
    assert not (jobs.raw_dirs["node1"] / CALL).exists()


async def test_a_message_in_which_nothing_was_said_is_an_ordinary_missed_call(jobs: RecordingJobs) -> None:
    raw_message(jobs, 0, *[QUIET] * 300)
    await ended(jobs, *LEFT)
    await jobs.build({"call_id": CALL})
    found = await call(jobs)
    assert (found["message_at"], found["recordings"]) == (None, [])
    assert await asked_for(jobs, TRANSCRIPT_JOB) == []
    assert not (jobs.raw_dirs["node1"] / CALL).exists()


async def test_a_message_of_which_there_is_no_file_stays_listed(jobs: RecordingJobs) -> None:
    await ended(jobs, *LEFT)
    await jobs.build({"call_id": CALL})
    assert (await call(jobs))["message_at"] == LEFT[2].at


async def test_a_message_before_a_conversation_is_kept_beside_its_recording(jobs: RecordingJobs) -> None:
    bridged = [[(START + timedelta(seconds=second)).isoformat() for second in (50, 60)]]
    legs = [{"party": CALL, "role": "citizen", "name": "", "bridged": bridged}]
    raw_message(jobs, 0, *[VOICE] * 100)
    wav.write(naming.raw_leg_path(jobs.raw_dirs["node1"], CALL, "citizen", CALL), [VOICE] * 500)
    joined = event(Kind.OPERATOR_JOINED, 50, operator="op1001", party="node1-1700000001.2")
    await ended(jobs, *LEFT[:3], joined, event(Kind.LEGS, 61, legs=legs), event(Kind.ENDED, 61), conversation=True)
    await jobs.build({"call_id": CALL})
    await jobs.transcribe({"call_id": CALL})
    found = await call(jobs)
    assert {each["name"] for each in found["recordings"]} == {"message", "citizen", "mixed"}
    assert found["texts"] == ["message。", "citizen。"]
    assert not (jobs.raw_dirs["node1"] / CALL).exists()


async def test_a_missed_call_without_a_message_asks_for_no_recording(jobs: RecordingJobs) -> None:
    await ended(jobs, LEFT[0], LEFT[1], event(Kind.CALLBACK, 20, node="queue"), LEFT[3])
    assert await asked_for(jobs, RECORDING_JOB) == []
    found = await call(jobs)
    assert (found["queued_at"], found["callback_at"]) == (LEFT[1].at, START + timedelta(seconds=20))
