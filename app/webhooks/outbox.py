"""Webhooks in Postgres: who is to be told, and what is still to be told, written with the change itself."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from app.db.jobs import enqueue
from app.db.pool import Connection
from app.db.queries import QUERIES

DELIVER_JOB = "deliver-webhook"
SHORTEST_SECRET = 16


class UnknownWebhookError(LookupError):
    def __init__(self, webhook_id: int) -> None:
        super().__init__(f"no webhook {webhook_id}")


class BadWebhookError(ValueError):
    """An address or a secret that cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A registered endpoint. The secret is shown this once."""

    id: int
    url: str
    secret: str
    created_at: datetime


async def add(connection: Connection, url: str, secret: str | None = None) -> NewWebhook:
    """Register an endpoint, with a generated secret unless one is given. Raises BadWebhookError."""
    if not _is_address(url):
        raise BadWebhookError(f"{url!r} is not an address such as https://example.org/tickets")
    secret = secret or secrets.token_urlsafe(32)
    if len(secret) < SHORTEST_SECRET:
        raise BadWebhookError(f"the secret is shorter than {SHORTEST_SECRET} characters")
    row = await connection.fetchrow(QUERIES["webhook_add"], url, secret)
    if row is None:
        raise RuntimeError("the webhook was not stored")
    return NewWebhook(row["id"], row["url"], secret, row["created_at"])


async def remove(connection: Connection, webhook_id: int) -> None:
    """Tell this endpoint nothing more; what waits for it is not sent. Raises UnknownWebhookError."""
    if await connection.fetchval(QUERIES["webhook_remove"], webhook_id) is None:
        raise UnknownWebhookError(webhook_id)


async def redeliver(connection: Connection, webhook_id: int) -> int:
    """Try again what was given up. Must run in a transaction. Returns how many; raises UnknownWebhookError."""
    if not await connection.fetchval(QUERIES["webhook_exists"], webhook_id):
        raise UnknownWebhookError(webhook_id)
    rows = await connection.fetch(QUERIES["webhook_redeliver"], webhook_id)
    for number in sorted({row["number"] for row in rows}):
        await ask(connection, webhook_id, number)
    return len(rows)


async def tell(connection: Connection, number: str, actions: Sequence[str], at: datetime) -> None:
    """Put a ticket's change into the outbox of every endpoint. Must run in the change's own transaction."""
    for row in await connection.fetch(QUERIES["webhook_tell"], number, list(actions), at):
        await ask(connection, row["webhook_id"], number)


async def forget(connection: Connection, number: str) -> None:
    """A ticket became confidential: what was to be told of it, and what was told, is not kept."""
    await connection.execute(QUERIES["webhook_forget"], number)


async def ask(connection: Connection, webhook_id: int, number: str, *, after: timedelta | None = None) -> None:
    """A job that delivers what waits of one ticket for one endpoint."""
    payload = {"webhook_id": webhook_id, "number": number}
    await enqueue(connection, DELIVER_JOB, payload, execute_after=after)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
