"""A desk whose tickets are reported on, and a way to ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any

import pytest

from app.db.pool import Database
from app.reports.answer import Asked, answer
from app.reports.question import ask
from app.reports.sheet import Sheet
from tests.integration.tickets.desk import ZONE, Desk, fill_directory

Report = Callable[..., Awaitable[Sheet]]


@pytest.fixture
async def desk(database: Database) -> Desk:
    """A Monday morning without holidays near."""
    await fill_directory(database)
    return Desk(database, datetime(2026, 6, 8, 9, tzinfo=ZONE))


@pytest.fixture
def report(desk: Desk) -> Report:
    """Asks for a report on June 2026, at the desk's time."""

    async def asked(name: str, *, confidential: bool = True, **narrowed: Any) -> Sheet:
        days = {"first_day": date(2026, 6, 1), "last_day": date(2026, 6, 30)}
        question = ask(name, desk.at.date(), **(days | narrowed))
        return await answer(
            desk.database, Asked(question, desk.place.profile, desk.at, ZONE), confidential=confidential
        )

    return asked
