"""Logging in with a password: counted before it is looked at, slow for guessers, the same answer for every failure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from app.db.pool import Connection, Database
from app.db.queries import QUERIES
from app.people import audit, tokens
from app.people.accounts import USER_NAME, person_of
from app.people.model import Person
from app.people.passwords import hash_password, needs_rehash, verify_password
from app.people.throttle import WINDOW, Limits, Wait, login_wait

_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Session:
    person: Person
    token: tokens.IssuedToken


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
    database: Database, name: str, password: str, address: str, now: datetime, limits: Limits = _LIMITS
) -> Session:
    """Check a password and open a session. `address` is the client's IP address.

    Raises LoginRefused, TooManyAttempts.
    """
    name = name.strip().lower()
    async with database.transaction() as connection:
        attempt = await _begin(connection, name, address, now, limits)
    if isinstance(attempt, Wait):
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
    return await _open(database, person, password, row["password_hash"], attempt, address, now)


async def _begin(connection: Connection, name: str, address: str, now: datetime, limits: Limits) -> int | Wait:
    """Count the attempt as failed until it succeeds, so that guesses sent at once do not slip through."""
    name_digest = hashlib.sha256(name.encode(errors="surrogatepass")).digest()
    await connection.execute(QUERIES["login_lock"], [name_digest.hex(), address])
    failures = await connection.fetch(QUERIES["login_failures"], name_digest, address, now - WINDOW)
    wait = login_wait(
        [row["at"] for row in failures if row["of_user"]],
        [row["at"] for row in failures if row["of_address"]],
        now,
        limits,
    )
    if wait is not None:
        return wait
    attempt: int = await connection.fetchval(QUERIES["login_begin"], name_digest, address, now)
    return attempt


async def _open(
    database: Database,
    person: Person,
    password: str,
    stored: str,
    attempt: int,
    address: str,
    now: datetime,
) -> Session:
    better = await hash_password(password) if needs_rehash(stored) else None
    async with database.transaction() as connection:
        await connection.execute(QUERIES["login_succeeded"], attempt)
        if better is not None:
            await connection.execute(QUERIES["user_set_password"], person.name, better)
        token = await tokens.issue(connection, person.name, "session", now)
        await audit.record(connection, audit.Entry(person, "login", f"user:{person.name}", address))
    return Session(person, token)


async def forget_attempts(connection: Connection, before: datetime) -> None:
    """Remove old attempts; for the nightly job."""
    await connection.execute(QUERIES["login_forget"], before)
