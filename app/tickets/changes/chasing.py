"""Time and pressure: extensions decided, urging, supervising, going above."""

from datetime import datetime

from app.matters.clock import limit_after
from app.matters.model import Action, Assignment, Counted, LimitName, Role, Supervision, Ticket, Urge
from app.regulations.form.telling import Occasion
from app.tickets import chinese_names
from app.tickets.actions import DecisionArgs, EscalateArgs, SuperviseArgs, UrgeArgs
from app.tickets.case import Case
from app.tickets.change import Change, centre
from app.tickets.limits import counted_limit, owe_dispatch, with_counted, with_end_limits
from app.tickets.notices import Notice, notice, to_each, when, worded
from app.tickets.rules.centre import chased, escalating_unit, supervised
from app.tickets.rules.extension import pending_extensions


def approve_extension(case: Case[DecisionArgs]) -> Change:
    """The report limit moves to what was asked (never back), and the follow-up and close limits with it."""
    (unit,) = pending_extensions(case)
    part = case.part(unit)
    if (asked := part.extension) and (part.report_by is None or asked.until > part.report_by):
        part = with_counted(part, LimitName.REPORT_BY, asked.counted).model_copy(update={"report_by": asked.until})
    ticket = case.ticket.with_assignment(part.model_copy(update={"extension": None}))
    ticket = with_end_limits(ticket, case.place)
    return Change(ticket, (notice("extension-approved", unit, limit=when(part.report_by)),), unit=unit)


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
    fields = {"how": chinese_names.URGE_HOW[case.args.how], "reason": case.args.reason}
    return Change(ticket, tuple(notice("urge", unit, **fields) for unit in units), unit="、".join(units))


def supervise(case: Case[SuperviseArgs]) -> Change:
    """With the limit given, else with the one that the profile has for a supervision; some ask for an explanation."""
    ticket, units, rule = case.ticket, supervised(case), case.place.profile.supervise
    done = _supervision(case)
    explain = rule.explain if rule.explain and done.how in rule.explain.how else None
    explain_by = limit_after(case.now, explain.within, case.place.calendar) if explain else None
    told: tuple[Notice, ...] = ()
    for unit in units:
        part = case.part(unit)
        part = part.model_copy(update={"supervisions": (*part.supervisions, done)})
        fields = {"how": chinese_names.SUPERVISE_HOW[done.how], "reason": case.args.reason}
        told += (notice("supervise", unit, limit=when(done.limit), **fields),)
        if explain:
            part = _owing_explanation(part, Counted(since=case.now, within=explain.within), explain_by)
            told += (notice("explain", unit, limit=when(explain_by), article=explain.article),)
        ticket = ticket.with_assignment(part)
    return Change(ticket, told + worded(Occasion.SUPERVISE, ticket, case.place), unit="、".join(units))


def _supervision(case: Case[SuperviseArgs]) -> Supervision:
    rule, limit = case.place.profile.supervise, case.args.limit
    counted = Counted(since=case.now, within=rule.within) if limit is None and rule.within else None
    if counted is not None:
        limit = counted_limit(counted, case.place)
    return Supervision(at=case.now, how=case.args.how, limit=limit, counted=counted, stands=rule.sets_limit)


def _owing_explanation(part: Assignment, counted: Counted, limit: datetime | None) -> Assignment:
    part = with_counted(part, LimitName.EXPLAIN_BY, counted)
    return part.model_copy(update={"explain_by": limit, "explanation": ""})


def escalate(case: Case[EscalateArgs]) -> Change:
    """To somebody above. Handing a dispatch to the back office gives it the back office's own limit."""
    ticket, to = case.ticket, case.args.to
    if case.actor.role in (Role.UNIT, Role.UNIT_HEAD):
        return _by_unit(case)
    if to == Role.BACK_OFFICE and ticket.dispatch_since is not None:
        ticket = owe_dispatch(ticket, Role.BACK_OFFICE, ticket.dispatch_since, case.place)
    return Change(ticket, (_escalated(ticket, to, case.args.reason),), unit=to)


def _by_unit(case: Case[EscalateArgs]) -> Change:
    """The unit's limit runs on: it answers for its first measures until the centre decides who goes on."""
    to, name = case.args.to, case.place.name(escalating_unit(case))
    desks = [role for role in centre(Action.DISPATCH, case.place) if role != to]
    fields = {"unit": name, "above": case.place.name(to), "measures": case.args.measures}
    to_above = notice("escalate", to, reason=f"{name}：{case.args.why}")
    return Change(case.ticket, (to_above, *to_each("escalated-by-unit", desks, **fields)), unit=to)


def _escalated(ticket: Ticket, to: str, reason: str) -> Notice:
    limit = f"交办时限：{when(ticket.dispatch_by)}。" if to == Role.BACK_OFFICE and ticket.dispatch_since else ""
    return notice("escalate", to, reason=f"{reason}{limit}")
