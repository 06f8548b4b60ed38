"""Hears what other processes change in the database (tickets, messages, transcripts) and puts it on the live feed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import structlog

from app.db.pool import Database, DatabaseUnavailable
from app.jobs.recording import LIVE_CHANNEL
from app.tickets.store import TICKET_CHANNEL
from app.web.live import LiveFeed

log = structlog.get_logger(__name__)

_LOOK_S = 5.0


async def hear(database: Database, feed: LiveFeed) -> None:
    """Listen until cancelled, over any absence of Postgres. Notifications carry ids only."""

    def ticket_changed(_connection: object, _pid: int, _channel: str, number: object) -> None:
        feed.publish("tickets", {"number": number})

    def audio_ready(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        what, _, call_id = str(payload).partition(" ")
        if what == "message":
            feed.publish("calls", {"call": call_id, "change": "MessageStored"})
        else:
            feed.publish("transcript", {"call": call_id})

    while True:
        try:
            await _hear_once(database, {TICKET_CHANNEL: ticket_changed, LIVE_CHANNEL: audio_ready})
        except DatabaseUnavailable:
            log.info("live feed waits for postgres")
        await asyncio.sleep(_LOOK_S)


async def _hear_once(database: Database, listeners: Mapping[str, Callable[..., None]]) -> None:
    """Listen on one connection until it is lost."""
    async with database.acquire() as connection:
        for channel, listener in listeners.items():
            await connection.add_listener(channel, listener)
        try:
            while True:
                await connection.execute("SELECT 1")
                await asyncio.sleep(_LOOK_S)
        finally:
            if not connection.is_closed():
                for channel, listener in listeners.items():
                    await connection.remove_listener(channel, listener)
