"""Checks that several subjects share: the unit is known, has a part in the ticket, and acts for itself."""

from app.matters.model import Action, Role, Unit, UnitStatus
from app.tickets import chinese_names
from app.tickets.actions import Args
from app.tickets.case import Case
from app.tickets.refusal import Refusal
from app.tickets.transitions import UNIT_MOVES

UNIT_STATUS = {
    UnitStatus.DISPATCHED: "尚未签收",
    UnitStatus.ACCEPTED: "正在办理",
    UnitStatus.RETURN_REQUESTED: "已申请退回，等待决定",
    UnitStatus.RETURNED: "已退回",
    UnitStatus.REPORTED: "已报结",
    UnitStatus.REPLACED: "已改交他办",
}

DISCIPLINE_NAMES = ("纪委", "纪检", "纪律检查", "监察局", "监察委", "监委")


def is_discipline(unit: Unit) -> bool:
    """Whether a unit is a discipline inspection body: marked so in the directory, or called so by its id or name.

    Other inspectorates (劳动监察大队) are none.
    """
    return unit.discipline or Role.DISCIPLINE in unit.id or any(word in unit.name for word in DISCIPLINE_NAMES)


def unit_may(case: Case[Args], unit: str) -> Refusal | None:
    """Whether this unit's part allows the action, and whether the actor acts for that unit."""
    action: Action = case.args.action
    article = case.place.profile.actions[action].article
    if unit not in case.place.units:
        return Refusal("unit-unknown", article, f"单位目录中没有“{unit}”。")
    part = case.ticket.assignment(unit)
    if part is None:
        return Refusal("unit-not-assigned", article, f"工单没有交办给{case.place.name(unit)}。")
    if case.actor.role in (Role.UNIT, Role.UNIT_HEAD) and case.actor.unit not in ("", unit):
        return Refusal("not-your-part", article, f"不能代{case.place.name(unit)}{chinese_names.ACTION[action]}。")
    if case.actor.role is Role.DISCIPLINE and not is_discipline(case.place.units[unit]):
        return Refusal(
            "not-your-part", article, f"纪检监察不能代{case.place.name(unit)}{chinese_names.ACTION[action]}。"
        )
    if (part.status, action) not in UNIT_MOVES:
        state = f"{case.place.name(unit)}{UNIT_STATUS[part.status]}"
        return Refusal("unit-state", article, f"{state}，不能{chinese_names.ACTION[action]}。")
    return None
