"""The jobs after a call: legs become tracks and a mixed copy, messages are stored, all becomes a transcript."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from app.calls import store as calls
from app.calls.record import CallRecord, Leg, fold
from app.db.jobs import enqueue
from app.db.pool import Connection, Database
from app.db.queries import QUERIES
from recordings import messages, naming, tracks, wav
from recordings.build import BuiltRecording, build_recording
from recordings.recogniser import Recogniser
from recordings.store import discard_raw
from recordings.transcript import Speech, transcript

log = structlog.get_logger(__name__)

TRANSCRIPT_JOB = "transcribe"
ENRICH_JOB = "enrich-ticket"
LIVE_CHANNEL = "hotline_live"


@dataclass(frozen=True, slots=True)
class RecordingJobs:
    """The handlers, with what they need. `raw_dirs` maps a node's name to where its raw legs lie."""

    database: Database
    recogniser: Recogniser
    raw_dirs: Mapping[str, Path]
    store_dir: Path
    mixed_format: naming.MixedFormat
    zone: ZoneInfo
    model_name: str

    async def build(self, payload: Mapping[str, Any]) -> None:
        """Build and register a call's recording and messages. Safe to repeat: the same files, the same rows."""
        call_id = naming.check_id(payload["call_id"])
        async with self.database.acquire() as connection:
            record = fold(call_id, await calls.load_events(connection, call_id))
        raw_dir = self.raw_dirs[record.node]
        legs = legs_of(record, raw_dir)
        if legs and record.conversation:
            await self._build_tracks(record, legs, raw_dir)
        elif record.conversation or not record.message_at:
            log.warning("no recording", call=call_id)
        if record.message_at:
            await self._store_messages(call_id, record.message_at, raw_dir)
            if not any(map(_holds_audio, (leg.path for leg in legs))):
                discard_raw(raw_dir, call_id)

    async def _build_tracks(self, record: CallRecord, legs: Sequence[tracks.Leg], raw_dir: Path) -> None:
        call_id = record.call_id
        built = await build_recording(
            legs,
            clock_start=clock_start(record),
            call_id=call_id,
            store_dir=self.store_dir,
            mixed_format=self.mixed_format,
            zone=self.zone,
        )
        async with self.database.transaction() as connection:
            await _register(connection, built, self.store_dir)
            await _tell(connection, "sound", call_id)
            await enqueue(connection, TRANSCRIPT_JOB, {"call_id": call_id}, dedupe_key=f"{TRANSCRIPT_JOB}:{call_id}")
        if not built.raw_needed:
            discard_raw(raw_dir, call_id)

    async def _store_messages(self, call_id: str, at: datetime, raw_dir: Path) -> None:
        raw = messages.raw_messages(raw_dir, call_id)
        stored = await messages.store_messages(raw_dir, call_id, self.store_dir, at, self.zone)
        if not stored and not raw:
            log.error("a message was begun, and there is no audio of it", call=call_id)
            return
        async with self.database.transaction() as connection:
            if stored:
                await _register_messages(connection, call_id, stored, self.store_dir)
                key = f"{TRANSCRIPT_JOB}:{call_id}:messages"
                await enqueue(connection, TRANSCRIPT_JOB, {"call_id": call_id}, dedupe_key=key)
            else:
                await connection.execute(QUERIES["forget_message"], call_id)
            await _tell(connection, "message", call_id)
        messages.discard_raw_messages(raw_dir, call_id)

    async def transcribe(self, payload: Mapping[str, Any]) -> None:
        """Recognise a call's tracks and store its transcript. Safe to repeat."""
        call_id = payload["call_id"]
        async with self.database.acquire() as connection:
            rows = await connection.fetch(QUERIES["call_recordings"], call_id)
        spoken = [row for row in rows if row["kind"] in {"track", "message"}]
        words = await asyncio.gather(*(self.recogniser.recognise(self.store_dir / row["path"]) for row in spoken))
        said = [
            (row["kind"], Speech(row["role"], row["name"], heard)) for row, heard in zip(spoken, words, strict=True)
        ]
        # Each message has a clock of its own.
        parts = [[speech] for kind, speech in said if kind == "message"]
        parts.append([speech for kind, speech in said if kind == "track"])
        turns = [turn.as_json() for part in parts for turn in transcript(part)]
        async with self.database.transaction() as connection:
            await connection.execute(QUERIES["put_transcript"], call_id, turns, self.model_name)
            await enqueue(connection, ENRICH_JOB, {"call_id": call_id}, dedupe_key=f"{ENRICH_JOB}:{call_id}")
            await _tell(connection, "transcript", call_id)


