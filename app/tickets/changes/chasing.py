"""Time and pressure: extensions decided, urging, supervising, going above."""

from datetime import datetime

from app.regulations.form.telling import Occasion
from app.tickets import words
from app.tickets.actions import DecisionArgs, EscalateArgs, SuperviseArgs, UrgeArgs
from app.tickets.case import Case
from app.tickets.change import Change
from app.tickets.clock import limit_after
from app.tickets.limits import owe_dispatch, with_end_limits
from app.tickets.model import Role, Supervision, Ticket, Urge
from app.tickets.notices import Notice, notice, when, worded
from app.tickets.rules.centre import chased, supervised
from app.tickets.rules.extension import pending_extensions


def approve_extension(case: Case[DecisionArgs]) -> Change:
    """The report limit moves to what was asked, and the follow-up and close limits with it."""
    (unit,) = pending_extensions(case)
    part = case.part(unit)
    until = part.extension.until if part.extension else part.report_by
    changed = part.model_copy(update={"report_by": until, "extension": None})
    ticket = with_end_limits(case.ticket.with_assignment(changed), case.place)
    return Change(ticket, (notice("extension-approved", unit, limit=when(until)),), unit=unit)


def reject_extension(case: Case[DecisionArgs]) -> Change:
    """The present limit stays."""
    (unit,) = pending_extensions(case)
    part = case.part(unit)
    ticket = case.ticket.with_assignment(part.model_copy(update={"extension": None}))
    told = notice("extension-rejected", unit, limit=when(part.report_by), reason=case.args.reason)
    return Change(ticket, (told,), unit=unit)


def urge(case: Case[UrgeArgs]) -> Change:
    ticket, units = case.ticket, chased(case)
    for unit in units:
        part = case.part(unit)
        urges = (*part.urges, Urge(at=case.now, how=case.args.how))
        ticket = ticket.with_assignment(part.model_copy(update={"urges": urges}))
    fields = {"how": words.URGE_HOW[case.args.how], "reason": case.args.reason}
    return Change(ticket, tuple(notice("urge", unit, **fields) for unit in units), unit="、".join(units))


def supervise(case: Case[SuperviseArgs]) -> Change:
    """With the limit given, else with the one that the profile has for a supervision."""
    ticket, units, limit = case.ticket, supervised(case), _supervision_limit(case)
    for unit in units:
        part = case.part(unit)
        done = Supervision(at=case.now, how=case.args.how, limit=limit)
        supervisions = (*part.supervisions, done)
        ticket = ticket.with_assignment(part.model_copy(update={"supervisions": supervisions}))
    fields = {
        "how": words.SUPERVISE_HOW[case.args.how],
        "limit": when(limit),
        "reason": case.args.reason,
    }
    told = tuple(notice("supervise", unit, **fields) for unit in units)
    return Change(ticket, told + worded(Occasion.SUPERVISE, ticket, case.place), unit="、".join(units))


def _supervision_limit(case: Case[SuperviseArgs]) -> datetime | None:
    within = case.place.profile.supervise.within
    if case.args.limit is not None or within is None:
        return case.args.limit
    return limit_after(case.now, within, case.place.calendar)


def escalate(case: Case[EscalateArgs]) -> Change:
    """To somebody above. Handing a dispatch to the back office gives it the back office's own limit."""
    ticket, to = case.ticket, case.args.to
    if to == Role.BACK_OFFICE and ticket.dispatch_since is not None:
        ticket = owe_dispatch(ticket, Role.BACK_OFFICE, ticket.dispatch_since, case.place)
    return Change(ticket, (_escalated(ticket, to, case.args.reason),), unit=to)


def _escalated(ticket: Ticket, to: str, reason: str) -> Notice:
    limit = f"交办时限：{when(ticket.dispatch_by)}。" if to == Role.BACK_OFFICE and ticket.dispatch_since else ""
    return notice("escalate", to, reason=f"{reason}{limit}")
