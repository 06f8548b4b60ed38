"""The dialler's list in Postgres: calls that are wanted, numbers that are never called, what is stopped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from app.db.pool import Connection
from app.db.queries import QUERIES
from app.dialler.plan import Wish
from app.dialler.rules import Outcome, Reason

MOST = 10_000
"""How many wishes are looked at together, the first ones first."""

# What became of a call in the words of the rules: who asked may have hung up, or the way there was blocked.
_OUTCOMES: Mapping[str, Outcome] = {"failed": "refused", "given-up": "not-dialled"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call that is to be put on the list."""

    number: str
    reason: Reason
    wanted_by: str
    ticket: str | None = None
    call: str | None = None
    not_before: datetime | None = None
    priority: int = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """A wish with what it is about; `protected`: who is called is not for everybody to see."""

    wish: Wish
    wanted_by: str
    ticket: str | None
    call: str | None
    protected: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """What a person has stopped: everything, or the calls of some reasons."""

    stopped: bool = False
    paused: frozenset[Reason] = frozenset()
    changed_by: str = ""
    changed_at: datetime | None = None


async def want(connection: Connection, wanted: Wanted, at: datetime) -> tuple[int, bool]:
    """Put a call on the list; its id, and False where the same call was there already."""
    about = (wanted.ticket, wanted.call, wanted.wanted_by, at, wanted.not_before, wanted.priority)
    made = await connection.fetchval(QUERIES["want_call"], wanted.number, wanted.reason, *about)
    if made is not None:
        return int(made), True
    return int(await connection.fetchval(QUERIES["wanted_call_open"], wanted.number, wanted.reason)), False


async def wishes(connection: Connection, most: int = MOST) -> Sequence[Listed]:
    """The open wishes, the first ones first."""
    return [_listed(dict(row)) for row in await connection.fetch(QUERIES["wanted_calls"], most)]


async def end(connection: Connection, wish_id: int, at: datetime, why: str) -> bool:
    """A wish is no more; False where it was none."""
    return await connection.fetchval(QUERIES["end_wanted_call"], wish_id, at, why) is not None


async def in_call(connection: Connection) -> Mapping[str, Reason]:
    """The numbers that are being called, and for what."""
    return {row["number"]: row["reason"] for row in await connection.fetch(QUERIES["numbers_in_call"])}


async def called_since(connection: Connection, since: datetime) -> Mapping[str, int]:
    """How often each number was called."""
    return {row["number"]: row["times"] for row in await connection.fetch(QUERIES["called_since"], since)}


async def asked_in_vain(connection: Connection, since: datetime) -> frozenset[str]:
    """The operators who did not lift the telephone when they were asked."""
    return frozenset(row["unit_id"] for row in await connection.fetch(QUERIES["asked_in_vain"], since))


async def state(connection: Connection) -> State:
    """What is stopped now."""
    [row] = await connection.fetch(QUERIES["dialler_state"])
    paused = frozenset(cast(Iterable[Reason], row["paused"]))
    return State(row["stopped"], paused, row["changed_by"], row["changed_at"])


async def set_state(connection: Connection, wanted: State) -> None:
    """Stop or go on."""
    paused = sorted(wanted.paused)
    await connection.execute(QUERIES["set_dialler_state"], wanted.stopped, paused, wanted.changed_by, wanted.changed_at)


async def never(connection: Connection, now: datetime) -> Sequence[dict[str, Any]]:
    """The numbers that are never called, each with why, who said so, and until when."""
    return [dict(row) for row in await connection.fetch(QUERIES["never_called"], now)]


async def never_call(
    connection: Connection, number: str, why: str, added_by: str, at: datetime, until: datetime | None
) -> None:
    """This number is not called any more."""
    await connection.execute(QUERIES["never_call"], number, why, added_by, at, until)


async def may_be_called_again(connection: Connection, number: str) -> bool:
    """Take a number off that list; False where it was not on it."""
    return await connection.fetchval(QUERIES["may_be_called_again"], number) is not None


async def lock(connection: Connection) -> bool:
    """Whether this transaction plans, and no other of any service."""
    return bool(await connection.fetchval(QUERIES["lock_dialler"]))


def _listed(row: Mapping[str, Any]) -> Listed:
    last = row["last"]
    wish = Wish(
        row["id"],
        row["number"],
        row["reason"],
        row["wanted_at"],
        row["not_before"],
        row["priority"],
        row["tried"],
        row["last_at"],
        _OUTCOMES.get(last, last),
    )
    return Listed(wish, row["wanted_by"], row["about_ticket"], row["about_call"], row["protected"])
