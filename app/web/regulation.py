"""The regulation in force over HTTP: article by article with what runs it, and the days that are not as usual."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from aiohttp import web

from app.matters.clock import Calendar
from app.regulations.form.base import Article
from app.web.auth import person
from app.web.keys import TICKETS
from app.web.views import View

_DAYS_BACK, _DAYS_ON = 31, 400
_SATURDAY = 5


class RegulationView(View):
    async def get(self) -> web.Response:
        """The regulation that tickets live by: its articles and readings, and days that are not as usual.

        Tags: tickets
        """
        person(self.request)
        tickets = self.request.app[TICKETS]
        place, today = await tickets.place(), tickets.now().date()
        profile = place.profile
        return self.json(
            {
                "id": profile.id,
                "name": profile.name,
                "document": profile.document,
                "area": profile.area,
                "readings": list(profile.readings),
                "articles": [_article(one) for one in profile.articles],
                "days": _days(place.calendar, today),
            }
        )


def _article(one: Article) -> dict[str, Any]:
    """`how`: run by the engine, told by a notice, or left to people, and why."""
    return {
        "article": one.article,
        "says": one.says,
        "how": one.coverage,
        "tests": list(one.tests),
        "why": one.people or one.told,
        "rest": one.rest,
    }


def _days(calendar: Calendar, today: date) -> list[dict[str, Any]]:
    """Weekdays off and weekend days that are worked, from a month ago to a year on; unknown years have none yet."""
    days = (today + timedelta(days=n) for n in range(-_DAYS_BACK, _DAYS_ON))
    known = (day for day in days if calendar.knows(day.year))
    return [
        {"day": day, "working": working}
        for day in known
        if (working := calendar.is_working(day)) is (day.weekday() >= _SATURDAY)
    ]
