"""The directory of units over HTTP: who they are, who answers for them, who is on duty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import Field

from app.db.queries import QUERIES
from app.people.model import Person
from app.people.rights import Forbidden, Row, require
from app.units import store
from app.units.duty import NobodyOnDutyError
from app.units.model import DatedContact, DutyPost, Unit
from app.units.store import UnknownUnitError
from app.web.auth import check
from app.web.directory import RosterBody, change_roster, found_units, lines
from app.web.keys import DATABASE, LIVE, ZONE
from app.web.problems import Problem
from app.web.views import View, not_found

# `from` is a word of Python's own.
From = Annotated[date | None, Field(alias="from")]
_WEEK, _MOST_DAYS, _MOST_RINGS = 7, 92, 200
_EARLIEST, _LATEST = 1900, 2199


class UnitsView(View):
    async def get(self, q: str = "") -> web.Response:
        """The directory, or the units in service that fit: by name, pinyin or its initials, key words (which hold
        other names), remit, district, telephone; or whose key words occur in what was written.

        With each who is on duty now, whether its telephone is in use, and how often it was rung and answered within
        thirty days.

        Tags: units
        """
        who = check(self.request, "unit.list")
        now = datetime.now(self.request.app[ZONE])
        async with self.request.app[DATABASE].acquire() as connection:
            found = await (found_units(connection, who, q) if q.strip() else store.list_units(connection))
            known = await lines(connection, self.request.app[LIVE], who, found, now)
        return self.json([_listed(unit) | dict(line) for unit, line in zip(found, known, strict=True)])


class UnitView(View):
    async def get(self, unit_id: str, /, history: bool = False) -> web.Response:
        """One unit; with the people of its posts for those who may know them, `history`: also the earlier ones.

        Tags: units
        """
        who = check(self.request, "unit.read")
        async with self.request.app[DATABASE].acquire() as connection:
            try:
                unit = await store.get(connection, unit_id)
            except UnknownUnitError as error:
                raise not_found("unit", unit_id) from error
            contacts = await store.contact_history(connection, unit_id)
        shown: dict[str, Any] = _listed(unit) | {"note": unit.note}
        try:
            require(who, "unit.contacts", Row(unit_ids=frozenset({unit_id})))
        except Forbidden:
            return self.json(shown)
        return self.json(shown | {"contacts": [_contact(one) for one in contacts if history or one.valid_to is None]})


class UnitRingsView(View):
    async def get(self, unit_id: str, /, before: datetime | None = None, limit: int = 50) -> web.Response:
        """Every ring of a unit's duty telephones, latest first, with who was rung and what became of it; `before`
        continues a list. A unit is told the call only where it came into it.

        Tags: units
        """
        who = check(self.request, "duty.read", Row(unit_ids=frozenset({unit_id})))
        until = self.aware(before) or datetime.now(self.request.app[ZONE])
        async with self.request.app[DATABASE].acquire() as connection:
            rows = await connection.fetch(QUERIES["unit_rings"], unit_id, until, max(1, min(limit, _MOST_RINGS)))
        return self.json([_ring(who, row) for row in rows])


class DutyView(View):
    async def get(self, unit_id: str | None = None, at: datetime | None = None) -> web.Response:
        """Whom a three-party call with a unit would dial now (or `at`), in order; without `unit_id`, of every unit.

        Tags: units
        """
        who = check(self.request, "duty.read")
        zone = self.request.app[ZONE]
        when = self.aware(at) or datetime.now(zone)
        if unit_id is None and who.unit_id is None:
            async with self.request.app[DATABASE].acquire() as connection:
                chains = await store.duty_chains(connection, when, zone)
            return self.json(
                [{"unit_id": unit.id, "unit_name": unit.name, "posts": _posts(posts)} for unit, posts in chains]
            )
        wanted = unit_id or who.unit_id or ""
        check(self.request, "duty.read", Row(unit_ids=frozenset({wanted})))
        try:
            async with self.request.app[DATABASE].acquire() as connection:
                return self.json(_posts(await store.duty_chain(connection, wanted, when, zone)))
        except UnknownUnitError as error:
            raise not_found("unit", wanted) from error
        except NobodyOnDutyError as error:
            raise Problem(409, "Nobody on duty", str(error)) from error


class RosterView(View):
    async def get(self, from_: From = None, to: date | None = None, unit_id: str | None = None) -> web.Response:
        """The duty roster, shift by shift; without days, of today and the six days after.

        Tags: units
        """
        who = check(self.request, "duty.read")
        wanted = unit_id or who.unit_id
        if wanted is not None:
            check(self.request, "duty.read", Row(unit_ids=frozenset({wanted})))
        since, until = _days(from_, to, self.request.app[ZONE])
        async with self.request.app[DATABASE].acquire() as connection:
            return self.json([asdict(shift) for shift in await store.roster(connection, since, until, wanted)])

    async def put(self, body: RosterBody) -> web.Response:
        """Enter the duty roster of some days; what was entered for them before is replaced. A unit enters its own.

        Tags: units
        """
        who = check(self.request, "duty.change")
        check(self.request, "duty.change", Row(unit_ids=frozenset({body.unit_id or who.unit_id or ""})))
        async with self.request.app[DATABASE].transaction() as connection:
            shifts = await change_roster(self.request, connection, who, body)
        return self.json([asdict(shift) for shift in shifts])


def _days(first: date | None, last: date | None, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The days as instants, the last one counted; without days a week from today. Raises Problem 422."""
    first = first or datetime.now(zone).date()
    if not _EARLIEST <= first.year <= _LATEST:
        raise Problem(422, "The request does not fit", f"The year must lie between {_EARLIEST} and {_LATEST}.")
    last = last or first + timedelta(days=_WEEK - 1)
    if not 0 <= (last - first).days < _MOST_DAYS:
        raise Problem(422, "The request does not fit", f"Want 1 to {_MOST_DAYS} days, the last not before the first.")
    return datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)


def _ring(who: Person, row: Mapping[str, Any]) -> dict[str, Any]:
    in_the_call = row["outcome"] == "accepted"
    return dict(row) | {"call_id": row["call_id"] if in_the_call or who.unit_id is None else None}


def _listed(unit: Unit) -> dict[str, Any]:
    return {
        "id": unit.id,
        "name": unit.name,
        "tier": unit.tier,
        "parent": unit.parent,
        "remit": unit.remit,
        "keywords": unit.keywords,
        "active": unit.active,
    }


def _contact(dated: DatedContact) -> dict[str, Any]:
    return {
        **asdict(dated.contact),
        "valid_from": dated.valid_from,
        "valid_to": dated.valid_to,
        "happened_on": dated.happened_on,
        "late": dated.late,
    }


def _posts(chain: Iterable[DutyPost]) -> list[dict[str, Any]]:
    return [{"post": post.post, "name": post.name, "phone": post.phone} for post in chain]
