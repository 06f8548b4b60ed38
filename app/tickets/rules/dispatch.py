"""Who may be given a ticket, together with whom, and with what limit."""

from app.matters.clock import Duration, limit_after
from app.matters.model import Action, Assignment, DispatchHow, Part, Status, Ticket, Unit, UnitStatus
from app.regulations.form.handling import Given
from app.tickets import chinese_names
from app.tickets.actions import DispatchArgs, RedoArgs
from app.tickets.case import Case
from app.tickets.jurisdiction import first
from app.tickets.notices import when
from app.tickets.refusal import Refusal
from app.tickets.rules.units import is_discipline


def _units_known(case: Case[DispatchArgs]) -> Refusal | None:
    article = case.place.profile.actions[Action.DISPATCH].article
    ids = [given.unit for given in case.args.units]
    if not ids:
        return Refusal("no-unit", article, "请写明承办单位。")
    if twice := next((unit for unit in ids if ids.count(unit) > 1), None):
        return Refusal("unit-twice", article, f"{case.place.name(twice)}写了两次。")
    if unknown := next((unit for unit in ids if unit not in case.place.units), None):
        return Refusal("unit-unknown", article, f"单位目录中没有“{unknown}”。")
    if again := next((unit for unit in _going_on(case) if unit in ids), None):
        return Refusal("unit-twice", article, f"{case.place.name(again)}已在办理。")
    return None


def _one_answers(case: Case[DispatchArgs]) -> Refusal | None:
    """Several units: one lead, named by whom the profile says; or each answers by itself."""
    rule = case.place.profile.dispatch.several
    parts = [role for _, role in parts_given(case)] + [part.part for part in _parts_going_on(case)]
    leads = parts.count(Part.LEAD)
    if leads == 0:
        return Refusal("lead-needed", rule.article, "须确定一个牵头单位。")
    if len(parts) == 1:
        return None
    if leads > 1 and Part.ASSISTING in parts:
        return Refusal("lead-needed", rule.article, "牵头单位只能有一个。")
    allowed = rule.lead_named_by if leads == 1 else rule.each_answers_by
    if not allowed:
        return Refusal("lead-needed", rule.article, "涉及多个单位的，须明确一个牵头单位，其余为协办单位。")
    if case.actor.role not in allowed:
        who = "、".join(chinese_names.ROLE[role] for role in allowed)
        return Refusal("lead-named-by", rule.article, f"涉及多个单位的，由{who}确定牵头单位和协办单位。")
    return None


def _decided_above(case: Case[DispatchArgs]) -> Refusal | None:
    """Where functions overlap the centre only proposes; somebody above must have been asked."""
    rule = case.place.profile.dispatch.several
    above = rule.decided_above
    if above is None or len(case.args.units) < 2 or case.actor.role is above:
        return None
    if any(entry.action is Action.ESCALATE and entry.unit == above for entry in case.ticket.history):
        return None
    return Refusal("decided-above", rule.article, f"职能交叉的，须先报{chinese_names.ROLE[above]}研究确定责任单位。")


def _again(case: Case[DispatchArgs]) -> Refusal | None:
    """After a dissatisfied caller or a provisional closing only those dispatch who may order a redo."""
    rule = case.place.profile.actions[Action.REDO]
    if case.ticket.status in (Status.RECEIVED, Status.RETURNED, Status.ANSWERED) or case.actor.role in rule.by:
        return None
    who = "、".join(chinese_names.ROLE[role] for role in rule.by)
    return Refusal("role-not-allowed", rule.article, f"再次交办由{who}决定。")


def _joint(case: Case[DispatchArgs]) -> Refusal | None:
    rule = case.place.profile.dispatch.several_are_joint
    if rule and len(case.args.units) > 1 and case.args.how is DispatchHow.DIRECT:
        return Refusal("several-are-joint", rule.article, "涉及多个单位的，应联合转办。")
    return None


def _only_to(case: Case[DispatchArgs]) -> Refusal | None:
    for rule in case.place.profile.dispatch.only_to:
        if rule.when.covers(case.ticket):
            units = [case.place.units[given.unit] for given in case.args.units]
            if wrong := next((unit for unit in units if not _is_one_of(unit, rule.names)), None):
                return Refusal("only-to", rule.article, f"此类诉求不能交办给{wrong.name}。")
    return None


def _contact_on_ticket(case: Case[DispatchArgs]) -> Refusal | None:
    rule = case.place.profile.dispatch.contact_on_ticket
    for given in case.args.units if rule else ():
        unit = case.place.units[given.unit]
        if rule and not (unit.contact and unit.phone):
            return Refusal("unit-contact-missing", rule.article, f"{unit.name}没有登记联系人和联系电话。")
    return None


def _limit(case: Case[DispatchArgs]) -> Refusal | None:
    rule = first(case.place.profile.report, case.ticket)
    assigned = case.place.profile.dispatch.assigned_limit
    if (
        assigned
        and case.args.how is DispatchHow.ASSIGNED
        and case.args.limit is None
        and assigned.when.covers(case.ticket)
    ):
        return Refusal("limit-required", assigned.article, "交办须限期办理，请写明办理时限。")
    return limit_refusal(case, rule.given, rule.within, rule.ceiling, rule.article)


def limit_refusal(
    case: Case[DispatchArgs] | Case[RedoArgs],
    given: Given,
    within: Duration | None,
    ceiling: Duration | None,
    article: str,
) -> Refusal | None:
    """Whether the centre may set the limit that it sets, or may leave it out."""
    limit = case.args.limit
    if limit is None:
        return Refusal("limit-required", article, "须确定办理时限。") if given is Given.REQUIRED else None
    if given is Given.REFUSED:
        fixed = within.chinese() if within else "不设"
        return Refusal("limit-fixed", article, f"此类诉求的办理时限为{fixed}，不能另行确定。")
    if limit <= case.now:
        return Refusal("limit-past", article, f"办理时限{when(limit)}已过。")
    if given is Given.STATUTE and not (case.args.legal_basis.strip() or case.args.reason.strip()):
        return Refusal("statute-needed", article, "另定办理时限的，须写明规定该期限的法律法规。")
    if ceiling and limit > (last := limit_after(case.now, ceiling, case.place.calendar)):
        return Refusal("limit-over-ceiling", article, f"办理时限最长不超过{when(last)}。")
    return None


def parts_given(case: Case[DispatchArgs]) -> list[tuple[str, Part]]:
    """Each unit of the dispatch with its role; one without a role leads, unless another one does.

    What takes the place of a lead's part that came back leads like it.
    """
    others = [given.role for given in case.args.units] + [part.part for part in _parts_going_on(case)]
    default = Part.ASSISTING if Part.LEAD in others and not _lead_came_back(case.ticket) else Part.LEAD
    return [(given.unit, given.role or default) for given in case.args.units]


def _lead_came_back(ticket: Ticket) -> bool:
    return any(part.status is UnitStatus.RETURNED and part.part is Part.LEAD for part in ticket.assignments)


def _parts_going_on(case: Case[DispatchArgs]) -> tuple[Assignment, ...]:
    """The parts that stay when a returned one is dispatched again."""
    return case.ticket.active if case.ticket.status is Status.RETURNED else ()


def _going_on(case: Case[DispatchArgs]) -> list[str]:
    return [part.unit for part in _parts_going_on(case)]


def _is_one_of(unit: Unit, names: tuple[str, ...]) -> bool:
    return is_discipline(unit) or any(name in unit.name for name in names)


DISPATCH = (_units_known, _again, _one_answers, _decided_above, _joint, _only_to, _contact_on_ticket, _limit)
