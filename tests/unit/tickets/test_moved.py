"""Time that was not the unit's own is given back, and a calendar known later moves what was counted, never back."""

from datetime import date, datetime

from app.matters.clock import ZONE, Calendar
from app.matters.model import Action, Actor, Category, LimitName, Role, Ticket, Unit
from app.regulations.loader import load_profile
from app.tickets.actions import (
    Args,
    DispatchArgs,
    ReceiveArgs,
    RejectReturnArgs,
    ReturnArgs,
    SuperviseArgs,
    UnitPart,
    parse_args,
)
from app.tickets.engine import Outcome, apply, tick
from app.tickets.jurisdiction import Jurisdiction

UNITS = {"a": Unit(id="a", name="甲局")}
YIXING = Jurisdiction(load_profile("yixing-2011"), units=UNITS)
MUDANJIANG = Jurisdiction(load_profile("mudanjiang-2010"), units=UNITS)
LATER = Calendar({date(2031, 1, 3): False}, frozenset({2031}))
FRONT, BACK, A = Actor(role=Role.FRONT_DESK), Actor(role=Role.BACK_OFFICE), Actor(role=Role.UNIT, unit="a")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def done(ticket: Ticket | None, args: Args, actor: Actor, now: str, place: Jurisdiction) -> Ticket:
    outcome = apply(ticket, args, actor, at(now), place)
    assert isinstance(outcome, Outcome), outcome
    return outcome.ticket


def dispatched(place: Jurisdiction, now: str, limit: str | None = None) -> Ticket:
    receive = ReceiveArgs(number="T-1", channel="phone", category=Category.COMPLAINT, content="占道")
    ticket = done(None, receive, FRONT, now, place)
    args = DispatchArgs(units=(UnitPart(unit="a"),), limit=at(limit) if limit else None)
    return done(ticket, args, FRONT, now, place)


def returned(place: Jurisdiction, now: str, limit: str | None = None) -> Ticket:
    """A ticket that its unit wants to send back since half an hour after it came."""
    ticket = dispatched(place, now, limit)
    return done(ticket, ReturnArgs(unit="a", reason="非本单位职责"), A, now.replace(":00", ":30"), place)


def test_whole_working_days_that_a_unit_waited_for_the_centre_are_given_back() -> None:
    """Back on Monday 2, refused on Friday 6: Tuesday, Wednesday and Thursday were not the unit's."""
    ticket = done(returned(YIXING, "2026-03-02T09:00"), RejectReturnArgs(), BACK, "2026-03-06T09:00", YIXING)
    (part,) = ticket.active
    assert part.report_by == part.first_report_by == at("2026-03-19T23:59:59")  # instead of the 16th
    assert ticket.close_by == at("2026-03-21T23:59:59")


def test_a_word_on_the_next_day_gives_nothing_back() -> None:
    ticket = done(returned(YIXING, "2026-03-02T09:00"), RejectReturnArgs(), BACK, "2026-03-03T09:00", YIXING)
    assert ticket.active[0].report_by == at("2026-03-16T23:59:59")


def test_while_it_waits_a_unit_is_neither_late_nor_chased() -> None:
    waiting = returned(MUDANJIANG, "2026-03-06T09:00", "2026-03-06T23:59:59")
    outcome = tick(waiting, at("2026-03-20T09:00"), MUDANJIANG)
    assert outcome.late == ()
    assert not [notice for notice in outcome.notices if notice.to in ("a", Role.DISCIPLINE)]


def test_who_has_to_go_on_after_the_limit_has_the_next_working_day_at_least() -> None:
    waiting = returned(MUDANJIANG, "2026-03-06T09:00", "2026-03-06T23:59:59")
    ticket = done(waiting, RejectReturnArgs(), BACK, "2026-03-07T09:00", MUDANJIANG)
    assert ticket.active[0].report_by == at("2026-03-09T23:59:59")


def test_a_date_that_somebody_named_does_not_move_with_the_calendar() -> None:
    ticket = dispatched(MUDANJIANG, "2030-12-30T09:00", "2031-01-08T23:59:59")
    known = Jurisdiction(MUDANJIANG.profile, LATER, UNITS)
    after = tick(ticket, at("2030-12-31T09:00"), known).ticket
    assert after.active[0].report_by == at("2031-01-08T23:59:59")
    assert after.history[-1].action is Action.MOVE_LIMITS  # the warning is taken back
    assert after.warnings == ("calendar-unknown:2030",)


def test_a_supervision_that_the_system_made_moves_with_the_calendar_one_with_a_date_does_not() -> None:
    """Missed on Tuesday 31 December: three working days are 2, 3, 6 January, or 2, 6, 7 when the 3rd is off."""
    known = Jurisdiction(MUDANJIANG.profile, LATER, UNITS)
    ticket = tick(dispatched(MUDANJIANG, "2030-12-27T09:00", "2030-12-31T23:59:59"), at("2031-01-01T09:00"), MUDANJIANG)
    assert ticket.limits[LimitName.REPORT_BY] == at("2031-01-06T23:59:59")
    moved = tick(ticket.ticket, at("2031-01-02T09:00"), known)
    assert moved.limits[LimitName.REPORT_BY] == at("2031-01-07T23:59:59")
    named = SuperviseArgs(limit=at("2031-01-06T23:59:59"))
    ticket_named = done(ticket.ticket, named, BACK, "2031-01-01T10:00", MUDANJIANG)
    assert tick(ticket_named, at("2031-01-02T09:00"), known).limits[LimitName.REPORT_BY] == at("2031-01-06T23:59:59")


def test_nobody_moves_limits_by_hand() -> None:
    ticket = dispatched(YIXING, "2026-03-02T09:00")
    for actor, rule in ((BACK, "role-not-allowed"), (Actor(role=Role.SYSTEM), "limits-current")):
        refused = apply(ticket, parse_args(Action.MOVE_LIMITS, {}), actor, at("2026-03-02T10:00"), YIXING)
        assert not isinstance(refused, Outcome)
        assert refused.rule == rule
