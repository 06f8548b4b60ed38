"""The engine: an action or the time, applied to a ticket under a city's regulation. Pure.

`apply` answers with an Outcome (a new ticket) or a Refusal (nothing changed). `tick` lets time pass. Before an action
everything that has fallen due is applied first, so a job that comes late changes nothing in what happened.
"""

from dataclasses import dataclass
from datetime import datetime

from app.matters.clock import local
from app.matters.model import Actor, Entry, LimitName, Role, Ticket
from app.tickets.actions import Args, ReceiveArgs
from app.tickets.case import Case
from app.tickets.change import Change
from app.tickets.changes import CHANGES
from app.tickets.changes.centre import receive
from app.tickets.elapsed import elapse
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.limits import Limits, late_limits, open_limits, years_unknown
from app.tickets.moved import follow_calendar
from app.tickets.notices import Notice, notice
from app.tickets.refusal import Refusal
from app.tickets.rules import check
from app.tickets.timed import due


@dataclass(frozen=True)
class Outcome:
    """The ticket afterwards, its limits (None: does not apply), what is or was just met late, and who is told.

    `applied` holds the ids of the timed effects that were applied on the way.
    """

    ticket: Ticket
    limits: Limits
    late: tuple[LimitName, ...]
    notices: tuple[Notice, ...]
    applied: tuple[str, ...] = ()


def apply(ticket: Ticket | None, args: Args, actor: Actor, now: datetime, place: Jurisdiction) -> Outcome | Refusal:
    """One action on a ticket (None: there is none yet, only `receive` makes one).

    Raises ValueError when `now` has no time zone. A `now` before the last history line (clocks differ between
    machines) is taken as the time of that line.
    """
    now = _not_before(ticket, local(now))
    first = None if ticket is None else tick(ticket, now, place)
    ready = None if first is None else first.ticket
    if (refusal := check(ready, args, actor, now, place)) is not None:
        return refusal
    change = _change(ready, args, actor, now, place)
    changed = _recorded(change, args, actor, now)
    last = tick(changed, now, place)
    notices = (*(first.notices if first else ()), *change.notices, *last.notices)
    late = tuple(dict.fromkeys((*last.late, *change.late)))
    applied = (*(first.applied if first else ()), *last.applied)
    return Outcome(last.ticket, last.limits, late, notices, applied)


def tick(ticket: Ticket, now: datetime, place: Jurisdiction) -> Outcome:
    """Time has come to `now`: limits follow the calendar as it is known, then everything that has fallen due is applied
    once, in the order of its instants.
    """
    now = _not_before(ticket, local(now))
    ticket, moved = follow_calendar(ticket, now, place)
    notices: list[Notice] = [*moved]
    applied: list[str] = []
    while effects := due(ticket, now, place):
        effect = effects[0]
        ticket, told = elapse(ticket, effect, place)
        notices += told
        applied.append(effect.id)
    ticket, told = _warned(ticket, place)
    notices += told
    limits = open_limits(ticket, now)
    return Outcome(ticket, limits, late_limits(ticket, now), tuple(notices), tuple(applied))


def _change(ticket: Ticket | None, args: Args, actor: Actor, now: datetime, place: Jurisdiction) -> Change:
    if ticket is None:
        if not isinstance(args, ReceiveArgs):
            raise TypeError(f"{args.action} on no ticket passed the rules")
        return receive(args, actor, now, place)
    return CHANGES[args.action](Case(ticket, args, actor, now, place))


def _recorded(change: Change, args: Args, actor: Actor, now: datetime) -> Ticket:
    ticket = change.ticket
    entry = Entry(
        at=now,
        action=args.action,
        actor=actor,
        why=args.why,
        unit=change.unit,
        status=ticket.status,
        late=change.late,
    )
    return ticket.replace(history=(*ticket.history, entry))


def _warned(ticket: Ticket, place: Jurisdiction) -> tuple[Ticket, tuple[Notice, ...]]:
    """A warning on the ticket for each year whose holidays are not known, told once to the back office."""
    new = [f"calendar-unknown:{year}" for year in years_unknown(ticket, place)]
    new = [warning for warning in new if warning not in ticket.warnings]
    if not new:
        return ticket, ()
    told = tuple(notice("calendar-unknown", Role.BACK_OFFICE, year=warning.partition(":")[2]) for warning in new)
    return ticket.replace(warnings=(*ticket.warnings, *new)), told


def _not_before(ticket: Ticket | None, now: datetime) -> datetime:
    return now if ticket is None or not ticket.history else max(now, ticket.history[-1].at)
