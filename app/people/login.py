"""Logging in with a password: counted before it is looked at, slow for guessers, the same answer for every failure."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from app.db.pool import Connection, Database
from app.db.queries import QUERIES
from app.people import audit, tokens
from app.people.accounts import USER_NAME, person_of
from app.people.model import Person
from app.people.passwords import hash_password, needs_rehash, verify_password
from app.people.throttle import WINDOW, Failure, Limits, Wait, login_wait

log = structlog.get_logger(__name__)

_LIMITS = Limits()


DEVICE_KNOWN_FOR = timedelta(days=180)
"""A device from which nobody has logged in for so long is a strange one again."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody has logged in. `device` is the secret by which the browser is known the next time."""

    person: Person
    token: tokens.IssuedToken
    device: str = field(repr=False)


class LoginRefused(Exception):  # noqa: N818 - named for what happened
    """Wrong name or wrong password; which of them is not said."""

    def __init__(self) -> None:
        super().__init__("the name or the password is wrong")


class TooManyAttempts(Exception):  # noqa: N818 - named for what happened
    """No password is looked at before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"too many failed attempts: try again after {until.isoformat(timespec='seconds')}")
        self.until = until


async def log_in(
    database: Database,
    name: str,
    password: str,
    address: str,
    now: datetime,
    limits: Limits = _LIMITS,
    *,
    device: str | None = None,
) -> Session:
    """Check a password and open a session. `address` is the client's IP address, `device` what an earlier session gave.

    Raises LoginRefused, TooManyAttempts.
    """
    name = name.strip().lower()
    async with database.transaction() as connection:
        attempt = await _begin(connection, name, address, device, now, limits)
    if isinstance(attempt, Wait):
        log.warning("passwords are being guessed: attempts wait", address=address, until=attempt.until.isoformat())
        raise TooManyAttempts(attempt.until)
    async with database.acquire() as connection:
        known = USER_NAME.fullmatch(name) is not None
        row = await connection.fetchrow(QUERIES["user_password"], name) if known else None
    stored = row["password_hash"] if row is not None else None
    right = await verify_password(stored, password)
    if row is None:
        raise LoginRefused
    person = person_of(row)
    if not right:
        async with database.acquire() as connection:
            await audit.record(connection, audit.Entry(person, "login.refused", f"user:{name}", address))
        raise LoginRefused
    token = await _open(database, person, password, row["password_hash"], attempt, address, now)
    return Session(person, token, await _known_from_now_on(database, person, device, now))


async def _known_from_now_on(database: Database, person: Person, device: str | None, now: datetime) -> str:
    """The secret of the device; a new one where none came, or one that is not known for anybody."""
    secret = device or secrets.token_urlsafe(32)
    async with database.acquire() as connection:
        await connection.execute(QUERIES["login_device_used"], _digest(secret), person.name, now)
    return secret


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


async def _begin(
    connection: Connection, name: str, address: str, device: str | None, now: datetime, limits: Limits
) -> int | Wait:
    """Count the attempt as failed until it succeeds, so that guesses sent at once do not slip through."""
    name_digest = _digest(name)
    await connection.execute(QUERIES["login_lock"], [name_digest.hex(), address])
    digest = _digest(device) if device else None
    known = digest is not None and await connection.fetchval(QUERIES["login_device_known"], digest, name)
    seen = digest if known else None
    rows = await connection.fetch(QUERIES["login_failures"], name_digest, address, now - WINDOW, seen)
    wait = login_wait((Failure(**row) for row in rows), now, limits, known=bool(known))
    if wait is not None:
        return wait
    attempt: int = await connection.fetchval(QUERIES["login_begin"], name_digest, address, now, seen)
    return attempt


async def _open(
    database: Database,
    person: Person,
    password: str,
    stored: str,
    attempt: int,
    address: str,
    now: datetime,
) -> tokens.IssuedToken:
    better = await hash_password(password) if needs_rehash(stored) else None
    async with database.transaction() as connection:
        await connection.execute(QUERIES["login_succeeded"], attempt)
        if better is not None:
            await connection.execute(QUERIES["user_set_password"], person.name, better)
        token = await tokens.issue(connection, person.name, "session", now)
        await audit.record(connection, audit.Entry(person, "login", f"user:{person.name}", address))
    return token


async def forget_attempts(connection: Connection, before: datetime, now: datetime) -> None:
    """Remove old attempts, and devices that nobody uses any more; for the nightly job."""
    await connection.execute(QUERIES["login_forget"], before)
    await connection.execute(QUERIES["login_devices_forget"], now - DEVICE_KNOWN_FOR)
