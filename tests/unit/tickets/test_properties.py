"""What holds for every sequence of actions under every regulation, whatever people do and whenever."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
    FollowUpArgs,
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
from app.tickets.clock import ZONE, Calendar
from app.tickets.engine import apply, tick
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.limits import open_limits
from app.tickets.model import (
    Actor,
    AnswerHow,
    Category,
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
from app.tickets.refusal import Refusal
from app.tickets.timed import due, next_deadline, scheduled
from app.tickets.transitions import LIVE, WITH_UNITS, settle
from app.tickets.visibility import visible_to

FIGURES = {"shangrao": {"consult_days": 3, "complaint_days": 7, "max_days": 15}}
UNITS = {
    "a": Unit(id="a", name="甲局", contact="值班室", phone="1", leader="head"),
    "b": Unit(id="b", name="乙局", contact="值班室", phone="2"),
    "d": Unit(id="d", name="市纪委", contact="值班室", phone="3", discipline=True),
}
PLACES = [
    Jurisdiction(load_profile(name, FIGURES.get(name)), Calendar(), UNITS)
    for name in ("yixing-2011", "mudanjiang-2010", "minhe-2018", "shangrao", "town-2012")
]
START = datetime(2026, 9, 28, 9, 0, tzinfo=ZONE)

units = st.sampled_from(["a", "b", "d", "unknown"])
text = st.sampled_from(["", "理由"])
limits = st.one_of(st.none(), st.integers(-3, 40).map(lambda days: START + timedelta(days=days)))
parts = st.lists(st.builds(UnitPart, unit=units, role=st.sampled_from(Part)), min_size=0, max_size=3).map(tuple)
replies = st.sampled_from(
    [
        ReplyArgs(),
        ReplyArgs(text="已办。"),
        ReplyArgs(text="查实。已办。", signer="王", unit="甲局", handler="赵", replied_at=START, citizen_answered=True),
    ]
)
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
    st.builds(ReferArgs, to=text, reason=text),
    st.builds(DispatchArgs, units=parts, limit=limits),
    st.builds(AcceptArgs, unit=units),
    st.builds(InformArgs, unit=st.one_of(st.just(""), units)),
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
    st.builds(EscalateArgs, to=st.sampled_from([*Role, "省政府"])),
    st.builds(FollowUpArgs, result=st.sampled_from(FollowUpResult), solvable=st.sampled_from([None, *Solvable])),
    st.builds(RedoArgs, reason=text, limit=limits, unit=st.one_of(st.just(""), units)),
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


@st.composite
def journeys(draw: st.DrawFn) -> tuple[Jurisdiction, list[tuple[timedelta, Args | None, Actor]]]:
    place = draw(st.sampled_from(PLACES))
    steps = draw(st.lists(st.tuples(pauses, st.one_of(st.none(), actions), actors), min_size=1, max_size=15))
    first = (timedelta(0), draw(receives).model_copy(update={"channel": "phone"}), Actor(role=Role.FRONT_DESK))
    dispatch = DispatchArgs(units=(UnitPart(unit="d"),), limit=START + timedelta(days=20))
    second = (timedelta(hours=1), draw(st.sampled_from([None, dispatch])), Actor(role=Role.FRONT_DESK))
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
    journey: tuple[Jurisdiction, list[tuple[timedelta, Args | None, Actor]]],
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
