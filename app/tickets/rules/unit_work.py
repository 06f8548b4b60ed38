"""What a unit does with its part: sign for it, tell the caller, have its head read it, report, explain."""

from collections.abc import Sequence

from app.matters.model import Role
from app.regulations.form.handling import AnsweredFirst, HeadReads, Holds, Said
from app.tickets import chinese_names
from app.tickets.actions import ExplainArgs, HeadReadArgs, InformArgs, ReportArgs, UnitArgs
from app.tickets.case import Case
from app.tickets.jurisdiction import first
from app.tickets.refusal import Refusal
from app.tickets.rules.units import unit_may


def _own_part(case: Case[UnitArgs]) -> Refusal | None:
    return unit_may(case, case.args.unit)


def _inform(case: Case[InformArgs]) -> Refusal | None:
    article = first(case.place.profile.inform, case.ticket).article
    if not case.args.unit:
        if case.actor.role in (Role.UNIT, Role.UNIT_HEAD):
            return Refusal("unit-needed", article, "请写明告知诉求人的单位。")
        return None
    if (refusal := unit_may(case, case.args.unit)) is not None:
        return refusal
    if case.part(case.args.unit).informed_at is not None:
        return Refusal("already-informed", article, "已经告知诉求人。")
    return None


def _reply_complete(case: Case[ReportArgs]) -> Refusal | None:
    rule = case.place.profile.reply
    if missing := missing_in_reply(rule.needs, case.args):
        names = "、".join(chinese_names.REPLY[name] for name in missing)
        return Refusal("reply-incomplete", rule.article, f"报结内容缺少：{names}。")
    return None


def _reply_holds(case: Case[ReportArgs]) -> Refusal | None:
    rule = case.place.profile.reply
    if rule.holds is not None and (missing := not_held(rule.holds, case.args.reply.text)):
        names = "、".join(chinese_names.HOLDS[name] for name in missing)
        return Refusal("reply-one-sentence", rule.article, f"杜绝一句话答复：未写明{names}。")
    return None


def _caller_answered(case: Case[ReportArgs]) -> Refusal | None:
    """Refused without the caller answered where that is required; elsewhere only when it is said that nobody did."""
    rule, said = answer_owed(case), case.args.reply.citizen_answered
    if rule is not None and (said is False or (said is None and rule.said is Said.REQUIRED)):
        return Refusal("citizen-not-answered", rule.article, "须先答复群众，再报结。")
    return None


def answer_owed(case: Case[ReportArgs]) -> AnsweredFirst | None:
    """The rule by which the unit answers the caller before it reports; None where no answer is owed."""
    matter = case.ticket.matter
    owed = matter.answer_wanted and not matter.caller.anonymous
    return case.place.profile.reply.answered_first if owed else None


def head_reads(case: Case[ReportArgs] | Case[HeadReadArgs]) -> HeadReads | None:
    """The rule by which the unit's head reads such a matter, if there is one."""
    return next((rule for rule in case.place.profile.head_reads if rule.when.covers(case.ticket)), None)


def _head_signed(case: Case[ReportArgs]) -> Refusal | None:
    """The head has signed: for the reading, or the report itself, or reports in person."""
    rule, part = head_reads(case), case.part(case.args.unit)
    if rule is None or part.head_signed_by or case.actor.role is Role.UNIT_HEAD:
        return None
    unit, signer = case.place.units[part.unit], case.args.reply.signer.strip()
    if signer and signer == unit.leader:
        return None
    return Refusal("head-not-signed", rule.article, "此类工单须由承办单位主要负责人亲自阅批签字后方可报结。")


def _reading_owed(case: Case[HeadReadArgs]) -> Refusal | None:
    article = case.place.profile.actions[case.args.action].article
    if head_reads(case) is None:
        return Refusal("head-reading-not-owed", article, "此类工单不要求负责人亲自阅批。")
    if not case.args.signed_by.strip() and case.actor.role is not Role.UNIT_HEAD:
        return Refusal("head-signature", article, "请写明阅批的单位主要负责人姓名。")
    return None


def _explanation_owed(case: Case[ExplainArgs]) -> Refusal | None:
    rule = case.place.profile.supervise.explain
    article = rule.article if rule else case.place.profile.actions[case.args.action].article
    if case.part(case.args.unit).explain_by is None:
        return Refusal("explanation-not-owed", article, "没有要求说明原因的督办。")
    if not case.args.reason.strip():
        return Refusal("explanation-incomplete", article, "请说明原因。")
    return None


def not_held(holds: Holds, text: str) -> list[str]:
    """What a reply does not say, of what was found, done, and came of it; formulas are no answer.

    Judged by words, not by full stops (minhe-2018 art. 2(3)): one sentence may hold all three.
    """
    for formula in sorted(holds.empty, key=len, reverse=True):
        text = text.replace(formula, "")
    kinds: tuple[tuple[str, Sequence[str]], ...] = (
        ("found", holds.found),
        ("done", holds.done),
        ("result", holds.result),
    )
    return [name for name, known in kinds if not any(word in text for word in known)]


def missing_in_reply(names: tuple[str, ...], args: ReportArgs) -> list[str]:
    """Which of these a report lacks; `informed` is judged elsewhere, it is no part of the arguments."""
    values = {**dict(args.reply), "satisfaction": args.satisfaction}
    return [name for name in names if name in values and not str(values[name] or "").strip()]


OWN_PART = (_own_part,)
INFORM = (_inform,)
HEAD_READ = (_own_part, _reading_owed)
REPORT = (_own_part, _head_signed, _reply_complete, _reply_holds, _caller_answered)
EXPLAIN = (_own_part, _explanation_owed)
