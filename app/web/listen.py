"""Hears what other processes change in the database (tickets, recordings, transcripts) and puts it on the live feed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import structlog

from app.db.pool import Database, DatabaseUnavailable
from app.jobs.recording import LIVE_CHANNEL
from app.tickets.store import NOTICE_CHANNEL, TICKET_CHANNEL
from app.web.items import RECORDS, Item
from app.web.live import LiveFeed
from app.web.teller import Teller

log = structlog.get_logger(__name__)

_LOOK_S = 5.0


async def hear(database: Database, feed: LiveFeed, teller: Teller) -> None:
    """Listen until cancelled, over any absence of Postgres. Notifications carry ids only.

    What was changed while nobody listened is not known: whoever follows must register anew then.
    """

    def ticket_changed(_connection: object, _pid: int, _channel: str, number: object) -> None:
        feed.publish("tickets", {"number": number})
        teller.ticket(str(number))

    def notice_given(_connection: object, _pid: int, _channel: str, notice_id: object) -> None:
        teller.notice(int(str(notice_id)))

    def audio_ready(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        what, _, call_id = str(payload).partition(" ")
        if what == "message":
            feed.publish("calls", {"call": call_id, "change": "MessageStored"})
        elif what == "transcript":
            feed.publish("transcript", {"call": call_id})
        feed.tell(RECORDS, call_id, Item(what))

    listeners = {TICKET_CHANNEL: ticket_changed, NOTICE_CHANNEL: notice_given, LIVE_CHANNEL: audio_ready}
    heard_before = False

    def listening() -> None:
        nonlocal heard_before
        if heard_before:
            feed.forget()
        heard_before = True

    while True:
        try:
            await _hear_once(database, listeners, listening)
        except DatabaseUnavailable:
            log.info("live feed waits for postgres")
        await asyncio.sleep(_LOOK_S)


async def _hear_once(
    database: Database, listeners: Mapping[str, Callable[..., None]], listening: Callable[[], None]
) -> None:
    """Listen on one connection until it is lost."""
    async with database.acquire() as connection:
        for channel, listener in listeners.items():
            await connection.add_listener(channel, listener)
        listening()
        try:
            while True:
                await connection.execute("SELECT 1")
                await asyncio.sleep(_LOOK_S)
        finally:
            if not connection.is_closed():
                for channel, listener in listeners.items():
                    await connection.remove_listener(channel, listener)
