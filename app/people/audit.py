"""The audit log: who looked at or changed what, when and from where. Append-only, in the database too."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.db.pool import Connection
from app.db.queries import QUERIES
from app.people.model import Person


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be recorded. `subject` is an id such as `ticket:20260930-000001` or `recording:17`.

    `detail` holds ids and reasons, never numbers, names of callers or words.
    """

    person: Person
    action: str
    subject: str
    address: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A line of the log; `address` is the client's IP address or None for the command line."""

    id: int
    at: datetime
    user_name: str
    role: str
    address: str | None
    action: str
    subject: str
    detail: Mapping[str, Any]


def caller_subject(number: str) -> str:
    """The subject of looks at a caller: who knows the number finds them, and the log does not tell it."""
    return f"caller:{hashlib.sha256(number.encode()).hexdigest()[:16]}"


async def record(connection: Connection, entry: Entry) -> int:
    """Append an entry; returns its number. What it is about is to be shown only after it is committed."""
    number: int = await connection.fetchval(
        QUERIES["audit_add"],
        entry.person.name,
        entry.person.role,
        entry.address,
        entry.action,
        entry.subject,
        dict(entry.detail),
    )
    return number


async def read(
    connection: Connection,
    since: datetime,
    before: datetime,
    *,
    user_name: str | None = None,
    subject: str | None = None,
    action: str | None = None,
    below: int | None = None,
    limit: int = 100,
) -> tuple[Recorded, ...]:
    """The log of a period, the newest first; `below` (the last number seen) gives the next page."""
    rows = await connection.fetch(QUERIES["audit_list"], user_name, subject, since, before, below, limit, action)
    return tuple(recorded(dict(row)) for row in rows)


def recorded(row: Mapping[str, Any]) -> Recorded:
    """A line of the log from its columns; others beside them do not matter."""
    values = {name: row[name] for name in Recorded.__dataclass_fields__}
    return Recorded(**{**values, "address": str(row["address"]) if row["address"] is not None else None})
