"""Browsers that are to be told, kept in Postgres, and what is to be told them, asked for with the notice itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.db.jobs import enqueue
from app.db.pool import Connection
from app.db.queries import QUERIES
from app.push.message import Subscription, new_key

TELL_JOB = "push-notices"


async def key(connection: Connection) -> str:
    """The installation's private key as PEM, made when it is first asked for; all services have the same."""
    if (known := await connection.fetchval(QUERIES["push_key"])) is None:
        await connection.execute(QUERIES["push_key_add"], new_key())
        known = await connection.fetchval(QUERIES["push_key"])
    return str(known)


async def subscribe(
    connection: Connection, name: str, session: bytes | None, found: Subscription, now: datetime
) -> None:
    """Tell this person in this browser from now on, until they log out there. `session`: the digest of its token."""
    await connection.execute(
        QUERIES["push_subscribe"], name, session, found.endpoint, found.public_key, found.secret, now
    )


async def unsubscribe(connection: Connection, name: str, endpoint: str) -> None:
    """Tell the person nothing more there; a browser that is not known is no error."""
    await connection.execute(QUERIES["push_unsubscribe"], name, endpoint)


async def forget(connection: Connection, before: datetime) -> None:
    """Remove browsers in which nobody has worked since."""
    await connection.execute(QUERIES["push_forget"], before)


async def tell(connection: Connection, notices: Sequence[int]) -> None:
    """Have these notices pushed to whom they are for. Must run in the transaction that wrote them."""
    await enqueue(connection, TELL_JOB, {"notices": list(notices)})
