"""The audit log as a chain of seals: whoever changes or takes out a line afterwards is found out.

A seal is the SHA-256 of the seal before it and of its line. It is no secret: who owns the database can make a new
chain, but not one with the seals that were noted elsewhere (`Chain.head`, the log of the worker, a syslog server).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from app.db.pool import Connection, Database
from app.db.queries import QUERIES
from app.people.audit import Recorded, recorded

BEGINNING = bytes(32)
# A worker seals every minute; what is still open after so long was kept from it.
_SEALED_WITHIN = timedelta(minutes=10)
_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Link:
    """A place of the chain (from 1) with its line; None: that line is gone."""

    place: int
    line_id: int
    seal: bytes
    line: Recorded | None


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the chain does not hold."""

    what: Literal["line changed", "line gone", "seals gone", "not the seal that was noted", "line without a seal"]
    place: int
    line_id: int | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Head:
    """The last seal, to be noted where the database's owner cannot change it."""

    place: int = 0
    seal: bytes = BEGINNING

    def __str__(self) -> str:
        return f"{self.place}:{self.seal.hex()}"

    @classmethod
    def noted(cls, text: str) -> Head:
        """A head as `str` writes it. Raises ValueError."""
        place, _, seal = text.strip().partition(":")
        head = cls(int(place), bytes.fromhex(seal))
        if head.place < 1 or len(head.seal) != len(BEGINNING):
            raise ValueError(f"{text}: a place from 1 and 64 hexadecimal digits, as in 42:9f86…")
        return head


@dataclass(frozen=True, slots=True)
class Chain:
    """What looking through the whole chain has found."""

    head: Head
    faults: tuple[Fault, ...]


def line_text(line: Recorded) -> str:
    """A line in the one form that is sealed and sent on: JSON, keys in order, the time in UTC."""
    values: dict[str, Any] = {
        "id": line.id,
        "at": line.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "user": line.user_name,
        "role": line.role,
        "address": line.address,
        "action": line.action,
        "subject": line.subject,
        "detail": line.detail,
    }
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def seal_of(before: bytes, line: Recorded) -> bytes:
    """The seal of a line that follows the seal `before`."""
    return hashlib.sha256(before + line_text(line).encode()).digest()


def sealed(head: Head, lines: Iterable[Recorded]) -> tuple[Link, ...]:
    """The chain's next links."""
    links: list[Link] = []
    before = head.seal
    for place, line in enumerate(lines, head.place + 1):
        before = seal_of(before, line)
        links.append(Link(place, line.id, before, line))
    return tuple(links)


def check(head: Head, links: Sequence[Link], noted: Head | None = None) -> tuple[Head, tuple[Fault, ...]]:
    """The head after these links, and what is wrong with them; they follow `head`, in their order.

    After a fault the chain is followed from the seal that stands there: one changed line is one fault.
    """
    faults: list[Fault] = []
    for link in links:
        if missing := link.place - head.place - 1:
            faults.append(Fault("seals gone", head.place + 1, count=missing))
        elif link.line is None:
            faults.append(Fault("line gone", link.place, link.line_id))
        elif seal_of(head.seal, link.line) != link.seal:
            faults.append(Fault("line changed", link.place, link.line_id))
        if noted and noted.place == link.place and noted.seal != link.seal:
            faults.append(Fault("not the seal that was noted", link.place, link.line_id))
        head = Head(link.place, link.seal)
    return head, tuple(faults)


async def seal_new(database: Database) -> Head:
    """Seal every line that has none; any number may try at once. The head then, also where nothing was new.

    Raises DatabaseUnavailable, asyncpg.PostgresError.
    """
    while True:
        async with database.transaction() as connection:
            await connection.execute(QUERIES["audit_chain_alone"])
            head = await _head(connection)
            rows = await connection.fetch(QUERIES["audit_unsealed"], _BATCH)
            links = sealed(head, (recorded(dict(row)) for row in rows))
            if not links:
                return head
            places, lines, seals = zip(*((one.place, one.line_id, one.seal) for one in links), strict=True)
            await connection.execute(QUERIES["audit_seal"], places, lines, seals)
            if len(links) < _BATCH:
                return Head(links[-1].place, links[-1].seal)


async def verify(database: Database, now: datetime, noted: Head | None = None) -> Chain:
    """Look through the whole chain. `noted` is a head written down earlier, which must still stand at its place.

    Raises DatabaseUnavailable, asyncpg.PostgresError.
    """
    head, faults = Head(), list[Fault]()
    while links := await _links(database, head.place):
        head, found = check(head, links, noted)
        faults += found
    async with database.acquire() as connection:
        never = await connection.fetchval(QUERIES["audit_never_sealed"], now - _SEALED_WITHIN)
    if never:
        faults.append(Fault("line without a seal", head.place, count=never))
    if noted and noted.place > head.place:
        faults.append(Fault("seals gone", head.place + 1, count=noted.place - head.place))
    return Chain(head, tuple(faults))


async def following(connection: Connection, place: int, most: int) -> tuple[Link, ...]:
    """The links after a place."""
    rows = await connection.fetch(QUERIES["audit_chain"], place, most)
    return tuple(
        Link(row["place"], row["line_id"], row["seal"], recorded(dict(row)) if row["id"] is not None else None)
        for row in rows
    )


async def _links(database: Database, place: int) -> tuple[Link, ...]:
    async with database.acquire() as connection:
        return await following(connection, place, _BATCH)


async def _head(connection: Connection) -> Head:
    row = await connection.fetchrow(QUERIES["audit_chain_head"])
    return Head(row["place"], row["seal"]) if row else Head()
