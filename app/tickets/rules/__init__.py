"""Whether an action is allowed: the table first, then the checks of its subject. A check answers None or a refusal.

For others: `centre`, `closing`, `dispatch`, `extension`, `returns`, `unit_work`, `units`.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from app.matters.model import Action, Actor, Ticket
from app.tickets import chinese_names
from app.tickets.actions import Args, ReceiveArgs
from app.tickets.case import Case
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.refusal import Refusal
from app.tickets.rules import centre, closing, dispatch, extension, returns, unit_work

Check = Callable[[Case[Any]], Refusal | None]


def _limits_current(case: Case[Any]) -> Refusal | None:
    """Time moves what is to be moved before every action; nothing is left to be asked for."""
    article = case.place.profile.actions[Action.MOVE_LIMITS].article
    return Refusal("limits-current", article, "各项时限已按现行节假日安排计算。")


CHECKS: Mapping[Action, tuple[Check, ...]] = {
    Action.ANSWER: centre.ANSWER,
    Action.REFER: centre.REFER,
    Action.DISPATCH: dispatch.DISPATCH,
    Action.ACCEPT: unit_work.OWN_PART,
    Action.INFORM: unit_work.INFORM,
    Action.HEAD_READ: unit_work.HEAD_READ,
    Action.REPORT: unit_work.REPORT,
    Action.RETURN: returns.RETURN,
    Action.APPROVE_RETURN: returns.DECIDE,
    Action.REJECT_RETURN: returns.DECIDE,
    Action.REQUEST_EXTENSION: extension.REQUEST,
    Action.APPROVE_EXTENSION: extension.DECIDE,
    Action.REJECT_EXTENSION: extension.REJECT,
    Action.URGE: centre.URGE,
    Action.SUPERVISE: centre.SUPERVISE,
    Action.EXPLAIN: unit_work.EXPLAIN,
    Action.ESCALATE: centre.ESCALATE,
    Action.FOLLOW_UP: closing.FOLLOW_UP,
    Action.REDO: closing.REDO,
    Action.CLOSE: closing.CLOSE,
    Action.ARCHIVE: (),
    Action.MERGE: centre.MERGE,
    Action.PUBLISH: closing.PUBLISH,
    Action.MOVE_LIMITS: (_limits_current,),
}


def check(ticket: Ticket | None, args: Args, actor: Actor, now: datetime, place: Jurisdiction) -> Refusal | None:
    """None when the action is allowed, else the first rule that refuses it."""
    return next(refusals(ticket, args, actor, now, place), None)


def refusals(ticket: Ticket | None, args: Args, actor: Actor, now: datetime, place: Jurisdiction) -> Iterator[Refusal]:
    """Every rule that refuses the action, in order; a rule may rely on what those before it saw to."""
    if (refusal := _by_table(ticket, args.action, actor, place)) is not None:
        yield refusal
    elif ticket is None:
        if (refusal := _receivable(args, place)) is not None:
            yield refusal
    else:
        case = Case(ticket, args, actor, now, place)
        yield from (found for one in CHECKS[args.action] if (found := one(case)) is not None)


def _by_table(ticket: Ticket | None, action: Action, actor: Actor, place: Jurisdiction) -> Refusal | None:
    rule = place.profile.actions[action]
    doing = chinese_names.ACTION[action]
    move = place.table.get((ticket.status if ticket else None, action))
    if move is None and ticket is None:
        return Refusal("not-received", rule.article, f"诉求尚未受理，不能{doing}。")
    if ticket is not None and action is Action.RECEIVE:
        return Refusal("already-received", rule.article, "诉求已经受理。")
    if not rule.by:
        return Refusal("not-provided", rule.article, f"本办法没有“{doing}”这一程序。{rule.note}")
    if move is not None:
        allowed = actor.role in move.by
        return (
            None
            if allowed
            else Refusal("role-not-allowed", move.article, f"{chinese_names.ROLE[actor.role]}不能{doing}。")
        )
    status = chinese_names.STATUS[ticket.status] if ticket else ""
    return Refusal("illegal-state", rule.article, f"工单{status}，不能{doing}。")


def _receivable(args: Args, place: Jurisdiction) -> Refusal | None:
    channels = place.profile.channels
    if isinstance(args, ReceiveArgs) and args.channel not in channels.value:
        known = "、".join(channels.value)
        return Refusal("channel-not-open", channels.article, f"没有受理渠道“{args.channel}”，可用：{known}。")
    return None
