"""A ticket goes to units, and comes back from them."""

from app.matters.clock import passed
from app.matters.model import (
    Action,
    Assignment,
    LimitName,
    Part,
    Role,
    Status,
    SuperviseHow,
    Supervision,
    Ticket,
    UnitStatus,
)
from app.regulations.form.telling import Occasion
from app.tickets import chinese_names
from app.tickets.actions import Args, DecisionArgs, DispatchArgs
from app.tickets.case import Case
from app.tickets.change import Change, centre
from app.tickets.limits import dispatch_limit, owe_dispatch, unit_limits, with_end_limits
from app.tickets.moved import given_back
from app.tickets.notices import Notice, notice, to_each, when, worded
from app.tickets.rules.dispatch import parts_given
from app.tickets.rules.returns import pending_returns
from app.tickets.transitions import settle

PART = {Part.LEAD: "牵头（主办）", Part.ASSISTING: "协办"}


def dispatch(case: Case[DispatchArgs]) -> Change:
    """Each unit gets its part with its limits. Parts of an earlier round are replaced, unless they go on."""
    old = tuple(_kept_or_replaced(part, case.ticket) for part in case.ticket.assignments)
    new = tuple(_part(unit, role, case) for unit, role in parts_given(case))
    late = _dispatch_late(case)
    ticket = case.ticket.replace(
        assignments=old + new, dispatch_since=None, dispatch_desk=None, closed_at=None, answer=None
    )
    ticket = with_end_limits(ticket, case.place)
    ticket = ticket.replace(status=settle(ticket))
    told = tuple(notice("dispatched", part.unit, part=PART[part.part], limit=when(part.report_by)) for part in new)
    units = [part.unit for part in new]
    found = told + worded(Occasion.DISPATCH, ticket, case.place, units) + _supervised(ticket, new, case)
    return Change(ticket, found, late, unit="、".join(units))


def approve_return(case: Case[DecisionArgs]) -> Change:
    """The part is taken back and the ticket is to be dispatched again, with a fresh dispatch limit."""
    (unit,) = pending_returns(case)
    part = case.part(unit).model_copy(update={"status": UnitStatus.RETURNED})
    ticket = back_at_centre(case.ticket.with_assignment(part), case)
    told = notice("return-approved", unit)
    return Change(ticket, (told, *_again(ticket, case)), unit=unit)


def reject_return(case: Case[DecisionArgs]) -> Change:
    """The unit goes on from where it was; the whole working days that it waited for the word are given back."""
    (unit,) = pending_returns(case)
    part = given_back(case.part(unit), case.now, case.place)
    status = UnitStatus.ACCEPTED if part.accepted_at else UnitStatus.DISPATCHED
    ticket = case.ticket.with_assignment(part.model_copy(update={"status": status, "return_asked_at": None}))
    ticket = with_end_limits(ticket, case.place)
    ticket = ticket.replace(status=settle(ticket))
    return Change(ticket, (notice("return-rejected", unit, reason=case.args.reason),), unit=unit)


def back_at_centre(ticket: Ticket, case: Case[Args]) -> Ticket:
    """The ticket after a unit's part came back: a dispatch is owed again."""
    ticket = with_end_limits(owe_dispatch(ticket, Role.FRONT_DESK, case.now, case.place), case.place)
    return ticket.replace(status=settle(ticket))


def _again(ticket: Ticket, case: Case[Args]) -> tuple[Notice, ...]:
    desks = [role for role in centre(Action.DISPATCH, case.place) if role is not case.actor.role]
    return to_each("dispatch-again", desks, limit=when(ticket.dispatch_by))


def _kept_or_replaced(part: Assignment, ticket: Ticket) -> Assignment:
    goes_on = ticket.status is Status.RETURNED and part.active
    return part if goes_on else part.model_copy(update={"status": UnitStatus.REPLACED})


def _part(unit: str, role: Part, case: Case[DispatchArgs]) -> Assignment:
    fresh = Assignment(unit=unit, part=role, how=case.args.how, dispatched_at=case.now)
    fresh = unit_limits(fresh, case.ticket, case.args.limit, case.place)
    direct = case.place.profile.supervise.direct
    if direct is None or not direct.covers(case.ticket):
        return fresh
    watched = Supervision(at=case.now, how=SuperviseHow.PHONE, limit=fresh.report_by, direct=True)
    return fresh.model_copy(update={"supervisions": (watched,)})


def _supervised(ticket: Ticket, new: tuple[Assignment, ...], case: Case[DispatchArgs]) -> tuple[Notice, ...]:
    how = chinese_names.SUPERVISE_HOW[SuperviseHow.PHONE]
    return tuple(
        notice("supervise", part.unit, how=how, limit=when(part.report_by), reason="")
        for part in new
        if part.supervisions
    )


def _dispatch_late(case: Case[DispatchArgs]) -> tuple[LimitName, ...]:
    """Late by the limit of who dispatches: the back office has its own."""
    since = case.ticket.dispatch_since
    if since is None:
        return ()
    late = passed(dispatch_limit(case.actor.role, since, case.place), case.now)
    return (LimitName.DISPATCH_BY,) if late else ()
