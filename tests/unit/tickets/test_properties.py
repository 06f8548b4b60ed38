"""What holds for every sequence of actions under every regulation, whatever people do and whenever."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.matters.clock import ZONE, Calendar, limit_after, passed
from app.matters.model import (
    Action,
    Actor,
    AnswerHow,
    Assignment,
    Category,
    DispatchHow,
    FollowUpResult,
    LimitName,
    Part,
    Role,
    Satisfaction,
    Solvable,
    Source,
    Status,
    SuperviseHow,
    Ticket,
    Unit,
    UrgeHow,
    Urgency,
)
from app.regulations.form.handling import Given
from app.regulations.loader import load_profile
from app.tickets.actions import (
    AcceptArgs,
    AnswerArgs,
    ApproveExtensionArgs,
    ApproveReturnArgs,
    ArchiveArgs,
    Args,
    CloseArgs,
    DispatchArgs,
    EscalateArgs,
    ExplainArgs,
    FollowUpArgs,
    HeadReadArgs,
    InformArgs,
    MergeArgs,
    PublishArgs,
    ReceiveArgs,
    RedoArgs,
    ReferArgs,
    RejectExtensionArgs,
    RejectReturnArgs,
    ReplyArgs,
    ReportArgs,
    RequestExtensionArgs,
    ReturnArgs,
    SuperviseArgs,
    UnitPart,
    UrgeArgs,
)
from app.tickets.engine import Outcome, apply, tick
from app.tickets.jurisdiction import Jurisdiction, first
from app.tickets.limits import late_limits, open_limits
from app.tickets.refusal import Refusal
from app.tickets.timed import due, next_deadline, scheduled
from app.tickets.transitions import LIVE, WITH_UNITS, settle
from app.tickets.visibility import visible_to

FIGURES: dict[str, dict[str, int | str]] = {
    "yixing-2011": {},
    "mudanjiang-2010": {},
    "minhe-2018": {},
    "shangrao": {"consult_days": 3, "complaint_days": 7, "max_days": 15},
    "town-2012": {},
}
OTHERWISE: dict[str, dict[str, int | str]] = {
    "yixing-2011": {"life_follow_up": "required", "back_office_limit": "3 wd", "end_limit": "2 wd"},
    "mudanjiang-2010": {"answered_first": "required", "supervisions_in_vain": "3", "talk_within": "24 h"},
}
UNITS = {
    "a": Unit(id="a", name="甲局", contact="值班室", phone="1", leader="head"),
    "b": Unit(id="b", name="乙局", contact="值班室", phone="2"),
    "d": Unit(id="d", name="市纪委", contact="值班室", phone="3", discipline=True),
}
PLACES = [Jurisdiction(load_profile(name, figures), Calendar(), UNITS) for name, figures in FIGURES.items()]
EVERYWHERE = {place.profile.id: place for place in PLACES} | {
    f"{name} otherwise": Jurisdiction(load_profile(name, other), Calendar(), UNITS) for name, other in OTHERWISE.items()
}
START = datetime(2026, 9, 28, 9, 0, tzinfo=ZONE)

units = st.sampled_from(["a", "b", "d", "unknown"])
text = st.sampled_from(["", "理由"])
limits = st.one_of(st.none(), st.integers(-3, 40).map(lambda days: START + timedelta(days=days)))
parts = st.lists(st.builds(UnitPart, unit=units, role=st.sampled_from(Part)), min_size=0, max_size=3).map(tuple)
FULL = ReplyArgs(
    text="经查属实。已清理。", signer="head", unit="甲局", handler="赵", replied_at=START, citizen_answered=True
)
replies = st.sampled_from([ReplyArgs(), ReplyArgs(text="已办。"), FULL])
receives = st.builds(
    ReceiveArgs,
    number=st.just("T-1"),
    channel=st.sampled_from(["phone", "telex"]),
    category=st.sampled_from(Category),
    urgency=st.sampled_from(Urgency),
    source=st.sampled_from(Source),
    content=text,
    repeats=st.integers(0, 4),
)
actions: st.SearchStrategy[Args] = st.one_of(
    receives,
    st.builds(AnswerArgs, how=st.sampled_from(AnswerHow), satisfaction=st.sampled_from([None, *Satisfaction])),
    st.builds(ReferArgs, to=text, reason=text, phone=st.sampled_from(["", "12388"])),
    st.builds(DispatchArgs, how=st.sampled_from(DispatchHow), units=parts, limit=limits, legal_basis=text),
    st.builds(AcceptArgs, unit=units),
    st.builds(InformArgs, unit=st.one_of(st.just(""), units)),
    st.builds(HeadReadArgs, unit=units, signed_by=text),
    st.builds(ReportArgs, unit=units, reply=replies),
    st.builds(ReturnArgs, unit=units, reason=text, suggested_unit=text),
    st.builds(ApproveReturnArgs, unit=st.one_of(st.just(""), units)),
    st.builds(RejectReturnArgs, unit=st.one_of(st.just(""), units)),
    st.builds(
        RequestExtensionArgs,
        unit=units,
        working_days=st.one_of(st.none(), st.integers(1, 40)),
        until=limits,
        reason=text,
        measures=text,
        signed_by=text,
        legal_basis=text,
    ),
    st.builds(ApproveExtensionArgs, unit=st.one_of(st.just(""), units)),
    st.builds(RejectExtensionArgs, unit=st.one_of(st.just(""), units), reason=text),
    st.builds(UrgeArgs, how=st.sampled_from(UrgeHow), unit=st.one_of(st.just(""), units)),
    st.builds(SuperviseArgs, how=st.sampled_from(SuperviseHow), limit=limits, unit=st.one_of(st.just(""), units)),
    st.builds(ExplainArgs, unit=units, reason=text),
    st.builds(EscalateArgs, to=st.sampled_from([*Role, "省政府"]), measures=text),
    st.builds(FollowUpArgs, result=st.sampled_from(FollowUpResult), solvable=st.sampled_from([None, *Solvable])),
    st.builds(RedoArgs, reason=text, limit=limits, legal_basis=text, unit=st.one_of(st.just(""), units)),
    st.builds(CloseArgs),
    st.builds(ArchiveArgs),
    st.builds(MergeArgs, into=st.sampled_from(["T-1", "T-2"])),
    st.builds(PublishArgs),
)
actors = st.builds(Actor, role=st.sampled_from(Role), unit=st.sampled_from(["", "a", "b"]))
pauses = st.one_of(st.integers(0, 600), st.integers(0, 400_000)).map(lambda minutes: timedelta(minutes=minutes / 10))


def fitting(args: Args, place: Jurisdiction, drawn: Actor) -> Actor:
    """Somebody who may do it, so that sequences get anywhere; the drawn actor stands in now and then."""
    allowed = [role for role in place.profile.actions[args.action].by if role is not Role.SYSTEM]
    if not allowed or drawn.role is Role.SYSTEM:
        return drawn
    return Actor(role=drawn.role if drawn.role in allowed else allowed[0])


Steps = list[tuple[timedelta, Args | None, Actor]]
Journey = tuple[Jurisdiction, Steps]


@st.composite
def journeys(draw: st.DrawFn) -> Journey:
    place = EVERYWHERE[draw(st.sampled_from(list(EVERYWHERE)))]
    steps = draw(st.lists(st.tuples(pauses, st.one_of(st.none(), actions), actors), min_size=1, max_size=15))
    front = Actor(role=Role.FRONT_DESK)
    first = (timedelta(0), draw(receives).model_copy(update={"channel": "phone"}), front)
    dispatch = DispatchArgs(units=(UnitPart(unit="d"),), limit=START + timedelta(days=20))
    second = (timedelta(hours=1), draw(st.sampled_from([None, dispatch])), front)
    return place, [first, second, *steps]


def check_invariants(ticket: Ticket, now: datetime, place: Jurisdiction) -> None:
    """What is true of a ticket after every step."""
    if ticket.status in WITH_UNITS:
        assert settle(ticket) is ticket.status
    assert len({part.unit for part in ticket.active}) == len(ticket.active)
    assert len(set(ticket.fired)) == len(ticket.fired)
    assert [entry.at for entry in ticket.history] == sorted(entry.at for entry in ticket.history)
    assert due(ticket, now, place) == []
    limits_now = open_limits(ticket, now)
    assert set(limits_now) == set(LimitName)
    if ticket.status not in LIVE:
        assert scheduled(ticket, place) == []
        assert not any(limits_now.values())
    assert all(view["count"] for view in visible_to(ticket, place).values())


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(journeys())
def test_no_journey_breaks_a_ticket(
    journey: Journey,
) -> None:
    """Nothing raises; what is refused changes nothing; history only grows; every status comes from the table."""
    place, steps = journey
    ticket: Ticket | None = None
    now = START
    for pause, args, drawn in steps:
        now += pause
        before = ticket
        if args is None:
            ticket = tick(ticket, now, place).ticket if ticket else None
        else:
            actor = fitting(args, place, drawn)
            outcome = apply(ticket, args, actor, now, place)
            if isinstance(outcome, Refusal):
                assert outcome.article
                assert outcome.message
                continue
            ticket = outcome.ticket
            made = next(
                entry for entry in reversed(ticket.history) if (entry.action, entry.actor) == (args.action, actor)
            )
            sources = {None} if before is None else {e.status for e in ticket.history[:-1]} | {before.status}
            assert any(
                made.status in place.table[source, args.action].to
                for source in sources
                if (source, args.action) in place.table
            )
        if before is not None and ticket is not None:
            assert ticket.history[: len(before.history)] == before.history
            assert ticket.fired[: len(before.fired)] == before.fired
        if ticket is not None:
            check_invariants(ticket, now, place)
    assert ticket is None or Ticket.model_validate(ticket.model_dump(mode="json")) == ticket


# What people do who mean to get on with it, to a part that is there, with every argument that is asked for.
_SAID = st.just("理由")
LIKELY: Mapping[Action, Callable[[str], st.SearchStrategy[Args]]] = {
    Action.DISPATCH: lambda unit: st.builds(
        DispatchArgs,
        how=st.sampled_from([DispatchHow.JOINT, DispatchHow.ASSIGNED]),
        units=st.sampled_from([(UnitPart(unit="d"),), (UnitPart(unit="d", role=Part.LEAD), UnitPart(unit="a"))]),
        limit=limits,
        reason=_SAID,
    ),
    Action.ACCEPT: lambda unit: st.just(AcceptArgs(unit=unit)),
    Action.INFORM: lambda unit: st.just(InformArgs(unit=unit)),
    Action.HEAD_READ: lambda unit: st.just(HeadReadArgs(unit=unit, signed_by="head")),
    Action.REPORT: lambda unit: st.just(ReportArgs(unit=unit, reply=FULL)),
    Action.RETURN: lambda unit: st.just(ReturnArgs(unit=unit, reason="非职责", suggested_unit="a")),
    Action.APPROVE_RETURN: lambda unit: st.just(ApproveReturnArgs(unit=unit)),
    Action.REJECT_RETURN: lambda unit: st.just(RejectReturnArgs(unit=unit)),
    Action.REQUEST_EXTENSION: lambda unit: st.builds(
        RequestExtensionArgs,
        unit=st.just(unit),
        working_days=st.integers(1, 7),
        reason=_SAID,
        measures=_SAID,
        signed_by=_SAID,
        legal_basis=_SAID,
    ),
    Action.APPROVE_EXTENSION: lambda unit: st.just(ApproveExtensionArgs(unit=unit)),
    Action.REJECT_EXTENSION: lambda unit: st.just(RejectExtensionArgs(unit=unit, reason="理由")),
    Action.URGE: lambda unit: st.just(UrgeArgs(unit=unit)),
    Action.SUPERVISE: lambda unit: st.builds(SuperviseArgs, how=st.sampled_from(SuperviseHow), limit=limits),
    Action.EXPLAIN: lambda unit: st.just(ExplainArgs(unit=unit, reason="理由")),
    Action.ESCALATE: lambda unit: st.builds(EscalateArgs, to=st.sampled_from(Role), unit=st.just(unit), measures=_SAID),
    Action.FOLLOW_UP: lambda unit: st.builds(
        FollowUpArgs, result=st.sampled_from(FollowUpResult), solvable=st.sampled_from(Solvable)
    ),
    Action.REDO: lambda unit: st.builds(RedoArgs, reason=_SAID, limit=limits),
    Action.CLOSE: lambda unit: st.just(CloseArgs()),
}
Step = tuple[Ticket | None, Ticket, datetime]


def walk(data: st.DataObject) -> Iterator[tuple[Jurisdiction, Step]]:
    """The ticket before and after each of some actions that its status allows, and when; refused ones are left out."""
    place = EVERYWHERE[data.draw(st.sampled_from(list(EVERYWHERE)))]
    receive = data.draw(receives).model_copy(update={"channel": "phone"})
    ticket: Ticket | None = None
    # Where the regulation fixes the limit the one dispatch is refused, where the centre must name one the other.
    given = DispatchArgs(units=(UnitPart(unit="d"),), limit=START + timedelta(days=20), reason="依法")
    for args in (receive, DispatchArgs(units=(UnitPart(unit="d"),)), given):
        before, ticket = ticket, taken(apply(ticket, args, Actor(role=Role.FRONT_DESK), START, place)) or ticket
        assert ticket is not None
        yield place, (before, ticket, START)
    now = START
    for _ in range(data.draw(st.integers(6, 12))):
        now += timedelta(hours=data.draw(st.one_of(st.integers(0, 30), st.integers(0, 400))))
        assert ticket is not None
        before, after = ticket, one_step(data, ticket, now, place)
        if after is not None and after is not before:
            ticket = after
            yield place, (before, ticket, now)


def one_step(data: st.DataObject, ticket: Ticket, now: datetime, place: Jurisdiction) -> Ticket | None:
    """Something that the status allows somebody, or only time."""
    moves = {action: move.by - {Role.SYSTEM} for (at, action), move in place.table.items() if at is ticket.status}
    action = data.draw(st.sampled_from([None, *(action for action in LIKELY if moves.get(action))]))
    if action is None:
        return tick(ticket, now, place).ticket
    role = data.draw(st.sampled_from(sorted(moves[action])))
    unit = data.draw(st.sampled_from([part.unit for part in ticket.active] or ["d"]))
    return taken(apply(ticket, data.draw(LIKELY[action](unit)), Actor(role=role), now, place))


def taken(outcome: Outcome | Refusal) -> Ticket | None:
    return None if isinstance(outcome, Refusal) else outcome.ticket


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_limit_becomes_earlier_than_its_article_allows(data: st.DataObject) -> None:
    for place, (before, after, _) in walk(data):
        for part in after.active:
            if (floor := earliest_report(part, after, place)) is not None:
                assert part.report_by is not None
                assert part.report_by >= floor
            was = before.assignment(part.unit) if before else None
            if was is not None and (was.dispatched_at, was.redos) == (part.dispatched_at, part.redos):
                for name in ("inform_by", "report_by", "return_by"):
                    assert not_earlier(getattr(was, name), getattr(part, name)), name
        if before and before.dispatch_since is not None and before.dispatch_since == after.dispatch_since:
            assert not_earlier(before.dispatch_by, after.dispatch_by)


def not_earlier(old: datetime | None, new: datetime | None) -> bool:
    return old is None or (new is not None and new >= old)


def earliest_report(part: Assignment, ticket: Ticket, place: Jurisdiction) -> datetime | None:
    """The earliest limit that the article allows for this round; None where the centre or a statute sets it."""
    redo, report = place.profile.redo, first(place.profile.report, ticket)
    within, given = (redo.within, redo.given) if part.redos and redo.within else (report.within, report.given)
    said = [e.why for e in ticket.history if e.at == part.dispatched_at and e.action in (Action.DISPATCH, Action.REDO)]
    by_statute = given is Given.STATUTE and any(said)
    if within is None or given in (Given.ALLOWED, Given.REQUIRED) or by_statute or ticket.status not in LIVE:
        return None
    return limit_after(part.dispatched_at, within, place.calendar)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_ticket_stays_without_somebody_who_has_it_and_a_limit_or_a_reminder(data: st.DataObject) -> None:
    """The categories and steps for which the regulation itself sets no limit apart."""
    for place, (_, ticket, now) in walk(data):
        if ticket.status not in LIVE:
            continue
        assert owners(ticket, place), ticket.status
        for part in ticket.counting:
            rule = first(place.profile.report, ticket)
            if part.working and part.report_by is None:
                assert rule.within is None
                assert rule.given is not Given.REQUIRED
        if ticket.dispatch_since is not None and ticket.dispatch_by is None:
            assert place.profile.dispatch.limits[0].within is None
        missed_or_ahead = any(open_limits(ticket, now).values()) or next_deadline(ticket, place) is not None
        assert missed_or_ahead or without_limit(ticket, place)


def owners(ticket: Ticket, place: Jurisdiction) -> list[str]:
    """Who has the ticket: the units at work, or the roles that may bring it on from where it stands."""
    working = [part.unit for part in ticket.counting if part.working and not part.waiting]
    bring_on = (Action.DISPATCH, Action.APPROVE_RETURN, Action.FOLLOW_UP, Action.REDO, Action.CLOSE)
    moves = [place.table[ticket.status, action] for action in bring_on if (ticket.status, action) in place.table]
    return working or [role for move in moves for role in move.by if role is not Role.SYSTEM]


def without_limit(ticket: Ticket, place: Jurisdiction) -> bool:
    """Whether the regulation sets no limit for where the ticket stands: the report of such a matter, the end."""
    if any(part.working and not part.waiting for part in ticket.counting):
        return first(place.profile.report, ticket).within is None
    if ticket.dispatch_since is not None and ticket.status in (Status.RECEIVED, Status.RETURNED, Status.ANSWERED):
        return place.profile.dispatch.limits[0].within is None
    return True  # reported, asked back or answered: no article sets a time for the centre's own word


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_unit_is_late_for_time_that_was_not_its_own(data: st.DataObject) -> None:
    """While it waits for the centre's word nothing is counted; when it must go on, it has time to."""
    for _, (before, after, now) in walk(data):
        for part in after.active:
            was = before.assignment(part.unit) if before else None
            if part.waiting and was is not None and was.waiting:
                fired = set(after.fired) - set(before.fired if before else ())
                assert not [one for one in fired if f":{part.unit}:" in one and "explain_by" not in one]
            if was is not None and was.waiting and part.working and not part.waiting and was.report_by is not None:
                in_time = was.return_asked_at is not None and not passed(was.report_by, was.return_asked_at)
                assert part.report_by is not None
                assert not in_time or part.report_by >= now
        if all(part.waiting for part in after.counting if part.working) and after.status in WITH_UNITS:
            assert not {LimitName.INFORM_BY, LimitName.REPORT_BY} & set(late_limits(after, now))


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(PLACES), st.lists(st.integers(1, 60_000), max_size=12), st.sampled_from(Category))
def test_time_does_the_same_however_often_it_is_looked_at(
    place: Jurisdiction, minutes: list[int], category: Category
) -> None:
    """Ticking at every minute that matters, or once after weeks off, ends in the same ticket."""
    ticket = dispatched(place, category)
    instants = [*sorted(START + timedelta(minutes=m) for m in minutes), START + timedelta(days=60)]
    often = ticket
    for instant in instants:
        often = tick(often, instant, place).ticket
    assert often == tick(ticket, instants[-1], place).ticket


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.profile.id)
def test_a_job_at_each_next_deadline_misses_nothing(place: Jurisdiction) -> None:
    """The caller needs one job only: wake at the next deadline, tick, ask again."""
    ticket = dispatched(place, Category.COMPLAINT)
    end = START + timedelta(days=120)
    stepped = ticket
    while (instant := next_deadline(stepped, place)) is not None and instant <= end:
        stepped = tick(stepped, instant, place).ticket
    assert stepped == tick(ticket, end, place).ticket


def dispatched(place: Jurisdiction, category: Category) -> Ticket:
    steps: list[tuple[Args, dict[str, Any]]] = [
        (ReceiveArgs(number="T-1", channel="phone", category=category, content="问"), {}),
        (DispatchArgs(units=(UnitPart(unit="d"),), limit=START + timedelta(days=5)), {}),
        (DispatchArgs(units=(UnitPart(unit="d"),)), {}),
    ]
    ticket: Ticket | None = None
    for args, _ in steps:
        outcome = apply(ticket, args, Actor(role=Role.FRONT_DESK), START, place)
        ticket = ticket if isinstance(outcome, Refusal) else outcome.ticket
    assert ticket is not None
    assert ticket.status is Status.DISPATCHED
    return ticket
