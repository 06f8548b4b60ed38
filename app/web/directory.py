"""The directory as people use it: found in any way, with who is on duty, which telephones are busy, who answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.db.pool import Connection
from app.db.queries import QUERIES
from app.people.audit import Entry
from app.people.audit import record as note
from app.people.model import Person
from app.people.rights import Forbidden, Row, require
from app.units import store
from app.units.find import find
from app.units.model import Post, Shift, Unit
from app.units.store import UnknownUnitError
from app.web.items import CALLS
from app.web.keys import ZONE
from app.web.live import LiveFeed
from app.web.origin import address
from app.web.problems import Problem
from app.web.views import not_found

LATELY = timedelta(days=30)
_MOST_SHIFTS, _MOST_FOUND = 500, 50


class ShiftBody(BaseModel):
    """One post in one shift. Without a `phone` the post's own number is dialled."""

    model_config = ConfigDict(extra="forbid")

    day: date
    shift: str = Field(min_length=1, max_length=40)
    post: Post
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    name: str = Field("", max_length=100)
    phone: str = Field("", pattern=r"^([0-9+*#]{2,20})?$")


class RosterBody(BaseModel):
    """The whole roster of these days: what is entered for them otherwise is taken away."""

    model_config = ConfigDict(extra="forbid")

    unit_id: str | None = Field(None, pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    days: tuple[date, ...] = Field(min_length=1, max_length=92)
    shifts: tuple[ShiftBody, ...] = Field(max_length=_MOST_SHIFTS)


async def found_units(connection: Connection, who: Person, text: str) -> Sequence[Unit]:
    """The units that fit; after those whose names and words do, those whose key words occur in what was written."""
    units = await store.list_units(connection)
    known = find(units, text, phones=_may(who, None))
    also = await store.search(connection, text)
    return list({unit.id: unit for unit in (*known, *also)}.values())[:_MOST_FOUND]


async def lines(
    connection: Connection, feed: LiveFeed, who: Person, units: Sequence[Unit], now: datetime
) -> Sequence[Mapping[str, Any]]:
    """What is known of each unit now; who is on duty only for those who may know it."""
    chains = {unit.id: posts for unit, posts in await store.duty_chains(connection, now)}
    rung = {row["unit_id"]: row for row in await connection.fetch(QUERIES["units_lately"], now - LATELY)}
    busy = in_use(feed)
    return [
        {
            "on_duty": _posts(chains.get(unit.id, ())) if _may(who, unit.id) else None,
            "in_use": unit.id in busy,
            "rung_lately": rung[unit.id]["rung"] if unit.id in rung else 0,
            "answered_lately": rung[unit.id]["answered"] if unit.id in rung else 0,
        }
        for unit in units
    ]


def in_use(feed: LiveFeed) -> frozenset[str]:
    """The units whose duty telephone rings for a call in progress, or takes part in it."""
    found: set[str] = set()
    for item in feed.held(CALLS).values():
        present = {party.get("party_id") for party in item.value.get("parties", ())}
        found |= {str(one["unit_id"]) for one in item.value.get("summons", ()) if one.get("unit_id")}
        found |= {
            str(attempt["unit_id"])
            for attempt in item.value.get("attempts", ())
            if attempt["ended_at"] is None or attempt["attempt_id"] in present
        }
    return frozenset(found)


async def change_roster(request: web.Request, connection: Connection, who: Person, body: RosterBody) -> list[Shift]:
    """Replace the roster of some days of a unit. Must run in a transaction. Raises Problem 422 and 404."""
    unit_id = body.unit_id or who.unit_id
    if unit_id is None:
        raise Problem(422, "The request does not fit", "Name the unit.", code="unit-needed")
    shifts = [Shift(unit_id=unit_id, **shift.model_dump()) for shift in body.shifts]
    _fitting(shifts, body, request)
    emptied = [Shift(unit_id, day, "x", "A", *_any_hours(day, request)) for day in body.days]
    await store.clear_roster(connection, emptied)
    try:
        await store.save_roster(connection, shifts)
    except UnknownUnitError as error:
        raise not_found("unit", unit_id) from error
    detail = {"days": [str(day) for day in body.days], "shifts": len(shifts)}
    await note(connection, Entry(who, "duty.change", f"unit:{unit_id}", address(request), detail))
    return shifts


def _fitting(shifts: Sequence[Shift], body: RosterBody, request: web.Request) -> None:
    zone = request.app[ZONE]
    for shift in shifts:
        if not timedelta() < shift.ends_at - shift.starts_at <= timedelta(hours=48):
            raise Problem(422, "The request does not fit", f"{shift.day} {shift.shift}: 0 to 48 h.", code="bad-shift")
        if shift.day not in body.days or shift.starts_at.astimezone(zone).date() != shift.day:
            raise Problem(
                422, "The request does not fit", f"{shift.day} {shift.shift} begins on another day.", code="bad-shift"
            )
    places = [(shift.day, shift.shift, shift.post) for shift in shifts]
    if len(places) != len(set(places)):
        raise Problem(422, "The request does not fit", "The same post is in a shift twice.", code="bad-shift")


def _any_hours(day: date, request: web.Request) -> tuple[datetime, datetime]:
    start = datetime(day.year, day.month, day.day, tzinfo=request.app[ZONE])
    return start, start + timedelta(hours=1)


def _may(who: Person, unit_id: str | None) -> bool:
    """Whether the person may know the telephones of the unit; of every unit without one."""
    try:
        require(who, "duty.read", Row(unit_ids=frozenset({unit_id} if unit_id else ())))
    except Forbidden:
        return False
    return True


def _posts(chain: Sequence[Any]) -> list[dict[str, str]]:
    return [{"post": post.post, "name": post.name, "phone": post.phone} for post in chain]
