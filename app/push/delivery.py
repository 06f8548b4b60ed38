"""Pushes notices: one job finds the browsers, one for each sends, tries again, and forgets those that are gone."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import aiohttp
import structlog

from app.db.jobs import RetryPolicy, enqueue
from app.db.pool import Database
from app.db.queries import QUERIES
from app.people.rights import RECIPIENTS
from app.push import subscriptions
from app.push.message import LIFE, Subscription, content_of, headers, sealed
from app.webhooks.reach import UNREACHED, Network, public_sockets

log = structlog.get_logger(__name__)

SEND_JOB = "push"
_DEADLINE_S = 10.0
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
# Some twenty minutes; then the notice stands in the desk alone.
_PATIENCE = RetryPolicy(attempts=7, first=timedelta(seconds=20), longest=timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class PushJobs:
    """The handlers. At least once; a notification that comes twice replaces itself, as both have the ticket's tag.

    Only public addresses are reached, and those in `networks`. Without a `contact` nothing is sent: push services
    want to know whom to write to.
    """

    database: Database
    now: Callable[[], datetime]
    contact: str | None
    networks: Sequence[Network] = ()
    patience: RetryPolicy = _PATIENCE
    trust: ssl.SSLContext | bool = True

    async def tell(self, payload: Mapping[str, Any]) -> None:
        """A job for each browser of whom the notices are for."""
        if self.contact is None:
            return
        told = [(role, name) for role, names in RECIPIENTS.items() for name in sorted(names)]
        async with self.database.transaction() as connection:
            rows = await connection.fetch(
                QUERIES["push_wanted"], payload["notices"], [role for role, _ in told], [name for _, name in told]
            )
            for row in rows:
                once = f"{SEND_JOB}:{row['notice']}:{row['subscription']}"
                await enqueue(connection, SEND_JOB, {**row, "attempt": 1}, dedupe_key=once)

    async def send(self, payload: Mapping[str, Any]) -> None:
        """Push one notice to one browser."""
        async with self.database.acquire() as connection:
            row = await connection.fetchrow(QUERIES["push_item"], payload["subscription"], payload["notice"])
            key = await subscriptions.key(connection)
        if self.contact is None or row is None or self.now() - row["at"] > LIFE:
            return
        to = Subscription(row["endpoint"], row["public_key"], row["secret"])
        body = sealed(content_of(row["number"], row["text"]), to)
        error, again = await self._post(to, body, headers(to, key, self.contact, self.now()))
        await self._note(payload, error, again=again)

    async def _post(self, to: Subscription, body: bytes, said: Mapping[str, str]) -> tuple[str | None, bool]:
        """None when it was taken, else what went wrong, and whether another try may help."""
        timeout = aiohttp.ClientTimeout(total=_DEADLINE_S)
        connector = aiohttp.TCPConnector(socket_factory=public_sockets(self.networks), ssl=self.trust)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, connector=connector) as session,
                session.post(to.endpoint, data=body, headers=said, allow_redirects=False) as answer,
            ):
                if 200 <= answer.status < 300:
                    return None, False
                if answer.status in _GONE:
                    return "gone", False
                return f"status {answer.status}", answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= 500
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            tried = str(error.os_error) if isinstance(error, aiohttp.ClientConnectorError) else ""
            return (UNREACHED, False) if UNREACHED in tried else (type(error).__name__, True)

    async def _note(self, payload: Mapping[str, Any], error: str | None, *, again: bool) -> None:
        attempt = payload["attempt"]
        delay = self.patience.delay_after(attempt) if again else None
        if error is not None:
            log.warning("push not taken", subscription=payload["subscription"], error=error, given_up=delay is None)
        async with self.database.transaction() as connection:
            if error == "gone":
                await connection.execute(QUERIES["push_gone"], payload["subscription"])
                return
            await connection.execute(QUERIES["push_done"], payload["subscription"], error or "")
            if delay is not None:
                await enqueue(connection, SEND_JOB, {**payload, "attempt": attempt + 1}, execute_after=delay)
