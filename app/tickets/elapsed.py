"""Applying one timed effect to a ticket: a notice, or an action that the system takes by itself."""

from datetime import datetime

from app.matters.model import Action, Entry, LimitName, Role, SuperviseHow, Ticket, UrgeHow
from app.regulations.form.pressing import SUPERIOR
from app.tickets import chinese_names
from app.tickets.actions import Args, CloseArgs, EscalateArgs, SuperviseArgs, UrgeArgs
from app.tickets.case import Case
from app.tickets.change import centre
from app.tickets.changes import CHANGES
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.moved import SYSTEM
from app.tickets.notices import Notice, notice, to_each, when
from app.tickets.timed import Effect, EffectKind

Told = tuple[Notice, ...]


def elapse(ticket: Ticket, effect: Effect, place: Jurisdiction) -> tuple[Ticket, Told]:
    """The ticket after the effect, which is marked as applied, and who is told."""
    ticket = ticket.replace(fired=(*ticket.fired, effect.id))
    match effect.kind:
        case EffectKind.URGE | EffectKind.SUPERVISE | EffectKind.PROVISIONAL_CLOSE:
            return _done(ticket, _action(effect, place), effect.at, place)
        case EffectKind.ESCALATE:
            return _escalated(ticket, effect, place)
        case _:
            return ticket, _told(ticket, effect, place)


def _action(effect: Effect, place: Jurisdiction) -> Args:
    """What the system does by itself, with the article as its reason."""
    profile = place.profile
    if effect.kind is EffectKind.URGE:
        return UrgeArgs(unit=effect.unit, how=UrgeHow.SYSTEM, reason=_basis(profile.urge.article))
    if effect.kind is EffectKind.SUPERVISE:
        reason = _basis(profile.supervise.article)
        return SuperviseArgs(unit=effect.unit, how=SuperviseHow.WRITTEN, reason=reason)
    return CloseArgs(reason=_basis(profile.close.article))


def _told(ticket: Ticket, effect: Effect, place: Jurisdiction) -> Told:
    if effect.kind is EffectKind.FOLLOW_UP_DUE:
        return to_each(effect.kind, centre(Action.FOLLOW_UP, place), limit=when(effect.limit_at))
    if effect.kind is EffectKind.NOT_ACCEPTED:
        return _not_accepted(effect, place)
    if effect.kind is EffectKind.SUPERVISE_PASSED:
        return (notice(effect.kind, Role.BACK_OFFICE, unit=place.name(effect.unit)),)
    return _about_limit(ticket, effect, place)


def _not_accepted(effect: Effect, place: Jurisdiction) -> Told:
    """The unit is told to look, the back office who has not looked."""
    limit, name = when(effect.limit_at), place.name(effect.unit)
    to_unit = notice(effect.kind, effect.unit, unit="", limit=limit)
    return to_unit, notice(effect.kind, Role.BACK_OFFICE, unit=f"{name}：", limit=limit)


def _escalated(ticket: Ticket, effect: Effect, place: Jurisdiction) -> tuple[Ticket, Told]:
    """The centre goes above the unit: recorded for each addressee, told in the rule's own chinese_names."""
    rule = next(rule for rule in place.profile.escalation if rule.id == effect.rule)
    above = superior(effect.unit, place)
    told: Told = ()
    for to in rule.to:
        text = f"{place.name(effect.unit)}：{rule.text}" if effect.unit else rule.text
        if to == SUPERIOR:
            text += (
                f"上级主管部门：{place.name(above)}。"
                if above
                else "单位目录未登记其上级主管部门，请受理中心查明后通报。"
            )
        who = above or SUPERIOR if to == SUPERIOR else to
        ticket, _ = _done(ticket, EscalateArgs(to=who, reason=text + _basis(rule.article)), effect.at, place)
        told += (Notice(who, rule.kind, text),)
    return ticket, told


def superior(unit: str, place: Jurisdiction) -> str:
    """The body above a unit, as the directory has it; empty when it has none."""
    return place.units[unit].parent if unit in place.units else ""


def _about_limit(ticket: Ticket, effect: Effect, place: Jurisdiction) -> Told:
    """Whoever must act is told of a limit that is near; of a missed one the back office too, with the unit's name."""
    if effect.limit is None:
        raise ValueError(f"{effect.id} names no limit")
    name, limit = chinese_names.LIMIT[effect.limit], when(effect.limit_at)
    who = _who(ticket, effect)
    found = to_each(effect.kind, (who,), name=name, limit=limit)
    if effect.kind is EffectKind.LIMIT_PASSED and who != Role.BACK_OFFICE:
        unit = f"{place.name(effect.unit)}：" if effect.unit else ""
        found += to_each(effect.kind, (Role.BACK_OFFICE,), name=unit + name, limit=limit)
    return found


def _who(ticket: Ticket, effect: Effect) -> str:
    if effect.unit:
        return effect.unit
    if effect.limit is LimitName.DISPATCH_BY:
        return ticket.dispatch_desk or Role.FRONT_DESK
    return Role.FRONT_DESK


def _basis(article: str) -> str:
    """The article as the reason of what the system does by itself."""
    return f"（{article}）"


def _done(ticket: Ticket, args: Args, at: datetime, place: Jurisdiction) -> tuple[Ticket, Told]:
    """The action as the system takes it, with its line in the history."""
    if ticket.history:
        at = max(at, ticket.history[-1].at)
    change = CHANGES[args.action](Case(ticket, args, SYSTEM, at, place))
    entry = Entry(
        at=at,
        action=args.action,
        actor=SYSTEM,
        why=args.why,
        unit=change.unit,
        status=change.ticket.status,
    )
    return change.ticket.replace(history=(*ticket.history, entry)), change.notices
