"""The end of a ticket: follow-up, handling again, closing, filing, publishing."""

from collections.abc import Iterable
from datetime import datetime

from app.matters.clock import local, passed
from app.matters.model import (
    Action,
    Assignment,
    FollowUp,
    FollowUpResult,
    LimitName,
    Part,
    Role,
    Satisfaction,
    Solvable,
    Status,
    Ticket,
    UnitStatus,
)
from app.regulations.form.ending import Published
from app.regulations.form.telling import Occasion
from app.tickets.actions import ArchiveArgs, CloseArgs, FollowUpArgs, PublishArgs, RedoArgs
from app.tickets.case import Case
from app.tickets.change import Change, centre
from app.tickets.jurisdiction import first
from app.tickets.limits import with_end_limits, with_inform_limit, with_report_limit
from app.tickets.notices import PUBLIC, Notice, notice, to_each, when, worded
from app.tickets.rules.closing import redo_units
from app.tickets.transitions import settle

_RESULT_STATUS = {
    FollowUpResult.SATISFIED: Status.SATISFIED,
    FollowUpResult.DISSATISFIED: Status.DISSATISFIED,
    FollowUpResult.UNREACHABLE: Status.UNREACHABLE,
}
SOLVABLE = {
    Solvable.NOW: "solve-now",
    Solvable.LATER: "promise-owed",
    Solvable.NEVER: "reasons-owed",
}
SATISFACTION = {
    Satisfaction.SATISFIED: "满意",
    Satisfaction.BASICALLY_SATISFIED: "基本满意",
    Satisfaction.DISSATISFIED: "不满意",
}


def follow_up(case: Case[FollowUpArgs]) -> Change:
    """The call's result decides where the ticket stands; a closed ticket reopens only for a dissatisfied caller."""
    args, ticket = case.args, case.ticket
    made = FollowUp(at=case.now, result=args.result, solvable=args.solvable)
    status = _RESULT_STATUS[args.result]
    if ticket.status is Status.CLOSED and args.result is not FollowUpResult.DISSATISFIED:
        status = Status.CLOSED
    late = (LimitName.FOLLOW_UP_BY,) if passed(ticket.follow_up_by, case.now) else ()
    told: tuple[Notice, ...] = ()
    if args.result is FollowUpResult.DISSATISFIED:
        to = centre(Action.REDO, case.place)
        told = to_each("follow-up-dissatisfied", to, reason=args.note)
        if args.solvable is not None:
            told += to_each(SOLVABLE[args.solvable], [part.unit for part in ticket.active])
    changed = ticket.replace(status=status, follow_ups=(*ticket.follow_ups, made))
    return Change(changed, told, late)


def redo(case: Case[RedoArgs]) -> Change:
    """A new round for the units that answered, with a fresh limit, which also holds for those that still assist."""
    ticket, units = case.ticket, redo_units(case)
    for unit in units:
        ticket = ticket.with_assignment(_new_round(case.part(unit), case))
    for part in ticket.active:
        if part.part is Part.ASSISTING and part.working and part.unit not in units:
            ticket = ticket.with_assignment(_still_assisting(part, case))
    ticket = with_end_limits(ticket.replace(closed_at=None), case.place)
    ticket = ticket.replace(status=settle(ticket))
    told = tuple(notice("redo", unit, limit=when(_limit(ticket, unit)), reason=case.args.reason) for unit in units)
    return Change(ticket, told + worded(Occasion.REDO, ticket, case.place, units), unit="、".join(units))


def close(case: Case[CloseArgs]) -> Change:
    (status,) = case.place.table[case.ticket.status, Action.CLOSE].to
    late = (LimitName.CLOSE_BY,) if passed(case.ticket.close_by, case.now) else ()
    ticket = case.ticket.replace(status=status, closed_at=case.now)
    if case.ticket.status is Status.CLOSED:
        ticket = ticket.replace(closed_by_answer=False)
    told = status is Status.PROVISIONALLY_CLOSED and case.actor.role is not Role.BACK_OFFICE
    return Change(ticket, (notice("provisionally-closed", Role.BACK_OFFICE),) if told else (), late)


def archive(case: Case[ArchiveArgs]) -> Change:
    return Change(case.ticket.replace(status=Status.ARCHIVED))


def publish(case: Case[PublishArgs]) -> Change:
    """The public reads what the profile lists."""
    ticket = case.ticket.replace(published_at=case.now)
    text = publication(ticket, case.place.profile.publish.fields)
    return Change(ticket, (notice("publication", PUBLIC, text=text),))


def publication(ticket: Ticket, fields: Iterable[Published]) -> str:
    """What the public reads; it never holds who the caller is."""
    replied = [part for part in ticket.active if part.reply is not None]
    answers = [part.reply.text for part in replied if part.reply] or ([ticket.answer.text] if ticket.answer else [])
    told = min((part.informed_at for part in ticket.active if part.informed_at), default=None)
    lines = {
        Published.REQUEST: ticket.matter.content,
        Published.RECEIVED: when(local(ticket.received_at)),
        Published.INFORMED: when(told) if told else "",
        Published.ANSWER: " ".join(answers),
        Published.SATISFACTION: SATISFACTION[said] if (said := satisfaction(ticket)) else "",
    }
    return "\n".join(f"{field}：{lines[field]}" for field in fields)


def satisfaction(ticket: Ticket) -> Satisfaction | None:
    """What the caller last said: in the follow-up, else on the spot, else to the unit."""
    for made in reversed(ticket.follow_ups):
        if made.result is not FollowUpResult.UNREACHABLE:
            return Satisfaction(made.result)
    if ticket.answer is not None:
        return ticket.answer.satisfaction
    return next((part.satisfaction for part in reversed(ticket.active) if part.satisfaction), None)


def _new_round(part: Assignment, case: Case[RedoArgs]) -> Assignment:
    """A caller who was never told is told within the same time as at first, counted anew."""
    status = {"status": UnitStatus.DISPATCHED, "accepted_at": None, "reported_at": None, "redos": part.redos + 1}
    fresh = _with_limit(part.model_copy(update=status), case)
    return fresh if part.informed_at is not None else with_inform_limit(fresh, case.ticket, case.place)


def _with_limit(part: Assignment, case: Case[RedoArgs]) -> Assignment:
    """The part with the redo's limit: the one given, else the profile's, else that of a first dispatch."""
    within = case.place.profile.redo.within or first(case.place.profile.report, case.ticket).within
    part = part.model_copy(update={"dispatched_at": case.now})
    return with_report_limit(part, within, case.args.limit, case.place)


def _still_assisting(part: Assignment, case: Case[RedoArgs]) -> Assignment:
    """Who still assists gets the new limit too, unless its own is later."""
    fresh = _with_limit(part, case)
    own, new = part.report_by, fresh.report_by
    if own is None or new is None or new >= own:
        return fresh
    kept = {"report_by": own, "first_report_by": part.first_report_by, "first_counted": part.first_counted}
    return fresh.model_copy(update={**kept, "counted": part.counted})


def _limit(ticket: Ticket, unit: str) -> datetime | None:
    part = ticket.assignment(unit)
    return part.report_by if part else None
