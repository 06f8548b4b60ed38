"""A unit signs, tells the caller, reports, sends back, asks for time."""

from app.matters.clock import passed
from app.matters.model import Action, Assignment, Extension, LimitName, Part, Reply, Role, Ticket, UnitStatus
from app.regulations.form.telling import Occasion
from app.tickets import chinese_names
from app.tickets.actions import (
    AcceptArgs,
    ExplainArgs,
    HeadReadArgs,
    InformArgs,
    ReportArgs,
    RequestExtensionArgs,
    ReturnArgs,
)
from app.tickets.case import Case
from app.tickets.change import Change, centre, deciders
from app.tickets.changes.dispatch import back_at_centre
from app.tickets.jurisdiction import first
from app.tickets.notices import Notice, notice, to_each, when, worded
from app.tickets.rules.extension import asked_counted, asked_until
from app.tickets.rules.unit_work import answer_owed, head_reads, missing_in_reply
from app.tickets.transitions import AFTER_FOLLOW_UP, settle


def accept(case: Case[AcceptArgs]) -> Change:
    part = case.part(case.args.unit)
    return Change(_with(case.ticket, part, status=UnitStatus.ACCEPTED, accepted_at=case.now), unit=part.unit)


def inform(case: Case[InformArgs]) -> Change:
    """The caller was told; by the centre itself when no unit is named."""
    units = [case.args.unit] if case.args.unit else [p.unit for p in case.ticket.active if p.informed_at is None]
    ticket, late = case.ticket, False
    for unit in units:
        part = case.part(unit)
        late = late or passed(part.inform_by, case.now)
        ticket = ticket.with_assignment(part.model_copy(update={"informed_at": case.now}))
    return Change(ticket, late=(LimitName.INFORM_BY,) if late else (), unit=case.args.unit)


def head_read(case: Case[HeadReadArgs]) -> Change:
    """The unit's head has read the matter; a signature that is not the registered head's is pointed out."""
    part = case.part(case.args.unit)
    signer = case.args.signed_by.strip() or case.actor.person or chinese_names.ROLE[Role.UNIT_HEAD]
    ticket = case.ticket.with_assignment(part.model_copy(update={"head_signed_by": signer}))
    to, name = centre(Action.FOLLOW_UP, case.place), case.place.name(part.unit)
    told = to_each("head-read", to, unit=name, signer=signer)
    unit = case.place.units[part.unit]
    if unit.leader not in ("", signer) and case.actor.role is not Role.UNIT_HEAD:
        told += to_each("head-signature", to, unit=name, signer=signer)
    return Change(ticket, told, unit=part.unit)


def explain(case: Case[ExplainArgs]) -> Change:
    """The unit's explanation; one that comes too late is taken, and late."""
    part = case.part(case.args.unit)
    late = (LimitName.EXPLAIN_BY,) if passed(part.explain_by, case.now) else ()
    changed = part.model_copy(update={"explain_by": None, "explanation": case.args.why})
    fields = {"unit": case.place.name(part.unit), "reason": case.args.why}
    told = to_each("explained", deciders(Action.SUPERVISE, case.place), **fields)
    return Change(case.ticket.with_assignment(changed), told, late, unit=part.unit)


def report(case: Case[ReportArgs]) -> Change:
    """The unit's reply. A report after the limit is taken, and late; it also tells when the caller was told."""
    part = case.part(case.args.unit)
    late = tuple(
        name
        for name, limit, open_ in (
            (LimitName.INFORM_BY, part.inform_by, part.informed_at is None),
            (LimitName.REPORT_BY, part.report_by, True),
        )
        if open_ and passed(limit, case.now)
    )
    ticket = _with(
        case.ticket,
        part,
        status=UnitStatus.REPORTED,
        reported_at=case.now,
        reply=Reply.model_validate(case.args.reply.model_dump()),
        satisfaction=case.args.satisfaction,
        extension=None,
        head_signed_by=part.head_signed_by or _signed_with_report(case),
    )
    return Change(ticket, _reported(ticket, part, case), late, unit=part.unit)


