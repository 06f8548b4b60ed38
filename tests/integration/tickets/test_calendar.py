"""A calendar that becomes known later moves the limits of open tickets, once, with a line in the history."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from app.db.pool import Database
from app.jobs.tickets import TicketJobs
from app.tickets.holidays import HolidayFile
from app.tickets.service import Tickets
from tests.integration.tickets.desk import BACK, ZONE, Desk, fill_directory, of_unit
from tests.support.postgres import eventually

# Tuesday 29 December 2026, ten working days: 30, 31, then Monday 4 to Friday 8 and Monday 11 to Wednesday 13 January.
BEFORE, AFTER = datetime(2027, 1, 13, 23, 59, 59, tzinfo=ZONE), datetime(2027, 1, 14, 23, 59, 59, tzinfo=ZONE)
ONE_DAY_MORE = "holidays = [2027-01-01, 2027-01-04]\nyears = [2027]\n"
ONE_DAY_LESS = "holidays = [2027-01-01]\nworkdays = [2027-01-09]\nyears = [2027]\n"


@pytest.fixture
async def december(database: Database) -> tuple[Desk, str]:
    """A complaint that is with its unit since 29 December, when the next year's calendar was not known."""
    await fill_directory(database)
    desk = Desk(database, datetime(2026, 12, 29, 9, tzinfo=ZONE))
    return desk, await desk.dispatched(category="complaint")


def restarted(desk: Desk, folder: Path, text: str) -> Tickets:
    """The service with a holiday file that says more than what it started with."""
    file = folder / "holidays.toml"
    file.write_text(text, encoding="utf-8")
    return Tickets(desk.database, desk.place, ZONE, lambda: desk.at, "", HolidayFile(file))


async def part(desk: Desk, number: str) -> dict[str, Any]:
    return (await desk.row(number))["state"]["assignments"][0]  # type: ignore[no-any-return]


async def history(desk: Desk, number: str) -> list[tuple[str, str]]:
    rows = await desk.rows("SELECT action, data FROM ticket_history WHERE number = $1 ORDER BY n", number)
    return [(row["action"], row["data"]["why"]) for row in rows]


async def test_a_calendar_that_becomes_known_moves_limits_and_the_warnings_before_them(
    december: tuple[Desk, str], tmp_path: Path
) -> None:
    desk, number = december
    assert (await desk.row(number))["due_at"] == BEFORE
    assert (await desk.row(number))["state"]["warnings"] == ["calendar-unknown:2027"]
    desk.at = datetime(2026, 12, 30, 9, tzinfo=ZONE)
    tickets = restarted(desk, tmp_path, ONE_DAY_MORE)

    assert await tickets.follow_calendar() == 1

    row = await desk.row(number)
    assert row["due_at"] == AFTER
    assert row["state"]["warnings"] == []
    assert datetime.fromisoformat(row["state"]["close_by"]).date() == date(2027, 1, 16)
    lines = await history(desk, number)
    assert lines[-1] == ("move-limits", "2027年节假日安排已更新：水务局办理时限2027-01-13 23:59→2027-01-14 23:59。")
    told = await desk.rows("SELECT recipient, text FROM ticket_notices WHERE kind = 'limits-moved' ORDER BY id")
    assert [one["recipient"] for one in told] == ["water", "back_office"]
    assert "由2027-01-13 23:59顺延至2027-01-14 23:59" in told[0]["text"]
    desk.at = datetime(2027, 1, 12, 9, tzinfo=ZONE)
    await tickets.pass_time(number, desk.at)
    near = "SELECT FROM ticket_notices WHERE kind = 'limit-near' AND text LIKE '办理时限%'"
    assert await desk.rows(near) == []
    desk.at = datetime(2027, 1, 13, 9, tzinfo=ZONE)
    await tickets.pass_time(number, desk.at)
    assert len(await desk.rows(near)) == 1


async def test_it_is_done_once(december: tuple[Desk, str], tmp_path: Path) -> None:
    desk, number = december
    tickets = restarted(desk, tmp_path, ONE_DAY_MORE)
    assert await tickets.follow_calendar() == 1
    assert await tickets.follow_calendar() == 0
    assert await restarted(desk, tmp_path, ONE_DAY_MORE).follow_calendar() == 0
    assert [action for action, _ in await history(desk, number)].count("move-limits") == 1


async def test_what_a_unit_was_promised_does_not_come_earlier(december: tuple[Desk, str], tmp_path: Path) -> None:
    desk, number = december
    tickets = restarted(desk, tmp_path, ONE_DAY_LESS)
    assert await tickets.follow_calendar() == 1
    assert (await desk.row(number))["due_at"] == BEFORE
    assert (await history(desk, number))[-1] == ("move-limits", "2027年节假日安排已更新：各项时限不变。")


async def test_an_extension_moves_with_the_limit_that_it_extends(december: tuple[Desk, str], tmp_path: Path) -> None:
    desk, number = december
    why = "供水条例第九条"
    await desk.done(number, "request-extension", of_unit("water"), unit="water", working_days=3, legal_basis=why)
    await desk.done(number, "approve-extension", BACK)
    assert (await part(desk, number))["report_by"][:10] == "2027-01-18"
    await restarted(desk, tmp_path, ONE_DAY_MORE).follow_calendar()
    moved = await part(desk, number)
    assert (moved["first_report_by"][:10], moved["report_by"][:10]) == ("2027-01-14", "2027-01-19")


async def test_any_action_finds_the_limits_counted_by_the_new_calendar(
    december: tuple[Desk, str], tmp_path: Path
) -> None:
    """A process that has the calendar before the upkeep came round is not late by the old one."""
    desk, number = december
    desk.at = datetime(2027, 1, 14, 9, tzinfo=ZONE)
    outcome = await restarted(desk, tmp_path, ONE_DAY_MORE).pass_time(number, desk.at)
    assert "report_by" not in outcome.late
    assert [action for action, _ in await history(desk, number)] == ["receive", "dispatch", "move-limits"]


async def test_the_upkeep_does_it_by_itself(december: tuple[Desk, str], tmp_path: Path) -> None:
    desk, number = december
    tickets = restarted(desk, tmp_path, ONE_DAY_MORE)

    async def moved() -> bool:
        return bool((await desk.row(number))["due_at"] == AFTER)

    async with asyncio.TaskGroup() as group:
        sweeping = group.create_task(TicketJobs(tickets).sweep())
        await eventually(moved)
        sweeping.cancel()


async def test_a_holiday_file_that_cannot_be_used_leaves_the_last_one_in_force(
    december: tuple[Desk, str], tmp_path: Path
) -> None:
    desk, _ = december
    place = await restarted(desk, tmp_path, "holidays = [").place()
    assert place.calendar == desk.place.calendar
