"""The six limits of a ticket: how each is set from the profile, which are still open, which are late."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from app.regulations.form.ending import Owed
from app.tickets.clock import limit_after, passed, unknown_years
from app.tickets.jurisdiction import Jurisdiction, desk_of, first
from app.tickets.model import Action, Assignment, LimitName, Part, Role, Status, Ticket, UnitStatus
from app.tickets.transitions import AFTER_FOLLOW_UP, LIVE, WITH_UNITS

Limits = Mapping[LimitName, datetime | None]

FOLLOW_UP_OPEN = WITH_UNITS | {Status.REPORTED, Status.UNREACHABLE}
DISPATCH_OPEN = frozenset({Status.RECEIVED, Status.ANSWERED, Status.RETURNED, Status.RETURN_REQUESTED})
CLOSE_OPEN = WITH_UNITS | AFTER_FOLLOW_UP | {Status.REPORTED}


def owe_dispatch(ticket: Ticket, desk: Role, since: datetime, place: Jurisdiction) -> Ticket:
    """The ticket with a dispatch owed by `desk` since that instant."""
    by = dispatch_limit(desk, since, place)
    return ticket.replace(dispatch_desk=desk, dispatch_since=since, dispatch_by=by)


def dispatch_limit(role: Role, since: datetime, place: Jurisdiction) -> datetime | None:
    """Until when that role may dispatch in time what came in at `since`."""
    desk = desk_of(role, place)
    rule = next(limit for limit in place.profile.dispatch.limits if limit.by is desk)
    return None if rule.within is None else limit_after(since, rule.within, place.calendar)


def report_limit(ticket: Ticket, now: datetime, given: datetime | None, place: Jurisdiction) -> datetime | None:
    """The report limit of a dispatch at `now`: the one the centre gave, else the profile's for such a ticket."""
    within = first(place.profile.report, ticket).within
    if given is not None or within is None:
        return given
    return limit_after(now, within, place.calendar)


def unit_limits(part: Assignment, ticket: Ticket, given: datetime | None, place: Jurisdiction) -> Assignment:
    """A fresh part with its limits; only who answers the caller must tell the caller."""
    now, calendar = part.dispatched_at, place.calendar
    report_by = report_limit(ticket, now, given, place)
    back = place.profile.return_.within
    return part.model_copy(
        update={
            "inform_by": inform_limit(part, ticket, place),
            "return_by": None if back is None else limit_after(now, back, calendar),
            "report_by": report_by,
            "first_report_by": report_by,
        }
    )


def inform_limit(part: Assignment, ticket: Ticket, place: Jurisdiction) -> datetime | None:
    """Until when a unit that answers the caller must tell the caller that it has the matter."""
    within = first(place.profile.inform, ticket).within
    if part.part is not Part.LEAD or within is None:
        return None
    return limit_after(part.dispatched_at, within, place.calendar)


def with_end_limits(ticket: Ticket, place: Jurisdiction) -> Ticket:
    """The ticket with follow-up and close limits that fit the report limits of its units."""
    ends = [part.report_by for part in ticket.active if part.part is Part.LEAD]
    known = [end for end in ends if end is not None]
    end = max(known) if known and len(known) == len(ends) else None
    rule = first(place.profile.follow_up, ticket)
    follow_up = rule.within if rule.owed is not Owed.NEVER else None
    close = place.profile.close.within
    return ticket.replace(
        follow_up_by=limit_after(end, follow_up, place.calendar) if end and follow_up else None,
        close_by=limit_after(end, close, place.calendar) if end and close else None,
    )


def open_limits(ticket: Ticket | None, now: datetime) -> Limits:
    """Each limit that still runs or has been missed and is not yet met; None for one that does not apply."""
    found: dict[LimitName, datetime | None] = dict.fromkeys(LimitName)
    if ticket is None or ticket.status not in LIVE:
        return found
    working = [part for part in ticket.counting if part.working]
    found[LimitName.DISPATCH_BY] = ticket.dispatch_by if dispatch_owed(ticket) else None
    found[LimitName.INFORM_BY] = _earliest(part.inform_by for part in working if part.informed_at is None)
    found[LimitName.REPORT_BY] = _earliest(part.report_by for part in working)
    found[LimitName.RETURN_BY] = _earliest(part.return_by for part in working if _may_return(part, now))
    found[LimitName.FOLLOW_UP_BY] = ticket.follow_up_by if ticket.status in FOLLOW_UP_OPEN else None
    found[LimitName.CLOSE_BY] = ticket.close_by if ticket.status in CLOSE_OPEN else None
    return found


def dispatch_owed(ticket: Ticket) -> bool:
    """Whether somebody must dispatch; a gap among assisting units is none any more once the leads have reported."""
    return ticket.dispatch_since is not None and ticket.status in DISPATCH_OPEN


def who_must_act(ticket: Ticket, now: datetime, place: Jurisdiction) -> Mapping[LimitName, tuple[str, ...]]:
    """For each limit that still runs or has been missed: the role or the units that must meet it."""
    working = [part for part in ticket.counting if part.working]
    who: dict[LimitName, tuple[str, ...]] = {
        LimitName.DISPATCH_BY: (ticket.dispatch_desk or Role.FRONT_DESK,),
        LimitName.INFORM_BY: tuple(p.unit for p in working if p.inform_by and p.informed_at is None),
        LimitName.REPORT_BY: tuple(p.unit for p in working if p.report_by),
        LimitName.RETURN_BY: tuple(p.unit for p in working if p.return_by and _may_return(p, now)),
        LimitName.FOLLOW_UP_BY: place.profile.actions[Action.FOLLOW_UP].by,
        LimitName.CLOSE_BY: closers(ticket.status, place),
    }
    return {name: who[name] for name, limit in open_limits(ticket, now).items() if limit is not None}


def closers(status: Status, place: Jurisdiction) -> tuple[Role, ...]:
    """Who may close a ticket of that status; before it can be closed, who may close at all."""
    move = place.table.get((status, Action.CLOSE))
    by = move.by if move else frozenset(place.profile.actions[Action.CLOSE].by)
    return tuple(role for role in Role if role in by and role is not Role.SYSTEM)


def late_limits(limits: Limits, now: datetime) -> tuple[LimitName, ...]:
    """The open limits that have been missed; a right that has lapsed (to return) is not late."""
    return tuple(name for name, limit in limits.items() if name is not LimitName.RETURN_BY and passed(limit, now))


def years_unknown(ticket: Ticket, place: Jurisdiction) -> tuple[int, ...]:
    """The years that the ticket's limits reach into and the calendar does not know."""
    ends = [part.report_by for part in ticket.active] + [ticket.dispatch_by, ticket.close_by]
    latest = max((end for end in ends if end is not None), default=None)
    return unknown_years(ticket.received_at, latest, place.calendar)


def _may_return(part: Assignment, now: datetime) -> bool:
    return part.status is not UnitStatus.RETURN_REQUESTED and not passed(part.return_by, now)


def _earliest(limits: Iterable[datetime | None]) -> datetime | None:
    return min((limit for limit in limits if limit is not None), default=None)
