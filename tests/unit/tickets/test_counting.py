"""How a limit was counted is told so that it can be checked with a calendar in the hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from app.matters.clock import Calendar
from app.matters.model import LimitName, Ticket
from app.tickets.actions import DispatchArgs, UnitPart
from app.tickets.counting import Counting, counting
from app.tickets.limits import open_limits, with_report_limit
from tests.unit.tickets.test_engine import BACK, YIXING, at, done, received

# The Wednesday before the National Day of 2026: off from the 1st to the 7th, Saturday the 10th worked.
WEDNESDAY = at("2026-09-30T09:00")


def of(ticket: Ticket, calendar: Calendar | None = None) -> Mapping[LimitName, Counting]:
    return counting(ticket, open_limits(ticket, WEDNESDAY), calendar or YIXING.calendar)


def dispatched() -> Ticket:
    return done(received(), DispatchArgs(how="direct", units=[UnitPart(unit="a")]), BACK, WEDNESDAY)


def test_a_limit_in_working_days_tells_the_days_off_and_the_week_end_that_is_worked() -> None:
    ticket = dispatched()
    how = of(ticket)[LimitName.REPORT_BY]
    limit = open_limits(ticket, WEDNESDAY)[LimitName.REPORT_BY]
    assert limit is not None
    assert how.since == WEDNESDAY
    assert how.within.endswith("个工作日")
    assert set(how.skipped) >= {date(2026, 10, day) for day in range(1, 8)}
    assert date(2026, 10, 10) in how.made_up
    number = int(how.within.removesuffix("个工作日"))
    passed = (limit.date() - WEDNESDAY.date()).days
    assert passed - len(how.skipped) == number


def test_a_limit_that_somebody_named_was_not_counted() -> None:
    ticket = dispatched()
    named = with_report_limit(ticket.active[0], None, at("2026-10-09T17:00"), YIXING)
    assert LimitName.REPORT_BY not in of(ticket.replace(assignments=(named,)))


def test_the_dispatch_tells_how_it_was_counted_too() -> None:
    ticket = received()
    assert of(ticket)[LimitName.DISPATCH_BY].since == ticket.received_at


def test_a_day_that_the_city_has_made_a_day_off_is_among_those_left_out() -> None:
    later = Calendar({date(2026, 10, 8): False})
    assert date(2026, 10, 8) in of(dispatched(), later)[LimitName.REPORT_BY].skipped
