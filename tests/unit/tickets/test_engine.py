"""The engine's contract with its callers: values in, values out, nothing changed by a refusal."""

from datetime import UTC, datetime

import pytest

from app.matters.clock import ZONE
from app.matters.model import (
    Action,
    Actor,
    Category,
    DispatchHow,
    LimitName,
    Part,
    Role,
    Status,
    Ticket,
    Unit,
    UnitStatus,
)
from app.regulations.form.ending import Published
from app.regulations.loader import load_profile
from app.tickets.actions import (
    AcceptArgs,
    ApproveReturnArgs,
    Args,
    CloseArgs,
    DispatchArgs,
    InformArgs,
    ReceiveArgs,
    RedoArgs,
    RejectReturnArgs,
    ReplyArgs,
    ReportArgs,
    ReturnArgs,
    UnitPart,
    UrgeArgs,
    parse_args,
)
from app.tickets.changes.closing import publication
from app.tickets.engine import Outcome, apply, tick
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.limits import who_must_act
from app.tickets.refusal import Refusal
from app.tickets.timed import next_deadline, scheduled
from app.tickets.transitions import allowed

UNITS = {name: Unit(id=name, name=name.upper()) for name in ("a", "b", "c")}
YIXING = Jurisdiction(load_profile("yixing-2011"), units=UNITS)
FRONT, BACK = Actor(role=Role.FRONT_DESK, person="u-7"), Actor(role=Role.BACK_OFFICE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


MONDAY = at("2026-03-02T09:00")


def unit(name: str) -> Actor:
    return Actor(role=Role.UNIT, unit=name)


def done(ticket: Ticket | None, args: Args, actor: Actor, now: datetime = MONDAY) -> Ticket:
    outcome = apply(ticket, args, actor, now, YIXING)
    assert isinstance(outcome, Outcome), outcome
    return outcome.ticket


def refused(ticket: Ticket | None, args: Args, actor: Actor, now: datetime = MONDAY) -> str:
    outcome = apply(ticket, args, actor, now, YIXING)
    assert isinstance(outcome, Refusal)
    return outcome.rule


def received(category: Category = Category.COMPLAINT) -> Ticket:
    return done(None, ReceiveArgs(number="T-1", channel="phone", category=category, content="占道"), FRONT)


def dispatched(*parts: UnitPart) -> Ticket:
    args = DispatchArgs(how=DispatchHow.JOINT, units=parts or (UnitPart(unit="a"),))
    return done(received(), args, BACK)


def test_each_action_is_recorded_with_who_when_why_and_where_it_led() -> None:
    ticket = done(dispatched(), UrgeArgs(reason="来电催问"), FRONT, at("2026-03-03T10:00"))
    entry = ticket.history[-1]
    assert (entry.action, entry.actor, entry.at) == (Action.URGE, FRONT, at("2026-03-03T10:00"))
    assert (entry.why, entry.unit, entry.status) == ("来电催问", "a", Status.DISPATCHED)


def test_a_stored_ticket_comes_back_as_it_was() -> None:
    ticket = dispatched(UnitPart(unit="a"), UnitPart(unit="b", role=Part.ASSISTING))
    again = Ticket.model_validate(ticket.model_dump(mode="json"))
    assert again == ticket
    assert [e.id for e in scheduled(again, YIXING)] == [e.id for e in scheduled(ticket, YIXING)]


def test_times_in_another_zone_are_the_same_times() -> None:
    assert done(None, ReceiveArgs(number="T-1", channel="phone", category=Category.COMPLAINT, content="占道"), FRONT,
                MONDAY.astimezone(UTC)) == received()  # fmt: skip


def test_a_time_without_a_zone_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        apply(None, ReceiveArgs(channel="phone", category=Category.CONSULT), FRONT, datetime(2026, 3, 2), YIXING)  # noqa: DTZ001


def test_a_machine_whose_clock_is_behind_does_not_turn_history_round() -> None:
    ticket = done(dispatched(), AcceptArgs(unit="a"), unit("a"), at("2026-03-01T00:00"))
    assert ticket.history[-1].at == MONDAY


def test_what_fell_due_before_an_action_is_done_before_it() -> None:
    """A report that comes before the job that marks the missed limit does not swallow it."""
    outcome = apply(
        dispatched(), ReportArgs(unit="a", reply=ReplyArgs(text="已办")), unit("a"), at("2026-03-20T09:00"), YIXING
    )
    assert isinstance(outcome, Outcome)
    assert "limit-passed:report_by:a:2026-03-16T23:59:59+08:00" in outcome.applied
    assert LimitName.REPORT_BY in outcome.late


def test_a_timed_effect_happens_once() -> None:
    ticket = dispatched()
    first = tick(ticket, at("2026-03-20T09:00"), YIXING)
    assert first.applied
    second = tick(first.ticket, at("2026-03-20T09:00"), YIXING)
    assert (second.applied, second.notices) == ((), ())


def test_the_next_deadline_is_the_first_thing_time_will_do() -> None:
    assert next_deadline(received(), YIXING) == at("2026-03-03T00:00")  # the front desk's day has passed
    assert next_deadline(dispatched(), YIXING) == at("2026-03-03T09:00")  # the caller must be told by the 4th
    closed = done(received(), parse_args(Action.ANSWER, {"how": "direct", "satisfaction": "满意"}), FRONT)
    assert next_deadline(closed, YIXING) is None


def test_one_unit_sends_back_while_the_other_works_on() -> None:
    ticket = dispatched(UnitPart(unit="a"), UnitPart(unit="b", role=Part.ASSISTING))
    ticket = done(ticket, ReturnArgs(unit="b", reason="非本单位职责"), unit("b"))
    assert ticket.status is Status.RETURN_REQUESTED
    ticket = done(ticket, AcceptArgs(unit="a"), unit("a"))
    ticket = done(ticket, ApproveReturnArgs(), BACK)
    assert ticket.status is Status.RETURNED
    assert refused(ticket, DispatchArgs(units=(UnitPart(unit="a", role=Part.ASSISTING),)), BACK) == "unit-twice"
    assert refused(ticket, DispatchArgs(units=(UnitPart(unit="c"),)), FRONT) == "lead-named-by"
    ticket = done(ticket, DispatchArgs(units=(UnitPart(unit="c"),)), BACK)
    assert ticket.active[-1].part is Part.ASSISTING
    assert ticket.status is Status.ACCEPTED
    assert [(p.unit, p.status) for p in ticket.assignments] == [
        ("a", UnitStatus.ACCEPTED),
        ("b", UnitStatus.REPLACED),
        ("c", UnitStatus.DISPATCHED),
    ]


def test_a_decision_on_two_requests_names_the_unit() -> None:
    ticket = dispatched(UnitPart(unit="a"), UnitPart(unit="b"))
    for name in ("a", "b"):
        ticket = done(ticket, ReturnArgs(unit=name, reason="非本单位职责"), unit(name))
    assert refused(ticket, ApproveReturnArgs(), BACK) == "which-unit"
    ticket = done(ticket, ApproveReturnArgs(unit="a"), BACK)
    ticket = done(ticket, RejectReturnArgs(), BACK)
    assert ticket.status is Status.RETURNED
    assert refused(ticket, ApproveReturnArgs(), BACK) == "nothing-to-decide"


def test_a_unit_without_a_role_leads_unless_another_one_does() -> None:
    alone = dispatched(UnitPart(unit="a"), UnitPart(unit="b"))
    assert [part.part for part in alone.active] == [Part.LEAD, Part.LEAD]
    led = dispatched(UnitPart(unit="a", role=Part.LEAD), UnitPart(unit="b"))
    assert [part.part for part in led.active] == [Part.LEAD, Part.ASSISTING]


def test_what_takes_the_place_of_a_returned_lead_leads_like_it() -> None:
    """Two units that each answer: the front desk sends one part again without saying that it leads."""
    ticket = dispatched(UnitPart(unit="a"), UnitPart(unit="b"))
    ticket = done(ticket, ReturnArgs(unit="b", reason="非本单位职责"), unit("b"))
    ticket = done(ticket, ApproveReturnArgs(), FRONT)
    ticket = done(ticket, DispatchArgs(units=(UnitPart(unit="c"),)), FRONT)
    assert [(part.unit, part.part) for part in ticket.active] == [("a", Part.LEAD), ("c", Part.LEAD)]


def test_a_gap_among_the_assisting_units_is_none_any_more_once_the_lead_has_reported() -> None:
    ticket = dispatched(UnitPart(unit="a"), UnitPart(unit="b", role=Part.ASSISTING))
    ticket = done(ticket, ReturnArgs(unit="b", reason="非本单位职责"), unit("b"))
    ticket = done(ticket, ApproveReturnArgs(), FRONT)
    assert LimitName.DISPATCH_BY in who_must_act(ticket, MONDAY, YIXING)
    ticket = done(ticket, ReportArgs(unit="a", reply=ReplyArgs(text="已办")), unit("a"))
    assert ticket.status is Status.REPORTED
    assert LimitName.DISPATCH_BY not in who_must_act(ticket, MONDAY, YIXING)


def test_when_all_leads_have_reported_a_late_assistant_may_still_report() -> None:
    ticket = dispatched(UnitPart(unit="a"), UnitPart(unit="b", role=Part.ASSISTING))
    ticket = done(ticket, ReportArgs(unit="a", reply=ReplyArgs(text="已办")), unit("a"))
    assert ticket.status is Status.REPORTED
    assert LimitName.REPORT_BY not in who_must_act(ticket, MONDAY, YIXING)
    ticket = done(ticket, ReportArgs(unit="b", reply=ReplyArgs(text="已办")), unit("b"))
    assert ticket.status is Status.REPORTED


def test_a_redo_gives_the_assisting_units_the_new_limit_too() -> None:
    ticket = dispatched(UnitPart(unit="a"), UnitPart(unit="b", role=Part.ASSISTING))
    ticket = done(ticket, ReportArgs(unit="a", reply=ReplyArgs(text="已办")), unit("a"))
    ticket = done(ticket, RedoArgs(reason="不满意"), BACK, at("2026-03-04T09:00"))
    assert [part.report_by for part in ticket.active] == [at("2026-03-18T23:59:59")] * 2


def test_who_must_act_is_named_for_each_limit() -> None:
    assert who_must_act(received(), MONDAY, YIXING) == {LimitName.DISPATCH_BY: (Role.FRONT_DESK,)}
    ticket = done(dispatched(UnitPart(unit="a"), UnitPart(unit="b")), InformArgs(unit="a"), unit("a"))
    assert who_must_act(ticket, MONDAY, YIXING) == {
        LimitName.INFORM_BY: ("b",),
        LimitName.REPORT_BY: ("a", "b"),
        LimitName.RETURN_BY: ("a", "b"),
        LimitName.FOLLOW_UP_BY: (Role.FRONT_DESK,),
        LimitName.CLOSE_BY: (Role.FRONT_DESK, Role.BACK_OFFICE),
    }


def test_the_table_says_what_a_role_may_do() -> None:
    assert allowed(YIXING.table, None, Role.FRONT_DESK) == (Action.RECEIVE,)
    assert Action.DISPATCH in allowed(YIXING.table, Status.RECEIVED, Role.FRONT_DESK)
    assert allowed(YIXING.table, Status.RECEIVED, Role.UNIT) == ()
    assert allowed(YIXING.table, Status.MERGED, Role.BACK_OFFICE) == ()


def test_a_year_whose_holidays_are_not_known_is_a_warning_on_the_ticket_once() -> None:
    """From Friday 29 December 2090 ten working days: Tuesday 2 to Monday 15 January 2091; the 1st is off by law."""
    eve = at("2090-12-29T09:00")
    ticket = done(None, ReceiveArgs(channel="phone", category=Category.COMPLAINT, content="x"), FRONT, eve)
    assert ticket.warnings == ("calendar-unknown:2090",)
    ticket = done(ticket, DispatchArgs(units=(UnitPart(unit="a"),)), FRONT, eve)
    assert ticket.active[0].report_by == at("2091-01-15T23:59:59")
    assert ticket.warnings == ("calendar-unknown:2090", "calendar-unknown:2091")
    assert tick(ticket, at("2091-02-01T09:00"), YIXING).ticket.warnings == ticket.warnings


def test_the_public_reads_what_the_profile_lists_and_nothing_else() -> None:
    closed = done(received(), parse_args(Action.ANSWER, {"how": "direct", "text": "答", "satisfaction": "满意"}), FRONT)
    assert publication(closed, [Published.ANSWER, Published.REQUEST]) == "答复内容：答\n诉求内容：占道"


def test_a_refusal_changes_nothing() -> None:
    ticket = dispatched()
    before = ticket.model_dump()
    assert refused(ticket, CloseArgs(), BACK, at("2026-06-01T09:00")) == "illegal-state"
    assert ticket.model_dump() == before


def test_a_rule_that_is_not_in_the_table_cannot_refuse() -> None:
    with pytest.raises(ValueError, match="not in the table"):
        Refusal("made-up", "art. 1", "")


@pytest.mark.parametrize("action", list(Action))
def test_an_argument_that_an_action_does_not_know_is_an_error(action: Action) -> None:
    with pytest.raises(ValueError, match="colour"):
        parse_args(action, {"colour": "red"})
