"""What the centre itself does: answer, refer, urge, supervise, merge."""

from app.tickets.actions import AnswerArgs, DecisionArgs, MergeArgs, ReferArgs, SuperviseArgs, UrgeArgs
from app.tickets.case import Case
from app.tickets.jurisdiction import first
from app.tickets.model import Action
from app.tickets.refusal import Refusal
from app.tickets.rules.units import unit_may


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
    if not (case.args.to.strip() and case.args.reason.strip()):
        article = case.place.profile.actions[Action.REFER].article
        return Refusal("refer-incomplete", article, "不予受理的，须说明理由，并告知办理部门和去向。")
    return None


def _somebody_owes(case: Case[UrgeArgs]) -> Refusal | None:
    if case.args.unit:
        return unit_may(case, case.args.unit)
    if not chased(case):
        article = case.place.profile.actions[Action.URGE].article
        return Refusal("nobody-to-urge", article, "没有尚未报结的单位。")
    return None


def _supervised(case: Case[SuperviseArgs]) -> Refusal | None:
    article = case.place.profile.actions[Action.SUPERVISE].article
    if case.args.limit is not None and case.args.limit <= case.now:
        return Refusal("limit-past", article, "督办期限已过。")
    if case.args.unit:
        return unit_may(case, case.args.unit)
    return None


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
MERGE = (_elsewhere,)
