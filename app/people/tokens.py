"""Sessions and API tokens: 256 random bits for the person, their SHA-256 for the database."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.db.pool import Connection
from app.db.queries import QUERIES
from app.people.accounts import UnknownUserError, person_of
from app.people.model import Person

Kind = Literal["session", "api"]

SESSION_LIFE = timedelta(hours=12)
"""A session lasts a shift."""

API_TOKEN_LIFE = timedelta(days=365)
_BYTES = 32


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token. `secret` is shown once and kept nowhere."""

    id: int
    secret: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenEntry:
    """A token as lists show it."""

    id: int
    kind: Kind
    label: str
    created_at: datetime
    expires_at: datetime


def digest(secret: str) -> bytes:
    """What the database keeps. A plain hash is enough for 256 random bits."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


async def issue(
    connection: Connection,
    name: str,
    kind: Kind,
    now: datetime,
    *,
    label: str = "",
    life: timedelta | None = None,
) -> IssuedToken:
    """A new token for a person who is not disabled. Raises UnknownUserError."""
    secret = secrets.token_urlsafe(_BYTES)
    expires_at = now + (life or (SESSION_LIFE if kind == "session" else API_TOKEN_LIFE))
    token_id = await connection.fetchval(QUERIES["token_add"], digest(secret), kind, name, label, now, expires_at)
    if token_id is None:
        raise UnknownUserError(name)
    return IssuedToken(token_id, secret, expires_at)


async def whose(connection: Connection, secret: str, now: datetime) -> Person | None:
    """The person a session or API token belongs to; None when it is unknown, expired, revoked or disabled."""
    row = await connection.fetchrow(QUERIES["token_person"], digest(secret), now)
    return person_of(row) if row is not None else None


async def list_tokens(connection: Connection, name: str, now: datetime) -> tuple[TokenEntry, ...]:
    """The person's sessions and tokens that are still good."""
    rows = await connection.fetch(QUERIES["token_list"], name, now)
    return tuple(TokenEntry(*row.values()) for row in rows)


async def end_session(connection: Connection, secret: str, now: datetime) -> None:
    """Log out; a token that is not known, or is no session, is no error."""
    await connection.execute(QUERIES["session_end"], digest(secret), now)


async def revoke_id(connection: Connection, name: str, token_id: int, now: datetime) -> bool:
    """Revoke one of a person's tokens by its number; False when there is none."""
    return await connection.fetchval(QUERIES["token_revoke_id"], name, token_id, now) is not None


async def forget_expired(connection: Connection, before: datetime) -> None:
    """Remove tokens that expired before; for the nightly job."""
    await connection.execute(QUERIES["token_forget"], before)
