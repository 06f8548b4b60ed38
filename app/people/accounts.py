"""Accounts in Postgres: adding people, changing passwords, locking them out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from app.db.pool import Connection
from app.db.queries import QUERIES
from app.people.model import OPERATING, Person
from app.people.passwords import hash_password, password_problems

USER_NAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")
OPERATOR_ID = re.compile(r"[a-z][a-z0-9]{1,31}")


class AccountError(ValueError):
    """An account that cannot be made or changed as asked; the text says why."""


class UnknownUserError(LookupError):
    def __init__(self, name: str) -> None:
        super().__init__(f"no user {name!r}")


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account as lists show it."""

    person: Person
    created_at: datetime
    disabled_at: datetime | None


def check_person(person: Person) -> None:
    """Raises AccountError when name, role, unit and operator id do not fit together."""
    if not USER_NAME.fullmatch(person.name):
        raise AccountError(f"{person.name!r} is not a user name: 2 to 32 of a-z, 0-9, '.', '_', '-', a letter first")
    if (person.role == "unit") != (person.unit_id is not None):
        raise AccountError("the role unit needs a unit, and only that role has one")
    if person.operator_id is None:
        return
    if person.role not in OPERATING:
        raise AccountError(f"the role {person.role} does not take calls: no operator id")
    if not OPERATOR_ID.fullmatch(person.operator_id):
        raise AccountError(f"{person.operator_id!r} is not an operator id such as op1001")


def check_password(user_name: str, password: str) -> None:
    """Raises AccountError with everything that is wrong with a new password."""
    problems = password_problems(user_name, password)
    if problems:
        raise AccountError("the password is not good enough: " + "; ".join(problems))


async def add(connection: Connection, person: Person, password: str, now: datetime) -> None:
    """Make an account. Raises AccountError."""
    check_person(person)
    check_password(person.name, password)
    hashed = await hash_password(password)
    try:
        await connection.execute(
            QUERIES["user_add"], person.name, person.role, person.unit_id, person.operator_id, hashed, now
        )
    except asyncpg.UniqueViolationError as error:
        what = "operator id" if error.constraint_name == "users_operator_id_key" else "name"
        raise AccountError(f"this {what} has an account already") from error
    except asyncpg.ForeignKeyViolationError as error:
        raise AccountError(f"no unit {person.unit_id!r} in the directory") from error


async def get(connection: Connection, name: str) -> Account:
    """Raises UnknownUserError."""
    row = await connection.fetchrow(QUERIES["user_list"], name)
    if row is None:
        raise UnknownUserError(name)
    return _account(row)


async def list_accounts(connection: Connection) -> tuple[Account, ...]:
    return tuple(_account(row) for row in await connection.fetch(QUERIES["user_list"], None))


async def set_password(connection: Connection, name: str, password: str, now: datetime) -> None:
    """Change a password and end everything that was opened with the old one. Must run in a transaction.

    Raises AccountError, UnknownUserError.
    """
    check_password(name, password)
    hashed = await hash_password(password)
    await _required(connection, name, "user_set_password", name, hashed)
    await connection.execute(QUERIES["token_revoke_all"], name, now, None)


async def disable(connection: Connection, name: str, now: datetime) -> None:
    """Lock a person out at once: password, sessions and tokens. Must run in a transaction. Raises UnknownUserError."""
    await _required(connection, name, "user_disable", name, now)
    await connection.execute(QUERIES["token_revoke_all"], name, now, None)


async def enable(connection: Connection, name: str) -> None:
    """Let a person in again; old sessions and tokens stay revoked. Raises UnknownUserError."""
    await _required(connection, name, "user_enable", name)


def person_of(row: asyncpg.Record) -> Person:
    return Person(row["name"], row["role"], row["unit_id"], row["operator_id"])


def _account(row: asyncpg.Record) -> Account:
    return Account(person_of(row), row["created_at"], row["disabled_at"])


async def _required(connection: Connection, name: str, query: str, *args: object) -> None:
    if await connection.fetchval(QUERIES[query], *args) is None:
        raise UnknownUserError(name)
