"""What reports say of tickets that lived by yixing-2011: every rate worked out by hand beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pytest

from app.reports.sheet import Sheet
from tests.integration.reports.conftest import Report
from tests.integration.tickets.desk import BACK, REPLY, ZONE, Desk, of_unit

WATER, URBAN = of_unit("water"), of_unit("urban-management")


def day(number: int, hour: int = 9) -> datetime:
    return datetime(2026, 6, number, hour, tzinfo=ZONE)


async def reported(desk: Desk, unit: str = "water", *, informed: datetime, at: datetime, **fields: Any) -> str:
    """A ticket that the unit told the caller about and reported at those times."""
    number = await desk.dispatched(unit, **fields)
    desk.at = informed
    await desk.done(number, "inform", of_unit(unit), unit=unit)
    desk.at = at
    await desk.done(number, "report", of_unit(unit), unit=unit, reply=REPLY)
    return number


@pytest.fixture
async def june(desk: Desk) -> Desk:
    """Received on Monday 8 June: to inform by the 10th, to report by the 15th (2 and 5 working days)."""
    start = desk.at
    satisfied = await reported(desk, informed=day(9), at=day(12))
    await desk.done(satisfied, "follow-up", result="satisfied")
    await desk.done(satisfied, "close")
    desk.at = start
    dissatisfied = await reported(desk, informed=day(11), at=day(16))
    await desk.done(dissatisfied, "follow-up", result="dissatisfied", solvable="never")
    desk.at = start
    await desk.dispatched("water")
    returned = await desk.dispatched("urban-management")
    await desk.done(returned, "return", URBAN, unit="urban-management", reason="不属本局职责", suggested_unit="water")
    await desk.done(returned, "approve-return", BACK)
    desk.at = start
    on_the_spot = await desk.receive(category="suggestion")
    await desk.done(on_the_spot, "answer", how="direct", text="已答复", satisfaction="基本满意")
    await desk.receive(category="report_economic", content="局长收受二十万元")
    desk.at = day(30)
    return desk


def rows(sheet: Sheet) -> Mapping[str, Mapping[str, Any]]:
    return {str(next(iter(row.values()))): row for row in sheet.rows}


def fraction(row: Mapping[str, Any], of: str, out_of: str) -> tuple[int, int]:
    return row[of], row[out_of]


@pytest.mark.usefixtures("june")
async def test_a_units_rates_are_taken_of_its_own_parts(report: Report) -> None:
    water = rows(await report("rates-by-unit"))["water"]
    assert (water["unit_name"], water["assigned"]) == ("水务局", 3)
    # Told on the 9th in time; told on the 11th late; never told, and the 10th has passed.
    assert fraction(water, "responded", "response_due") == (1, 3)
    # Reported on the 12th in time; on the 16th late; never, and the 15th has passed.
    assert fraction(water, "reported_in_time", "report_due") == (1, 3)
    assert water["late_now"] == 1
    # One closed; one dissatisfied and still open after its limit; one not handled after its limit.
    assert fraction(water, "resolved", "resolution_due") == (1, 3)
    assert fraction(water, "pleased", "heard") == (1, 2)
    assert (water["response_rate"], water["satisfaction_rate"]) == (0.3333, 0.5)


@pytest.mark.usefixtures("june")
async def test_a_returned_part_is_assigned_and_in_no_rate(report: Report) -> None:
    urban = rows(await report("rates-by-unit"))["urban-management"]
    assert urban["assigned"] == 1
    assert urban["on_time_rate"] is None
    assert urban["response_rate"] is None
    rework = rows(await report("rework"))["urban-management"]
    assert (rework["returned"], rework["return_rate"]) == (1, 1.0)


@pytest.mark.usefixtures("june")
async def test_categories_count_answers_on_the_spot_and_hold_no_confidential_ticket(report: Report) -> None:
    sheet = await report("rates-by-category")
    found = rows(sheet)
    assert set(found) == {"consult", "suggestion"}
    assert found["consult"]["received"] == 4
    assert found["suggestion"]["on_the_spot"] == 1
    assert fraction(found["suggestion"], "resolved", "resolution_due") == (1, 1)
    assert fraction(found["suggestion"], "pleased", "heard") == (1, 1)
    assert found["suggestion"]["category_name"] == "建议批评"
    assert sheet.confidential == 1


@pytest.mark.usefixtures("june")
async def test_days_and_months_are_those_of_the_city(report: Report, desk: Desk) -> None:
    desk.at = datetime(2026, 6, 29, 23, 59, tzinfo=ZONE)
    await desk.receive()
    desk.at = day(30, 12)
    assert list(rows(await report("rates-by-day"))) == ["2026-06-08", "2026-06-29"]
    assert rows(await report("rates-by-month"))["2026-06"]["received"] == 6


@pytest.mark.usefixtures("june")
async def test_a_report_can_be_narrowed_to_unit_category_and_days(report: Report) -> None:
    assert list(rows(await report("rates-by-unit", unit="water"))) == ["water"]
    assert list(rows(await report("rates-by-category", category="suggestion"))) == ["suggestion"]
    assert rows(await report("rates-by-category", unit="urban-management"))["consult"]["received"] == 1
    assert (await report("rates-by-day", first_day=date(2026, 6, 9))).rows == ()


async def test_a_part_that_is_not_due_is_in_no_rate(desk: Desk, report: Report) -> None:
    await desk.dispatched("water")
    water = rows(await report("rates-by-unit"))["water"]
    assert water["assigned"] == 1
    rates = ("response_rate", "on_time_rate", "resolution_rate", "satisfaction_rate")
    assert [water[name] for name in rates] == [None] * 4


async def test_an_unassessed_category_is_left_out_of_assessments_and_counted_elsewhere(
    desk: Desk, report: Report
) -> None:
    # Not confidential, so that what leaves it out is the profile's `assessed: false`.
    number = await reported(desk, informed=day(9), at=day(12))
    async with desk.database.transaction() as connection:
        await connection.execute("UPDATE tickets SET category = 'report_economic' WHERE number = $1", number)
    assert (await report("rates-by-unit")).rows == ()
    assert (await report("unit-assessment")).rows == ()
    counted = rows(await report("rates-by-category"))["report_economic"]
    assert (counted["received"], counted["resolution_rate"]) == (1, None)


async def test_a_redo_counts_anew_and_is_counted(desk: Desk, report: Report) -> None:
    number = await reported(desk, informed=day(9), at=day(12))
    await desk.done(number, "follow-up", result="dissatisfied", solvable="now")
    await desk.done(number, "redo", BACK, reason="未解决")
    water = rows(await report("rework"))["water"]
    assert (water["redone"], water["redo_rounds"], water["redo_rate"]) == (1, 1, 1.0)
    assert rows(await report("rates-by-unit"))["water"]["on_time_rate"] is None


async def test_repeated_requests_are_counted_also_when_merged(desk: Desk, report: Report) -> None:
    first = await desk.dispatched("water", repeats=10**12)
    again = await desk.receive()
    await desk.done(again, "merge", BACK, into=first)
    assert rows(await report("rates-by-category"))["consult"]["repeats"] == 2
    assert rows(await report("rework"))["water"]["repeated"] == 1


async def test_trends_hold_the_period_against_the_one_before_and_the_year_before(desk: Desk, report: Report) -> None:
    for at, tickets in ((day(8), 3), (datetime(2026, 5, 20, tzinfo=ZONE), 2), (datetime(2025, 6, 8, tzinfo=ZONE), 4)):
        desk.at = at
        for _ in range(tickets):
            await desk.receive()
    desk.at = day(30)
    consult = rows(await report("trends"))["consult"]
    assert (consult["received"], consult["previous"], consult["growth"]) == (3, 2, 0.5)
    assert (consult["year_before"], consult["year_growth"]) == (4, -0.25)


async def test_hot_topics_leave_confidential_contents_unread(desk: Desk, report: Report) -> None:
    for place in ("东门", "西门", "南门", "北门", "城中"):
        await desk.receive(content=f"{place}路灯不亮")
        await desk.receive(content=f"{place}局长受贿", category="report_economic")
    sheet = await report("hot-topics")
    assert [(row["term"], row["tickets"], row["tickets_read"]) for row in sheet.rows] == [("路灯不亮", 5, 5)]
    assert sheet.rows[0]["term_growth"] is None


@pytest.mark.parametrize("narrowed", [{"unit": "water"}, {"category": "consult"}, {"first_day": date(2026, 6, 8)}])
@pytest.mark.usefixtures("june")
async def test_confidential_tickets_are_not_counted_where_one_would_show(
    report: Report, narrowed: dict[str, Any]
) -> None:
    assert (await report("rates-by-category", **narrowed)).confidential is None


async def test_a_ticket_that_becomes_confidential_leaves_the_figures(desk: Desk) -> None:
    number = await desk.dispatched("water")
    async with desk.database.transaction() as connection:
        await connection.execute("UPDATE tickets SET confidential = true WHERE number = $1", number)
    assert await desk.rows("SELECT * FROM ticket_figures") == []
    assert await desk.rows("SELECT * FROM ticket_assignments") == []
