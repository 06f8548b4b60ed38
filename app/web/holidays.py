"""The days that are not as usual, over HTTP: who says so, and the city's own, which administrators change."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from app.db.queries import QUERIES
from app.tickets import city_days
from app.tickets.city_days import BadDays, OwnYear
from app.web.auth import check, person
from app.web.keys import DATABASE, TICKETS
from app.web.origin import address
from app.web.problems import Problem
from app.web.views import View, not_found

_FIRST, _LAST = 2000, 2200


class OwnYearBody(BaseModel):
    """What the city says of a year, in place of what it said before, as a `holidays.toml` says it."""

    model_config = ConfigDict(extra="forbid")

    holidays: Annotated[list[date], Field(max_length=366)]
    workdays: Annotated[list[date], Field(max_length=366)]
    complete: bool = False


class HolidaysView(View):
    async def get(self, year: int, /) -> web.Response:
        """A year's days that are not as usual, and whether its calendar is known.

        Tags: tickets
        """
        person(self.request)
        return self.json(await self._told(_year(year)))

    async def put(self, year: int, /, body: OwnYearBody) -> web.Response:
        """Put the city's own days of a year in place of those before; open tickets are counted anew soon.

        Tags: admin
        """
        who = check(self.request, "system.change")
        app, own = self.request.app, OwnYear(_year(year), body.holidays, body.workdays, body.complete)
        try:
            async with app[DATABASE].transaction() as connection:
                await city_days.change(connection, own, who, app[TICKETS].now(), address(self.request))
        except BadDays as error:
            raise Problem(422, "The days do not fit", str(error), args={"why": str(error)}) from error
        app[TICKETS].look_again()
        return self.json(await self._told(year))

    async def _told(self, year: int) -> dict[str, Any]:
        base, own = await self.request.app[TICKETS].calendars()
        async with self.request.app[DATABASE].acquire() as connection:
            row = await connection.fetchrow(QUERIES["city_year"], year)
        return {
            "year": year,
            "published": base.knows(year),
            "complete": year in own.years,
            "changed_by": row and row["changed_by"],
            "changed_at": row and row["changed_at"],
            "days": [
                {"day": one.day, "working": one.working, "source": one.source}
                for one in city_days.special_days(year, base, own)
            ],
        }


def _year(year: int) -> int:
    if not _FIRST <= year <= _LAST:
        raise not_found("year", str(year))
    return year
