"""Asking for a longer report limit, and the decision on it."""

from datetime import datetime

from app.matters.clock import limit_after, passed
from app.matters.model import Counted, LimitName
from app.regulations.form.handling import ExtensionBase, ExtensionRule
from app.tickets import chinese_names
from app.tickets.actions import Args, DecisionArgs, RequestExtensionArgs
from app.tickets.case import Case, missing_needs
from app.tickets.jurisdiction import first
from app.tickets.limits import longer
from app.tickets.notices import when
from app.tickets.refusal import Refusal
from app.tickets.rules.units import unit_may


def _rule(case: Case[Args]) -> ExtensionRule:
    return first(case.place.profile.extension, case.ticket)


def _own_part(case: Case[RequestExtensionArgs]) -> Refusal | None:
    return unit_may(case, case.args.unit)


def _open(case: Case[RequestExtensionArgs]) -> Refusal | None:
    rule, part = _rule(case), case.part(case.args.unit)
    if part.report_by is None:
        return Refusal("extension-without-limit", rule.article, "此工单没有办理时限，无须延期。")
    if passed(part.report_by, case.now):
        return Refusal("extension-late", rule.article, f"办理时限已于{when(part.report_by)}届满，不能再申请延期。")
    if part.extension is not None:
        return Refusal("extension-pending", rule.article, "已有一项延期申请等待决定。")
    if rule.times is not None and part.extensions_asked >= rule.times:
        return Refusal("extension-times", rule.article, f"只能申请{rule.times}次延期。")
    return None


def _reasoned(case: Case[RequestExtensionArgs]) -> Refusal | None:
    rule = _rule(case)
    if missing := missing_needs(rule.needs, case.args):
        names = "、".join(chinese_names.NEED[name] for name in missing)
        return Refusal("extension-incomplete", rule.article, f"申请延期须有：{names}。")
    return None


def _not_too_long(case: Case[RequestExtensionArgs]) -> Refusal | None:
    rule, part = _rule(case), case.part(case.args.unit)
    if (case.args.working_days is None) == (case.args.until is None):
        return Refusal("extension-incomplete", rule.article, "请写明延长的工作日数或者新的期限（二者之一）。")
    until = asked_until(case)
    if part.report_by is not None and until <= part.report_by:
        return Refusal("extension-not-longer", rule.article, f"新的期限须晚于现有时限{when(part.report_by)}。")
    if (last := _ceiling(case, rule)) is not None and until > last:
        return Refusal("extension-too-long", rule.article, f"延期最长至{when(last)}。")
    return None


def asked_until(case: Case[RequestExtensionArgs]) -> datetime:
    """The report limit asked for: `until`, or so many working days beyond the present limit."""
    counted = asked_counted(case)
    return case.args.until or (limit_after(counted.since, counted.within, case.place.calendar) if counted else case.now)


def asked_counted(case: Case[RequestExtensionArgs]) -> Counted | None:
    """How the limit asked for is counted; None for a date."""
    if case.args.until is not None or case.args.working_days is None:
        return None
    part = case.part(case.args.unit)
    counted = part.counted.get(LimitName.REPORT_BY)
    return longer(part.report_by or case.now, counted, case.args.working_days, case.place)


def _ceiling(case: Case[RequestExtensionArgs], rule: ExtensionRule) -> datetime | None:
    part = case.part(case.args.unit)
    start = part.dispatched_at if rule.ceiling_from is ExtensionBase.DISPATCH else part.first_report_by
    return limit_after(start, rule.ceiling, case.place.calendar) if rule.ceiling and start else None


def _one_pending(case: Case[DecisionArgs]) -> Refusal | None:
    rule, pending = _rule(case), pending_extensions(case)
    if not pending:
        return Refusal("nothing-to-decide", rule.article, "没有等待决定的延期申请。")
    if len(pending) > 1:
        return Refusal("which-unit", rule.article, "有多个单位申请延期，请写明单位。")
    if case.actor.role not in rule.decided_by:
        who = "、".join(chinese_names.ROLE[role] for role in rule.decided_by)
        return Refusal("extension-decided-by", rule.article, f"此类延期由{who}决定。")
    return None


def _reason_to_reject(case: Case[DecisionArgs]) -> Refusal | None:
    rule = _rule(case)
    if rule.in_principle and not case.args.reason.strip():
        return Refusal("extension-in-principle", rule.article, "有法规依据的，原则上应同意延期；不同意须写明理由。")
    return None


def pending_extensions(case: Case[DecisionArgs]) -> list[str]:
    """The units whose extension waits for a decision, only the named one when one is named."""
    return [
        part.unit for part in case.ticket.active if part.extension is not None and case.args.unit in ("", part.unit)
    ]


REQUEST = (_own_part, _open, _reasoned, _not_too_long)
DECIDE = (_one_pending,)
REJECT = (_one_pending, _reason_to_reject)
