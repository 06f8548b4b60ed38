"""Sending a ticket back to the centre, and the centre's decision on it."""

from app.matters.clock import passed
from app.matters.model import UnitStatus
from app.tickets import chinese_names
from app.tickets.actions import DecisionArgs, ReturnArgs
from app.tickets.case import Case, missing_needs
from app.tickets.notices import when
from app.tickets.refusal import Refusal
from app.tickets.rules.units import unit_may


def _own_part(case: Case[ReturnArgs]) -> Refusal | None:
    return unit_may(case, case.args.unit)


def _in_time(case: Case[ReturnArgs]) -> Refusal | None:
    rule, part = case.place.profile.return_, case.part(case.args.unit)
    if rule.within and passed(part.return_by, case.now):
        within = rule.within.chinese()
        return Refusal("return-late", rule.article, f"退回应在收到工单{within}内提出，已于{when(part.return_by)}截止。")
    return None


def _reasoned(case: Case[ReturnArgs]) -> Refusal | None:
    rule = case.place.profile.return_
    if missing := missing_needs(rule.needs, case.args):
        names = "、".join(chinese_names.NEED[name] for name in missing)
        return Refusal("return-incomplete", rule.article, f"退回须写明：{names}。")
    return None


def _one_pending(case: Case[DecisionArgs]) -> Refusal | None:
    rule = case.place.profile.return_
    pending = pending_returns(case)
    if not pending:
        return Refusal("nothing-to-decide", rule.article, "没有等待决定的退回申请。")
    if len(pending) > 1:
        return Refusal("which-unit", rule.article, "有多个单位申请退回，请写明单位。")
    return None


def pending_returns(case: Case[DecisionArgs]) -> list[str]:
    """The units whose return waits for a decision, only the named one when one is named."""
    return [
        part.unit
        for part in case.ticket.active
        if part.status is UnitStatus.RETURN_REQUESTED and case.args.unit in ("", part.unit)
    ]


RETURN = (_own_part, _reasoned, _in_time)
DECIDE = (_one_pending,)
