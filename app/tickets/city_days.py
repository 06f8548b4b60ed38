"""The city's own days, kept in Postgres and changed in the desk: over the published calendar and the holiday file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from app.db.pool import Connection
from app.db.queries import QUERIES
from app.matters.clock import Calendar
from app.matters.statutory import statutory
from app.people.audit import Entry, record
from app.people.model import Person

Source = Literal["desk", "file", "published", "law"]
_SATURDAY = 5


class BadDays(ValueError):  # noqa: N818 - named for what is the matter
    """The days do not fit together; the text says which."""


@dataclass(frozen=True, slots=True)
class OwnYear:
    """What a city says of a year. `complete`: its days are all there are, where the year is not published yet."""

    year: int
    holidays: Sequence[date]
    workdays: Sequence[date]
    complete: bool = False

    def check(self) -> None:
        """Raises BadDays."""
        if both := sorted(set(self.holidays) & set(self.workdays)):
            raise BadDays(f"{both[0]} is in holidays and in workdays")
        if outside := [day for day in (*self.holidays, *self.workdays) if day.year != self.year]:
            raise BadDays(f"{outside[0]} is not in {self.year}")


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that is not as its weekday says, or of which the city says something itself, and who says so."""

    day: date
    working: bool
    source: Source


async def read(connection: Connection) -> Calendar:
    """The city's own days alone."""
    days = await connection.fetch(QUERIES["city_days"])
    years = await connection.fetch(QUERIES["city_years"])
    return Calendar({row["day"]: row["working"] for row in days}, frozenset(row["year"] for row in years))


async def change(connection: Connection, own: OwnYear, person: Person, now: datetime, address: str | None) -> None:
    """Put what the city says of a year in place of what it said before. Must run in a transaction; raises BadDays."""
    own.check()
    await connection.execute(QUERIES["city_year_set"], own.year, own.complete, person.name, now)
    await connection.execute(QUERIES["city_days_clear"], own.year)
    holidays, workdays = sorted(set(own.holidays)), sorted(set(own.workdays))
    working = [False] * len(holidays) + [True] * len(workdays)
    await connection.execute(QUERIES["city_days_add"], [*holidays, *workdays], working)
    detail = {"holidays": len(holidays), "workdays": len(workdays), "complete": own.complete}
    await record(connection, Entry(person, "calendar.change", f"calendar:{own.year}", address, detail))


def special_days(year: int, base: Calendar, own: Calendar) -> Iterator[SpecialDay]:
    """The year's days that are not as usual, in order. `base`: the published calendar with the city's file."""
    merged = base.under(own)
    day = date(year, 1, 1)
    while day.year == year:
        working = merged.is_working(day)
        if day in own.overrides or day in base.overrides or working != (day.weekday() < _SATURDAY):
            yield SpecialDay(day, working, _source(day, base, own))
        day += timedelta(days=1)


def _source(day: date, base: Calendar, own: Calendar) -> Source:
    if day in own.overrides:
        return "desk"
    if day in base.overrides:
        return "file"
    return "law" if day in statutory(day.year) and not Calendar().knows(day.year) else "published"