async def _tell(connection: Connection, what: str, call_id: str) -> None:
    """Let whoever listens know, with the transaction, that a call's record has grown by this."""
    await connection.execute("SELECT pg_notify($1, $2)", LIVE_CHANNEL, f"{what} {call_id}")


def clock_start(record: CallRecord) -> datetime:
    """The call's clock begins when somebody was first bridged. Raises ValueError when nobody was."""
    starts = [leg.bridged[0][0] for leg in record.legs if leg.bridged]
    start = min(starts, default=record.answered_at)
    if start is None:
        raise ValueError(f"call {record.call_id}: nobody was bridged")
    return start


def legs_of(record: CallRecord, raw_dir: Path) -> list[tracks.Leg]:
    """The raw files of a call with the times at which they were written.

    A file that no event tells of (the service was down, the journal lost) is taken too, without times.
    """
    found = [_leg(leg, record.call_id, raw_dir, name) for leg, name in named(record.legs)]
    known = {leg.path for leg in found}
    used = {leg.name for leg in found}
    for raw in _raw_files(raw_dir, record.call_id):
        if raw.path not in known:
            name = free_name(raw.role, used)
            used.add(name)
            found.append(tracks.Leg(raw.role, name, raw.path))
    return found


def named(legs: Sequence[Leg]) -> list[tuple[Leg, str]]:
    """Give each leg its track's name: citizen, operator, operator-2, unit-1, unit-2 ..."""
    seen: Counter[str] = Counter()
    result = []
    for leg in legs:
        seen[leg.role] += 1
        number = seen[leg.role]
        result.append((leg, leg.role if leg.role != "unit" and number == 1 else f"{leg.role}-{number}"))
    return result


def free_name(role: str, used: Iterable[str]) -> str:
    """A track name of this role that is not in use."""
    if role != "unit" and role not in used:
        return role
    number = 1 if role == "unit" else 2
    while f"{role}-{number}" in used:
        number += 1
    return f"{role}-{number}"


def _leg(leg: Leg, call_id: str, raw_dir: Path, name: str) -> tracks.Leg:
    role = next(role for role in naming.ROLES if role == leg.role)
    return tracks.Leg(role, name, naming.raw_leg_path(raw_dir, call_id, role, leg.party_id), leg.bridged)


def _raw_files(raw_dir: Path, call_id: str) -> list[naming.RawLeg]:
    paths = sorted(naming.raw_directory(raw_dir, call_id).glob("*.wav"))
    return [raw for raw in map(naming.parse_raw_leg, paths) if raw]


def _holds_audio(path: Path) -> bool:
    """Whether a raw file is more than the header of a recorder that was armed and never bridged."""
    try:
        return wav.inspect(path).samples > 0
    except FileNotFoundError:
        return False
    except wav.WavError:
        return True


async def _register(connection: Connection, built: BuiltRecording, store_dir: Path) -> None:
    for track in built.tracks:
        path = naming.stored_path(store_dir, track.path)
        row = (built.call_id, "track", track.role, track.name, path, track.seconds, track.sha256)
        await connection.fetchval(QUERIES["insert_recording"], *row)
    mixed, path = built.mixed, naming.stored_path(store_dir, built.mixed.path)
    await connection.fetchval(
        QUERIES["insert_recording"], built.call_id, "mixed", None, "mixed", path, mixed.seconds, mixed.sha256
    )


async def _register_messages(
    connection: Connection, call_id: str, stored: Iterable[messages.StoredMessage], store_dir: Path
) -> None:
    for message in stored:
        path = naming.stored_path(store_dir, message.path)
        row = (call_id, "message", "citizen", message.name, path, message.seconds, message.sha256)
        await connection.fetchval(QUERIES["insert_recording"], *row)
