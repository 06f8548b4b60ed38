"""The limits of a ticket: how each is set from the profile, which are still open, which are late."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from app.matters.clock import Duration, Span, limit_after, passed, unknown_years
from app.matters.model import Action, Assignment, Counted, LimitName, Part, Role, Status, Ticket, UnitStatus
from app.regulations.form.ending import Owed
from app.tickets.jurisdiction import Jurisdiction, desk_of, first
from app.tickets.transitions import AFTER_FOLLOW_UP, LIVE, WITH_UNITS

Limits = Mapping[LimitName, datetime | None]

FOLLOW_UP_OPEN = WITH_UNITS | {Status.REPORTED, Status.UNREACHABLE, Status.ANSWERED}
DISPATCH_OPEN = frozenset({Status.RECEIVED, Status.ANSWERED, Status.RETURNED, Status.RETURN_REQUESTED})
CLOSE_OPEN = WITH_UNITS | AFTER_FOLLOW_UP | {Status.REPORTED}


def owe_dispatch(ticket: Ticket, desk: Role, since: datetime, place: Jurisdiction) -> Ticket:
    """The ticket with a dispatch owed by `desk` since that instant."""
    counted = _counted(since, _dispatch_within(desk, place))
    by = counted_limit(counted, place)
    return ticket.replace(dispatch_desk=desk, dispatch_since=since, dispatch_by=by, dispatch_counted=counted)


def dispatch_limit(role: Role, since: datetime, place: Jurisdiction) -> datetime | None:
    """Until when that role may dispatch in time what came in at `since`."""
    return counted_limit(_counted(since, _dispatch_within(role, place)), place)


def counted_limit(counted: Counted | None, place: Jurisdiction) -> datetime | None:
    """The limit counted so by today's calendar."""
    return None if counted is None else limit_after(counted.since, counted.within, place.calendar)


def with_report_limit(
    part: Assignment, within: Duration | None, given: datetime | None, place: Jurisdiction
) -> Assignment:
    """The part with the report limit of its round: the one given, else `within` from the dispatch."""
    counted = None if given is not None else _counted(part.dispatched_at, within)
    limit = given if given is not None else counted_limit(counted, place)
    part = part.model_copy(update={"report_by": limit, "first_report_by": limit, "first_counted": counted})
    return with_counted(part, LimitName.REPORT_BY, counted)


def with_counted(part: Assignment, name: LimitName, counted: Counted | None) -> Assignment:
    """The part remembering how that limit was counted; None: it is a date somebody named."""
    others = {one: how for one, how in part.counted.items() if one is not name}
    return part.model_copy(update={"counted": others if counted is None else {**others, name: counted}})


def longer(limit: datetime, counted: Counted | None, days: int, place: Jurisdiction) -> Counted:
    """How a limit is counted with so many working days more: from where it was counted, or from its date."""
    if counted and counted.within.span is Span.WORKING_DAYS and counted_limit(counted, place) == limit:
        return Counted(since=counted.since, within=Duration(Span.WORKING_DAYS, counted.within.number + days))
    return Counted(since=limit, within=Duration(Span.WORKING_DAYS, days))


def unit_limits(part: Assignment, ticket: Ticket, given: datetime | None, place: Jurisdiction) -> Assignment:
    """A fresh part with its limits; only who answers the caller must tell the caller."""
    part = with_report_limit(part, first(place.profile.report, ticket).within, given, place)
    part = with_inform_limit(part, ticket, place)
    back = _counted(part.dispatched_at, place.profile.return_.within)
    part = part.model_copy(update={"return_by": counted_limit(back, place)})
    return with_counted(part, LimitName.RETURN_BY, back)


def with_inform_limit(part: Assignment, ticket: Ticket, place: Jurisdiction) -> Assignment:
    """The part with the time within which a unit that answers the caller must say that it has the matter."""
    within = first(place.profile.inform, ticket).within if part.part is Part.LEAD else None
    counted = _counted(part.dispatched_at, within)
    part = part.model_copy(update={"inform_by": counted_limit(counted, place)})
    return with_counted(part, LimitName.INFORM_BY, counted)


def _dispatch_within(role: Role, place: Jurisdiction) -> Duration | None:
    desk = desk_of(role, place)
    return next(limit.within for limit in place.profile.dispatch.limits if limit.by is desk)


def _counted(since: datetime, within: Duration | None) -> Counted | None:
    return None if within is None else Counted(since=since, within=within)


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
    """Each limit that still runs or has been missed and is not yet met; None for one that does not apply.

    A supervision's limit stands as the report limit once it is the later one.
    """
    if ticket is None or ticket.status not in LIVE:
        return dict.fromkeys(LimitName)
    working = [part for part in ticket.counting if part.working]
    found = {
        **_of_the_centre(ticket),
        LimitName.INFORM_BY: _earliest(part.inform_by for part in working if part.informed_at is None),
        LimitName.REPORT_BY: _earliest(standing_limit(part) for part in working),
        LimitName.RETURN_BY: _earliest(part.return_by for part in working if _may_return(part, now)),
        LimitName.EXPLAIN_BY: _earliest(part.explain_by for part in ticket.active),
    }
    return {name: found[name] for name in LimitName}


