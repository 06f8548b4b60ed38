"""What the centre itself does: answer, refer, urge, supervise, go above, merge."""

import re

from app.matters.model import Action, Role
from app.tickets import chinese_names
from app.tickets.actions import AnswerArgs, DecisionArgs, EscalateArgs, MergeArgs, ReferArgs, SuperviseArgs, UrgeArgs
from app.tickets.case import Case, missing_needs
from app.tickets.jurisdiction import first
from app.tickets.refusal import Refusal
from app.tickets.rules.units import unit_may

_PHONE = re.compile(r"\d[\d-]{1,}\d")


def _nobody_works(case: Case[AnswerArgs | ReferArgs]) -> Refusal | None:
    if any(part.working for part in case.ticket.active):
        article = case.place.profile.actions[case.args.action].article
        return Refusal("units-working", article, "还有承办单位正在办理。")
    return None


def _consented(case: Case[AnswerArgs]) -> Refusal | None:
    if case.args.consent is False:
        article = first(case.place.profile.answer, case.ticket).article
        return Refusal("no-consent", article, "群众不愿转接，不能转接。")
    return None


def _explained(case: Case[ReferArgs]) -> Refusal | None:
    """Who is sent on is told why, to whom, and where the regulation asks for it by which telephone."""
    rule = case.place.profile.refer
    missing = missing_needs(tuple(need for need in rule.needs if need != "phone"), case.args)
    if "phone" in rule.needs and not referred_phone(case.args):
        missing.append("phone")
    if missing:
        names = "、".join(chinese_names.NEED[name] for name in missing)
        return Refusal("refer-incomplete", rule.article, f"不予受理的，须说明并告知诉求人：缺少{names}。")
    return None


def referred_phone(args: ReferArgs) -> str:
    """The telephone of the body in charge: given by itself, or written beside its name."""
    found = _PHONE.search(args.to)
    return args.phone.strip() or (found[0] if found else "")


def _somebody_owes(case: Case[UrgeArgs]) -> Refusal | None:
    if case.args.unit:
        return unit_may(case, case.args.unit)
    if not chased(case):
        article = case.place.profile.actions[Action.URGE].article
        return Refusal("nobody-to-urge", article, "没有尚未报结的单位。")
    return None


def _supervised(case: Case[SuperviseArgs]) -> Refusal | None:
    article, rule = case.place.profile.actions[Action.SUPERVISE].article, case.place.profile.supervise
    if case.args.limit is None and rule.sets_limit:
        return Refusal("limit-required", rule.article, "督办须限期办理，请写明督办期限。")
    if case.args.limit is not None and case.args.limit <= case.now:
        return Refusal("limit-past", article, "督办期限已过。")
    if case.args.unit:
        return unit_may(case, case.args.unit)
    return None


def _upward(case: Case[EscalateArgs]) -> Refusal | None:
    """A unit reports upward, or passes on, what is beyond its powers, and says what it has done first."""
    if case.actor.role not in (Role.UNIT, Role.UNIT_HEAD):
        return None
    unit = escalating_unit(case)
    if not unit:
        article = case.place.profile.actions[Action.ESCALATE].article
        return Refusal("unit-needed", article, "请写明上报或转交的单位。")
    if (refusal := unit_may(case, unit)) is not None:
        return refusal
    rule = case.place.profile.upward
    if rule is not None and (missing := missing_needs(rule.needs, case.args)):
        names = "、".join(chinese_names.NEED[name] for name in missing)
        return Refusal("escalation-incomplete", rule.article, f"上报或转交的同时须先采取措施：缺少{names}。")
    return None


def escalating_unit(case: Case[EscalateArgs]) -> str:
    """Which unit goes above itself: the one named, the actor's own, else the only one at work."""
    working = [part.unit for part in case.ticket.active if part.working]
    return case.args.unit or case.actor.unit or (working[0] if len(working) == 1 else "")


def chased(case: Case[DecisionArgs]) -> list[str]:
    """Whom to urge: the named unit, else every unit that still owes its report."""
    return [part.unit for part in case.ticket.active if part.working and case.args.unit in ("", part.unit)]


def supervised(case: Case[SuperviseArgs]) -> list[str]:
    """Whom to supervise: who still owes a report, else every unit of the ticket; only the named one if named."""
    return chased(case) or [part.unit for part in case.ticket.active if case.args.unit in ("", part.unit)]


def _elsewhere(case: Case[MergeArgs]) -> Refusal | None:
    if case.args.into == case.ticket.number:
        article = case.place.profile.actions[Action.MERGE].article
        return Refusal("merge-into-itself", article, "工单不能并入自身。")
    return None


ANSWER = (_nobody_works, _consented)
REFER = (_nobody_works, _explained)
URGE = (_somebody_owes,)
SUPERVISE = (_supervised,)
ESCALATE = (_upward,)
MERGE = (_elsewhere,)
