"""The end of a ticket: follow-up call, handling again, closing, publishing."""

from app.matters.clock import passed
from app.matters.model import Action, FollowUpResult, Part, Role, Solvable, Status, UnitStatus
from app.regulations.form.ending import FollowUpRule, Owed
from app.tickets.actions import Args, CloseArgs, FollowUpArgs, PublishArgs, RedoArgs
from app.tickets.case import Case
from app.tickets.change import CENTRE
from app.tickets.jurisdiction import first
from app.tickets.refusal import Refusal
from app.tickets.rules.dispatch import limit_refusal
from app.tickets.rules.units import unit_may
from app.tickets.transitions import WITH_UNITS


def _rule(case: Case[Args]) -> FollowUpRule:
    return first(case.place.profile.follow_up, case.ticket)


def _owed(case: Case[FollowUpArgs]) -> Refusal | None:
    rule = _rule(case)
    if rule.owed is Owed.NEVER:
        return Refusal("follow-up-not-owed", rule.article, "此类诉求不作回访。")
    if case.ticket.status is Status.CLOSED and case.ticket.answer is not None:
        return Refusal("follow-up-not-owed", rule.article, "当场答复时已记录满意度，不另行回访。")
    return None


def _not_too_early(case: Case[FollowUpArgs]) -> Refusal | None:
    """Before the report only when the rule allows it, and only once a unit's limit has passed."""
    rule = _rule(case)
    if case.ticket.status not in WITH_UNITS:
        return None
    late = any(passed(part.report_by, case.now) for part in case.ticket.active if part.working)
    if not rule.before_report or not late:
        return Refusal("follow-up-too-early", rule.article, "承办单位尚未报结，办理时限未满，不能回访。")
    return None


def _solvable_said(case: Case[FollowUpArgs]) -> Refusal | None:
    rule = _rule(case)
    dissatisfied = case.args.result is FollowUpResult.DISSATISFIED
    if rule.say_solvable and dissatisfied and case.args.solvable is None:
        return Refusal(
            "solvable-needed", rule.article, "反映人不满意的，须写明：能够进一步解决、暂时无法解决或无法解决。"
        )
    return None


def _redo_reasoned(case: Case[RedoArgs]) -> Refusal | None:
    rule = case.place.profile.redo
    if not case.args.reason.strip():
        return Refusal("redo-reason", rule.article, "退回重办须提出重办意见。")
    if case.args.unit:
        return unit_may(case, case.args.unit)
    if not redo_units(case):
        return Refusal("nobody-to-redo", rule.article, "没有已报结的单位可以重办。")
    return None


def _redo_limit(case: Case[RedoArgs]) -> Refusal | None:
    """The redo's own limit, else that of a first dispatch, and whether the centre may set another."""
    redo, report = case.place.profile.redo, first(case.place.profile.report, case.ticket)
    if redo.within is not None:
        return limit_refusal(case, redo.given, redo.within, report.ceiling, redo.article)
    return limit_refusal(case, report.given, report.within, report.ceiling, report.article)


def redo_units(case: Case[RedoArgs]) -> list[str]:
    """Who handles again: the named unit, else every lead that has reported."""
    if case.args.unit:
        return [case.args.unit]
    return [part.unit for part in case.ticket.active if part.part is Part.LEAD and part.status is UnitStatus.REPORTED]


def _followed_up(case: Case[CloseArgs]) -> Refusal | None:
    """A ticket whose follow-up call is owed is not closed before it."""
    rule = _rule(case)
    if rule.owed is Owed.REQUIRED and case.ticket.status in (Status.REPORTED, Status.ANSWERED):
        return Refusal("follow-up-first", rule.article, "须先回访，再办结。")
    return None


def _caller_told(case: Case[CloseArgs]) -> Refusal | None:
    """The centre tells the caller what came of it first: by telling, or by a follow-up call."""
    rule, matter = case.place.profile.close.told_first, case.ticket.matter
    owed = matter.answer_wanted and not matter.caller.anonymous
    if rule is None or not owed or case.ticket.status is not Status.REPORTED or not rule.when.covers(case.ticket):
        return None
    since = max(i for i, entry in enumerate(case.ticket.history) if entry.action is Action.REPORT)
    told = any(e.action is Action.INFORM and e.actor.role in CENTRE for e in case.ticket.history[since:])
    return None if told else Refusal("caller-not-told", rule.article, "须先向来电人反馈办理结果，再办结。")


def _redone_first(case: Case[CloseArgs]) -> Refusal | None:
    """What can be solved now is handled again, not closed."""
    rule, made = _rule(case), case.ticket.follow_ups
    if rule.say_solvable and case.ticket.status is Status.DISSATISFIED and made[-1].solvable is Solvable.NOW:
        return Refusal("redo-first", rule.article, "能够进一步解决的问题，承办单位应重新办理。")
    return None


def _not_closed_twice(case: Case[CloseArgs]) -> Refusal | None:
    """Only a closing that an answer on the spot brought about can be confirmed."""
    if case.ticket.status is Status.CLOSED and not case.ticket.closed_by_answer:
        article = case.place.profile.actions[Action.CLOSE].article
        return Refusal("illegal-state", article, "工单已办结，不能再次办结。")
    return None


def _system_only_when_due(case: Case[CloseArgs]) -> Refusal | None:
    if case.actor.role is Role.SYSTEM:
        article = case.place.profile.actions[Action.CLOSE].article
        return Refusal("role-not-allowed", article, "系统只在办结时限届满时自行暂时办结。")
    return None


def _may_be_published(case: Case[PublishArgs]) -> Refusal | None:
    rule = case.place.profile.publish
    if any(match.covers(case.ticket) for match in rule.never):
        return Refusal("never-published", rule.article, "此类诉求不予公开。")
    if case.ticket.published_at is not None:
        return Refusal("already-published", rule.article, "已经公开。")
    return None


FOLLOW_UP = (_owed, _not_too_early, _solvable_said)
REDO = (_redo_reasoned, _redo_limit)
CLOSE = (_not_closed_twice, _followed_up, _caller_told, _redone_first, _system_only_when_due)
PUBLISH = (_may_be_published,)
