"""Work lists: what waits for whom, by page and by number; read from the narrow rows that migration 0060 keeps up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from app.db.pool import Connection
from app.people.model import Person
from app.people.rights import may

List = Literal[
    "to-dispatch",
    "returned",
    "extensions",
    "due-soon",
    "late",
    "to-follow-up",
    "to-close",
    "supervised",
    "mine",
    "to-accept",
    "open",
]
Sort = Literal["received", "oldest", "due"]
"""Latest first, oldest first, or by the limit that comes first."""

LISTS: tuple[List, ...] = get_args(List)
DUE_SOON = timedelta(hours=48)
_OF_UNITS: frozenset[List] = frozenset(
    {"returned", "extensions", "due-soon", "late", "supervised", "mine", "to-accept", "open"}
)
_TIMED: frozenset[List] = frozenset({"late", "due-soon"})
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[0-9]{8}-[0-9]{0,6}")
_PHONE = re.compile(r"\+?[0-9]{7,20}")

_COLUMNS = """t.number, t.call_id, t.status, t.category, t.urgency, t.source, t.anonymous, t.confidential, t.content,
    t.unit_ids, t.discipline_unit, t.caller_phone, t.caller_name, t.satisfaction, t.received_at,
    nullif(l.due_at, 'infinity') AS due_at, t.closed_at, t.late, t.version, l.due_at::text AS place"""
_LIMITED = "l.due_at >= $3::timestamptz AND l.due_at < $4::timestamptz"
_UNLIMITED = "$3::timestamptz IS NULL AND $4::timestamptz IS NULL"
_PAGE = """
SELECT {columns}
FROM ticket_lists l JOIN tickets t USING (number)
WHERE l.scope = $1 AND l.list = $2 AND {limits}
  AND {wanted} AND {after}
ORDER BY {order} LIMIT $8"""
_ORDERS: Mapping[Sort, tuple[str, str]] = {
    "received": (
        "($6::text IS NULL OR (l.received_at, l.number) < ($6::text::timestamptz, $7::text))",
        "l.received_at DESC, l.number DESC",
    ),
    "oldest": (
        "($6::text IS NULL OR (l.received_at, l.number) > ($6::text::timestamptz, $7::text))",
        "l.received_at, l.number",
    ),
    "due": (
        "($6::text IS NULL OR (l.due_at, l.number) > ($6::text::timestamptz, $7::text))",
        "l.due_at, l.number",
    ),
}
_COUNTS = """
SELECT scope, list, count(*) AS tickets FROM ticket_lists WHERE scope = ANY ($1) GROUP BY scope, list
UNION ALL
SELECT scope, 'late', count(*) FROM ticket_lists
WHERE scope = ANY ($1) AND list = 'open' AND due_at < $2 GROUP BY scope
UNION ALL
SELECT scope, 'due-soon', count(*) FROM ticket_lists
WHERE scope = ANY ($1) AND list = 'open' AND due_at >= $2 AND due_at < $3 GROUP BY scope"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the value that the list is sorted by, as Postgres writes it, and the ticket's number."""

    value: str
    number: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """One page of one list. `text`: a ticket's number or its beginning, a caller's number, or words of the content."""

    list: List
    sort: Sort
    text: str = ""
    after: Place | None = None
    limit: int = 50


def lists_of(person: Person) -> tuple[List, ...]:
    """The lists that a person works with."""
    return tuple(name for name in LISTS if (name in _OF_UNITS if person.role == "unit" else name != "to-accept"))


def default_sort(name: List) -> Sort:
    return "due" if name in _TIMED else "received"


def scope_of(person: Person, name: List) -> str:
    """Whose rows the list is made of."""
    if person.role == "unit":
        return f"unit:{person.unit_id}"
    return f"owner:{person.name}" if name == "mine" else "centre"


def scopes_of(person: Person) -> tuple[str, ...]:
    """All that the person's lists are made of."""
    return tuple(dict.fromkeys(scope_of(person, name) for name in lists_of(person)))


def statement(person: Person, wanted: Wanted, now: datetime) -> tuple[str, tuple[object, ...]]:
    """The query of a page and its arguments; each way of sorting and of searching is a plan of its own."""
    after, order = _ORDERS[wanted.sort]
    searched, text = _searched(wanted.text.strip(), callers=may(person, "ticket.caller"))
    limits = _LIMITED if wanted.list in _TIMED else _UNLIMITED
    sql = _PAGE.format(columns=_COLUMNS, limits=limits, wanted=searched, after=after, order=order)
    place = (wanted.after.value, wanted.after.number) if wanted.after else (None, None)
    kept = "open" if wanted.list in _TIMED or wanted.list == "mine" else wanted.list
    return sql, (scope_of(person, wanted.list), kept, *_between(wanted.list, now), text, *place, wanted.limit)


async def page(connection: Connection, person: Person, wanted: Wanted, now: datetime) -> Sequence[Mapping[str, Any]]:
    """The rows of a page. Their `place` is the limit as Postgres writes it; it is for `place_of`."""
    sql, arguments = statement(person, wanted, now)
    return list(map(dict, await connection.fetch(sql, *arguments)))


def place_of(row: Mapping[str, Any], sort: Sort) -> Place:
    """Where a page that ends with this row ended."""
    value = row["place"] if sort == "due" else row["received_at"].isoformat()
    return Place(str(value), str(row["number"]))


async def counts(
    connection: Connection, people: Iterable[Person], now: datetime
) -> Mapping[Person, Mapping[List, int]]:
    """How many tickets are in each list of each of these people, all in one query."""
    asking = set(people)
    scopes = sorted({scope for person in asking for scope in scopes_of(person)})
    rows = await connection.fetch(_COUNTS, scopes, now, now + DUE_SOON)
    held = {(row["scope"], row["list"]): row["tickets"] for row in rows}
    return {
        person: {
            name: held.get((scope_of(person, name), "open" if name == "mine" else name), 0) for name in lists_of(person)
        }
        for person in asking
    }


def _between(name: List, now: datetime) -> tuple[datetime | None, datetime | None]:
    """From which limit to before which: nothing for a list that goes by something else."""
    if name == "late":
        return _LONG_AGO, now
    return (now, now + DUE_SOON) if name == "due-soon" else (None, None)


def _searched(text: str, *, callers: bool) -> tuple[str, str]:
    """The condition for what is looked for, which is argument 5, and that argument."""
    if not text:
        return "$5::text = ''", ""
    if _NUMBER.fullmatch(text):
        return "starts_with(t.number, $5)", text
    if callers and _PHONE.fullmatch(text):
        return "t.caller_phone = $5 AND t.caller_phone <> '' AND NOT t.confidential", text
    content = (
        "NOT t.confidential AND bigrams(t.content) @@ bigram_query($5)"
        " AND strpos(lower(left(t.content, 4000)), lower($5)) > 0"
    )
    return content, text
