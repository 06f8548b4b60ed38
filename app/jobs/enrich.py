"""The job after the transcript: what was said on the call becomes suggestions on its ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import asyncpg

from app.db.pool import Connection
from app.db.queries import QUERIES
from app.tickets import store, suggest
from app.tickets.proposing import proposed
from app.tickets.service import Tickets


class EnrichJobs:
    """The handler. Safe to repeat: suggestions are made anew, a draft is only written where nothing stands."""

    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets

    async def enrich(self, payload: Mapping[str, Any]) -> None:
        """Suggest content, unit, place, answer and merging for a call's ticket; nothing for a confidential one."""
        place = await self._tickets.place()
        async with self._tickets.database.transaction() as connection:
            number = await connection.fetchval(QUERIES["open_ticket_of_call"], payload["call_id"])
            transcript = await connection.fetchrow(QUERIES["get_transcript"], payload["call_id"])
            if number is None or transcript is None:
                return
            await store.lock(connection, number)
            row = await connection.fetchrow(QUERIES["get_ticket"], number)
            if row is None or row["confidential"]:
                return
            draft = suggest.draft(transcript["turns"])
            made = await _suggestions(connection, row, draft, [str(turn["text"]) for turn in transcript["turns"]])
            await store.put_suggestions(connection, number, made, draft, self._tickets.now(), place)


async def _suggestions(connection: Connection, row: asyncpg.Record, draft: str, said: list[str]) -> dict[str, Any]:
    parties = await connection.fetch(QUERIES["call_parties"], row["call_id"])
    joined = [party["name"] for party in parties if party["role"] == "unit" and party["name"]]
    text = "\n".join(said)
    made = await proposed(connection, text, draft=draft, joined=joined)
    where = made["place"]
    return {
        "content": draft,
        **made,
        "answer": suggest.answer(joined, row["satisfaction"]),
        "earlier": await _earlier(connection, row),
        "duplicates": await _duplicates(connection, row, draft, where["text"] if where else ""),
    }


async def _earlier(connection: Connection, row: asyncpg.Record) -> list[dict[str, Any]]:
    rows = await connection.fetch(QUERIES["caller_tickets"], row["caller_phone"], row["number"])
    return [{**found, "received_at": found["received_at"].isoformat()} for found in map(dict, rows)]


async def _duplicates(connection: Connection, row: asyncpg.Record, draft: str, where: str) -> list[dict[str, Any]]:
    """Looked for among the tickets of the last two weeks."""
    since = row["received_at"] - suggest.WINDOW
    rows = await connection.fetch(QUERIES["recent_open_tickets"], since, row["received_at"], row["number"])
    others = [suggest.Other(found["number"], found["content"], found["place"], found["received_at"]) for found in rows]
    found = suggest.duplicates(row["content"] or draft, where, row["received_at"], others)
    return [asdict(one) for one in found]
