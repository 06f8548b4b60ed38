"""Upkeep on a real Postgres and real files: old audio goes, forgotten audio is built, nothing else is touched."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import structlog
from structlog.testing import capture_logs

from app.db.jobs import enqueue
from app.db.pool import Database
from app.jobs.upkeep import Upkeep
from recordings import naming
from recordings.retention import RetentionRule

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 26, 3, tzinfo=ZONE)
SHA = "0" * 64


@pytest.fixture
def upkeep(database: Database, tmp_path: Path) -> Upkeep:
    raw, kept = tmp_path / "raw", tmp_path / "store"
    return Upkeep(database, {"node1": raw}, kept, RetentionRule(30), ZONE, lambda: NOW)


async def call(upkeep: Upkeep, call_id: str, days_ago: float, names: Sequence[str] = ("citizen.wav",)) -> Path:
    """A conversation that ended so long ago, with these recordings in rows and on disk; its directory."""
    at = NOW - timedelta(days=days_ago)
    directory = naming.call_directory(upkeep.store_dir, call_id, at, ZONE)
    async with upkeep.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO calls (id, node, started_at, answered_at, ended_at, outcome)"
            " VALUES ($1, 'node1', $2, $2, $2, 'conversation')",
            call_id,
            at,
        )
        for name in names:
            directory.mkdir(parents=True, exist_ok=True)
            (directory / name).write_bytes(b"audio")
            await connection.execute(
                "INSERT INTO recordings (call_id, kind, role, name, path, seconds, sha256)"
                " VALUES ($1, 'track', 'citizen', $2, $3, 1, $4)",
                call_id,
                name,
                naming.stored_path(upkeep.store_dir, directory / name),
                SHA,
            )
    return directory


async def builds_asked_for(upkeep: Upkeep) -> list[str]:
    async with upkeep.database.acquire() as connection:
        rows = await connection.fetch("SELECT payload FROM pgqueuer WHERE entrypoint = 'build-recording' ORDER BY id")
    return [json.loads(row["payload"])["call_id"] for row in rows]


def raw_leg(upkeep: Upkeep, call_id: str, content: bytes = b"audio") -> None:
    path = naming.raw_leg_path(upkeep.raw_dirs["node1"], call_id, "citizen", call_id)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


async def test_audio_whose_time_is_over_goes_with_its_directory_and_younger_audio_stays(upkeep: Upkeep) -> None:
    old = await call(upkeep, "node1-1.1", 31, ["citizen.wav", "operator.wav"])
    (old / naming.MANIFEST).write_text("{}")
    young = await call(upkeep, "node1-2.1", 29)
    await upkeep.once()
    await upkeep.once()
    assert not old.exists()
    assert [path.name for path in young.iterdir()] == ["citizen.wav"]
    async with upkeep.database.acquire() as connection:
        rows = await connection.fetch("SELECT call_id, deleted_at FROM recordings ORDER BY id")
    assert [(row["call_id"], row["deleted_at"]) for row in rows] == [
        ("node1-1.1", NOW),
        ("node1-1.1", NOW),
        ("node1-2.1", None),
    ]


async def test_a_file_that_was_not_ours_keeps_the_directory(upkeep: Upkeep) -> None:
    old = await call(upkeep, "node1-1.1", 31)
    (old / "note.txt").write_text("of the court")
    await upkeep.once()
    assert [path.name for path in old.iterdir()] == ["note.txt"]


async def test_raw_legs_that_nobody_will_build_are_asked_for_once(upkeep: Upkeep) -> None:
    await call(upkeep, "node1-1.1", 1, [])
    await call(upkeep, "node1-2.1", 1, [])
    await call(upkeep, "node1-3.1", 1)
    await call(upkeep, "node1-4.1", 0.01, [])
    for call_id in ("node1-1.1", "node1-3.1", "node1-4.1"):
        raw_leg(upkeep, call_id)
    await upkeep.once()
    await upkeep.once()
    assert await builds_asked_for(upkeep) == ["node1-1.1"]


async def test_the_empty_files_of_calls_that_nobody_answered_are_cleared_and_messages_are_not(upkeep: Upkeep) -> None:
    for call_id, message in (("node1-1.1", None), ("node1-2.1", NOW), ("node1-3.1", None)):
        await call(upkeep, call_id, 1, [])
        missed = "UPDATE calls SET outcome = 'missed', missed_reason = 'queue', message_at = $2 WHERE id = $1"
        async with upkeep.database.acquire() as connection:
            await connection.execute(missed, call_id, message)
        raw_leg(upkeep, call_id, bytes(44 if call_id != "node1-3.1" else 200))
    await upkeep.once()
    assert {path.name for path in upkeep.raw_dirs["node1"].iterdir()} == {"node1-2.1", "node1-3.1"}


async def test_a_file_without_a_row_is_asked_to_be_registered(upkeep: Upkeep) -> None:
    directory = await call(upkeep, "node1-1.1", 1)
    (directory / "mixed.opus").write_bytes(b"audio")
    await upkeep.once()
    assert await builds_asked_for(upkeep) == ["node1-1.1"]


async def test_a_row_without_its_file_is_said_aloud_and_stays(upkeep: Upkeep) -> None:
    directory = await call(upkeep, "node1-1.1", 1)
    (directory / "citizen.wav").unlink()
    structlog.reset_defaults()
    with capture_logs() as logged:
        await upkeep.once()
    assert [entry["calls"] for entry in logged if entry["log_level"] == "error"] == [["node1-1.1"]]
    async with upkeep.database.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM recordings WHERE deleted_at IS NULL") == 1


async def test_traces_are_kept_for_half_a_year_and_then_pruned(upkeep: Upkeep) -> None:
    async with upkeep.database.transaction() as connection:
        for key, age in (("old", 191), ("young", 189)):
            await enqueue(connection, "work", {}, dedupe_key=key)
            old = "UPDATE job_keys SET enqueued_at = now() - make_interval(days => $2) WHERE key = $1"
            await connection.execute(old, key, age)
            await connection.execute(
                "INSERT INTO login_attempts (name_digest, address, at) VALUES ($1, '127.0.0.1', $2)",
                key.encode(),
                NOW - timedelta(days=age),
            )
    await upkeep.once()
    async with upkeep.database.acquire() as connection:
        assert [row["key"] for row in await connection.fetch("SELECT key FROM job_keys")] == ["young"]
        assert await connection.fetchval("SELECT array_agg(name_digest) FROM login_attempts") == [b"young"]