def give_back(case: Case[ReturnArgs]) -> Change:
    """Where the centre must agree the part waits; else it is back at once and must be dispatched again."""
    part = case.part(case.args.unit)
    reasons = {"return_reason": case.args.reason, "suggested_unit": case.args.suggested_unit}
    consent = case.place.profile.return_.consent
    fields = {"unit": case.place.name(part.unit), "reason": case.args.reason}
    if consent:
        asked = {"status": UnitStatus.RETURN_REQUESTED, "return_asked_at": case.now}
        ticket = _with(case.ticket, part, **asked, **reasons)
        to = deciders(Action.APPROVE_RETURN, case.place)
        return Change(ticket, to_each("return-requested", to, **fields), unit=part.unit)
    changed = part.model_copy(update={"status": UnitStatus.RETURNED, **reasons})
    ticket = back_at_centre(case.ticket.with_assignment(changed), case)
    return Change(ticket, to_each("returned", centre(Action.DISPATCH, case.place), **fields), unit=part.unit)


def request_extension(case: Case[RequestExtensionArgs]) -> Change:
    """The request waits for a decision; the present limit runs on."""
    args, part = case.args, case.part(case.args.unit)
    counted = asked_counted(case)
    asked = Extension(
        until=asked_until(case),
        counted=counted,
        reason=args.reason,
        measures=args.measures,
        signed_by=args.signed_by,
        legal_basis=args.legal_basis,
    )
    changed = part.model_copy(update={"extension": asked, "extensions_asked": part.extensions_asked + 1})
    to = first(case.place.profile.extension, case.ticket).decided_by
    fields = {"unit": case.place.name(part.unit), "limit": when(asked.until)}
    told = to_each("extension-requested", to, reason=args.reason or args.legal_basis, **fields)
    return Change(case.ticket.with_assignment(changed), told + _signature(args.signed_by, part, case), unit=part.unit)


def _with(ticket: Ticket, part: Assignment, **changes: object) -> Ticket:
    """The ticket with the part changed, standing where its units stand (after a follow-up it stays)."""
    ticket = ticket.with_assignment(part.model_copy(update=changes))
    return ticket if ticket.status in AFTER_FOLLOW_UP else ticket.replace(status=settle(ticket))


def _reported(ticket: Ticket, part: Assignment, case: Case[ReportArgs]) -> tuple[Notice, ...]:
    name = case.place.name(part.unit)
    leads = [p.unit for p in ticket.active if p.part is Part.LEAD]
    to = leads if part.part is Part.ASSISTING else list(centre(Action.FOLLOW_UP, case.place))
    found = to_each("reported", to, unit=name)
    if part.part is Part.LEAD:
        found += worded(Occasion.REPORT, ticket, case.place, [part.unit])
    rule = case.place.profile.reply
    missing = missing_in_reply(rule.asked, case.args)
    if "informed" in rule.asked and part.informed_at is None:
        missing.append("informed")
    if missing:
        names = "、".join(chinese_names.REPLY[item] for item in missing)
        found += (notice("report-incomplete", part.unit, missing=names, article=rule.article),)
    if (first_answered := answer_owed(case)) and case.args.reply.citizen_answered is None:
        told = (part.unit, *centre(Action.FOLLOW_UP, case.place))
        found += to_each("citizen-not-answered", told, unit=name, article=first_answered.article)
    return found


def _signed_with_report(case: Case[ReportArgs]) -> str:
    """Who signed as the head with the report itself, where the head was to read the matter."""
    return (case.args.reply.signer or case.actor.person) if head_reads(case) else ""


def _signature(signer: str, part: Assignment, case: Case[RequestExtensionArgs]) -> tuple[Notice, ...]:
    """A signature that is not the registered leader's is pointed out, not refused: the directory may be old."""
    unit = case.place.units.get(part.unit)
    if not signer or unit is None or unit.leader in ("", signer):
        return ()
    to = first(case.place.profile.extension, case.ticket).decided_by
    return to_each("extension-signature", to, signer=signer)