def shown(limits: Limits) -> Limits:
    """The limits as they are shown: the six that every ticket has, and an explanation's while one is owed."""
    return {name: limit for name, limit in limits.items() if limit is not None or name is not LimitName.EXPLAIN_BY}


def standing_limit(part: Assignment) -> datetime | None:
    """Until when a unit is to report: its limit, or the one that the last supervision set (mudanjiang art. 10(9))."""
    last = next((done for done in reversed(part.supervisions) if done.at >= part.dispatched_at), None)
    if last is None or not last.stands or last.limit is None:
        return part.report_by
    return last.limit if part.report_by is None else max(part.report_by, last.limit)


def _of_the_centre(ticket: Ticket) -> dict[LimitName, datetime | None]:
    return {
        LimitName.DISPATCH_BY: ticket.dispatch_by if dispatch_owed(ticket) else None,
        LimitName.FOLLOW_UP_BY: ticket.follow_up_by if ticket.status in FOLLOW_UP_OPEN else None,
        LimitName.CLOSE_BY: ticket.close_by if ticket.status in CLOSE_OPEN else None,
    }


def dispatch_owed(ticket: Ticket) -> bool:
    """Whether somebody must dispatch; a gap among assisting units is none any more once the leads have reported."""
    return ticket.dispatch_since is not None and ticket.status in DISPATCH_OPEN


def who_must_act(ticket: Ticket, now: datetime, place: Jurisdiction) -> Mapping[LimitName, tuple[str, ...]]:
    """For each limit that still runs or has been missed: the role or the units that must meet it."""
    working = [part for part in ticket.counting if part.working]
    who: dict[LimitName, tuple[str, ...]] = {
        LimitName.DISPATCH_BY: (ticket.dispatch_desk or Role.FRONT_DESK,),
        LimitName.INFORM_BY: tuple(p.unit for p in working if p.inform_by and p.informed_at is None),
        LimitName.REPORT_BY: tuple(p.unit for p in working if standing_limit(p)),
        LimitName.RETURN_BY: tuple(p.unit for p in working if p.return_by and _may_return(p, now)),
        LimitName.FOLLOW_UP_BY: place.profile.actions[Action.FOLLOW_UP].by,
        LimitName.CLOSE_BY: closers(ticket.status, place),
        LimitName.EXPLAIN_BY: tuple(p.unit for p in ticket.active if p.explain_by),
    }
    return {name: who[name] for name, limit in open_limits(ticket, now).items() if limit is not None}


def closers(status: Status, place: Jurisdiction) -> tuple[Role, ...]:
    """Who may close a ticket of that status; before it can be closed, who may close at all."""
    move = place.table.get((status, Action.CLOSE))
    by = move.by if move else frozenset(place.profile.actions[Action.CLOSE].by)
    return tuple(role for role in Role if role in by and role is not Role.SYSTEM)


def late_limits(ticket: Ticket | None, now: datetime) -> tuple[LimitName, ...]:
    """The limits that have been missed and are still owed; a right that has lapsed (to return) is not late.

    A supervision's new limit does not undo that the first was missed. A unit that waits for the centre's word on
    sending back is not late for that time.
    """
    if ticket is None or ticket.status not in LIVE:
        return ()
    working = [part for part in ticket.counting if part.working and not part.waiting]
    missed = {
        **_of_the_centre(ticket),
        LimitName.INFORM_BY: _earliest(part.inform_by for part in working if part.informed_at is None),
        LimitName.REPORT_BY: _earliest(part.report_by for part in working),
        LimitName.EXPLAIN_BY: _earliest(part.explain_by for part in ticket.active),
    }
    return tuple(name for name in LimitName if passed(missed.get(name), now))


def years_unknown(ticket: Ticket, place: Jurisdiction) -> tuple[int, ...]:
    """The years that the ticket's limits reach into and the calendar does not know."""
    ends = [part.report_by for part in ticket.active] + [ticket.dispatch_by, ticket.close_by]
    latest = max((end for end in ends if end is not None), default=None)
    return unknown_years(ticket.received_at, latest, place.calendar)


def _may_return(part: Assignment, now: datetime) -> bool:
    return part.status is not UnitStatus.RETURN_REQUESTED and not passed(part.return_by, now)


def _earliest(limits: Iterable[datetime | None]) -> datetime | None:
    return min((limit for limit in limits if limit is not None), default=None)
