"""Delivers the outbox over HTTP: one ticket's changes strictly one after the other, each until it is taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import aiohttp
import asyncpg
import structlog

from app.db.pool import Connection, Database
from app.db.queries import QUERIES
from app.webhooks.outbox import ask
from app.webhooks.reach import UNREACHED, Network, public_sockets
from app.webhooks.signature import HEADER, sign

log = structlog.get_logger(__name__)

_BUSY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an endpoint may take, and how often and how far apart it is tried: `first`, doubling up to `longest`."""

    deadline_s: float = 10.0
    attempts: int = 12
    first: timedelta = timedelta(seconds=10)
    longest: timedelta = timedelta(hours=1)

    def delay_after(self, failures: int) -> timedelta | None:
        """The wait after so many failures (from 1); None: given up, until a person asks again."""
        if failures >= self.attempts:
            return None
        return min(self.first * (1 << (failures - 1)), self.longest)


class _Next(Enum):
    """What to do after looking at one ticket's outbox."""

    GO_ON = "go on"
    STOP = "stop"


class WebhookJobs:
    """The handler. Delivered is at least once: a receiver tells repetitions by the header `Hotline-Delivery`.

    Only public addresses are reached, and those in `networks`; redirections are not followed.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        patience: Patience | None = None,
        networks: Sequence[Network] = (),
    ) -> None:
        self._database = database
        self._now = now
        self._patience = patience or Patience()
        self._networks = networks

    async def deliver(self, payload: Mapping[str, Any]) -> None:
        """Deliver what waits of one ticket for one endpoint, until nothing waits or something was not taken."""
        timeout = aiohttp.ClientTimeout(total=self._patience.deadline_s)
        connector = aiohttp.TCPConnector(socket_factory=public_sockets(self._networks))
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
            while await self._deliver_one(session, payload["webhook_id"], payload["number"]) is _Next.GO_ON:
                pass

    async def _deliver_one(self, session: aiohttp.ClientSession, webhook_id: int, number: str) -> _Next:
        async with self._database.transaction() as connection:
            if not await connection.fetchval(QUERIES["webhook_alone"], webhook_id, number):
                # Whoever delivers this ticket now may have looked just before ours came in.
                await ask(connection, webhook_id, number, after=_BUSY)
                return _Next.STOP
            head = await connection.fetchrow(QUERIES["webhook_head"], webhook_id, number)
            if head is None or head["state"] == "given_up" or not head["due"]:
                return _Next.STOP
            error = await self._send(session, head)
            if error is None:
                await connection.execute(QUERIES["webhook_delivered"], head["id"])
                return _Next.GO_ON
            await self._not_taken(connection, head, error, webhook_id, number)
            return _Next.STOP

    async def _send(self, session: aiohttp.ClientSession, head: asyncpg.Record) -> str | None:
        """Send one change; None when the endpoint took it (any 2xx), else what went wrong."""
        body: bytes = head["body"].encode()
        headers = {
            "Content-Type": "application/json",
            "Hotline-Delivery": str(head["id"]),
            HEADER: sign(head["secret"], int(self._now().timestamp()), body),
        }
        try:
            async with session.post(head["url"], data=body, headers=headers, allow_redirects=False) as response:
                return None if 200 <= response.status < 300 else f"status {response.status}"
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            # A name with several addresses has all their errors in one.
            tried = str(error.os_error) if isinstance(error, aiohttp.ClientConnectorError) else ""
            return UNREACHED if UNREACHED in tried else type(error).__name__

    async def _not_taken(
        self, connection: Connection, head: asyncpg.Record, error: str, webhook_id: int, number: str
    ) -> None:
        failures = head["attempts"] + 1
        delay = self._patience.delay_after(failures)
        log.warning("webhook not taken", webhook=webhook_id, delivery=head["id"], failures=failures, error=error)
        state = "given_up" if delay is None else "waiting"
        await connection.execute(QUERIES["webhook_failed"], head["id"], state, delay or timedelta(0), error)
        if delay is not None:
            await ask(connection, webhook_id, number, after=delay)
