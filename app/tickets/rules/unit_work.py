"""What a unit does with its part: sign for it, tell the caller, report."""

import re

from app.regulations.form.handling import ReplyRule
from app.tickets import words
from app.tickets.actions import InformArgs, ReportArgs, UnitArgs
from app.tickets.case import Case
from app.tickets.jurisdiction import first
from app.tickets.model import Role
from app.tickets.refusal import Refusal
from app.tickets.rules.units import unit_may

_SENTENCE_END = re.compile(r"[。！？!?；;…\n]+|(?<!\d)\.(?!\d)")
_WORD = re.compile(r"\w")


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
        names = "、".join(words.REPLY[name] for name in missing)
        return Refusal("reply-incomplete", rule.article, f"报结内容缺少：{names}。")
    return None


def _reply_long_enough(case: Case[ReportArgs]) -> Refusal | None:
    rule = case.place.profile.reply
    if sentences(case.args.reply.text) < rule.sentences:
        return Refusal("reply-one-sentence", rule.article, "杜绝一句话答复：请写明事实、办理经过和结果，不少于两句话。")
    return None


def _caller_answered(case: Case[ReportArgs]) -> Refusal | None:
    rule: ReplyRule = case.place.profile.reply
    matter = case.ticket.matter
    owed = matter.answer_wanted and not matter.caller.anonymous
    if rule.answered_first and owed and case.args.reply.citizen_answered is not True:
        return Refusal("citizen-not-answered", rule.article, "须先答复群众，再报结。")
    return None


def missing_in_reply(names: tuple[str, ...], args: ReportArgs) -> list[str]:
    """Which of these a report lacks; `informed` is judged elsewhere, it is no part of the arguments."""
    values = {**dict(args.reply), "satisfaction": args.satisfaction}
    return [name for name in names if name in values and not str(values[name] or "").strip()]


def sentences(text: str) -> int:
    """How many sentences a reply has: runs of text between full stops, semicolons and line ends."""
    return sum(_WORD.search(part) is not None for part in _SENTENCE_END.split(text))


OWN_PART = (_own_part,)
INFORM = (_inform,)
REPORT = (_own_part, _reply_complete, _reply_long_enough, _caller_answered)
