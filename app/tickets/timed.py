"""What time does by itself: limits near and missed, urging, supervision, going above, follow-ups, provisional closing.

`scheduled` lists every effect that is still to come for a ticket as it stands, each with its instant and an id that
is the same however often and whenever it is asked. An effect that has been applied is in `ticket.fired` and does not
come again; when a limit moves, its effects get new ids.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from app.matters.clock import SECOND, ZONE, limit_after, local
from app.matters.model import (
    Assignment,
    LimitName,
    Part,
    Status,
    SuperviseHow,
    Supervision,
    Ticket,
    UnitStatus,
    Urge,
    UrgeHow,
)
from app.regulations.form.ending import Owed
from app.regulations.form.pressing import Count, EscalationRule
from app.tickets.jurisdiction import Jurisdiction, first
from app.tickets.limits import CLOSE_OPEN, FOLLOW_UP_OPEN, dispatch_owed
from app.tickets.transitions import LIVE, WITH_UNITS


class EffectKind(StrEnum):
    LIMIT_NEAR = "limit-near"
    LIMIT_PASSED = "limit-passed"
    NOT_ACCEPTED = "not-accepted"
    URGE = "urge"
    SUPERVISE = "supervise"
    SUPERVISE_PASSED = "supervise-limit-passed"
    ESCALATE = "escalate"
    FOLLOW_UP_DUE = "follow-up-due"
    PROVISIONAL_CLOSE = "provisional-close"


@dataclass(frozen=True)
class Effect:
    """One thing that time does to a ticket. `limit_at` is the limit it is about, `rule` an escalation rule's id."""

    id: str
    at: datetime
    kind: EffectKind
    unit: str = ""
    limit: LimitName | None = None
    limit_at: datetime | None = None
    rule: str = ""


def scheduled(ticket: Ticket, place: Jurisdiction) -> list[Effect]:
    """Every effect still to come, in the order in which they fall due (aware instants; equal ones by id)."""
    if ticket.status not in LIVE:
        return []
    found = [*_ticket_effects(ticket, place)]
    if ticket.status in WITH_UNITS | {Status.REPORTED}:
        for part in ticket.counting:
            found += _unit_effects(part, ticket, place)
    return sorted((e for e in found if e.id not in ticket.fired), key=lambda e: (e.at, e.id))


def due(ticket: Ticket, now: datetime, place: Jurisdiction) -> list[Effect]:
    """The effects that have fallen due by `now` as the ticket stands; applying one may bring others."""
    return [effect for effect in scheduled(ticket, place) if effect.at <= now]


def next_deadline(ticket: Ticket, place: Jurisdiction) -> datetime | None:
    """When time next does something to the ticket: the instant for which to schedule one job."""
    return next((effect.at for effect in scheduled(ticket, place)), None)


def _ticket_effects(ticket: Ticket, place: Jurisdiction) -> Iterator[Effect]:
    if ticket.dispatch_since is not None and dispatch_owed(ticket):
        yield from _limit(LimitName.DISPATCH_BY, ticket.dispatch_by, ticket.dispatch_since, place)
    since = max((part.dispatched_at for part in ticket.active), default=ticket.received_at)
    if ticket.status in FOLLOW_UP_OPEN:
        yield from _limit(LimitName.FOLLOW_UP_BY, ticket.follow_up_by, since, place)
        yield from _follow_up_due(ticket, place)
    if ticket.status in CLOSE_OPEN:
        yield from _limit(LimitName.CLOSE_BY, ticket.close_by, since, place)
    if ticket.status in place.profile.close.provisional_by_itself:
        yield from _provisional_close(ticket, place)
    for part in ticket.active:
        yield from _limit(LimitName.EXPLAIN_BY, part.explain_by, _last_supervised(part), place, part.unit)
    for rule in _escalations(ticket, place):
        if not rule.after.waits and rule.after.repeats and ticket.matter.repeats >= rule.after.repeats:
            yield _escalation(rule, ticket.received_at)


def _unit_effects(part: Assignment, ticket: Ticket, place: Jurisdiction) -> Iterator[Effect]:
    for rule in _escalations(ticket, place):
        if rule.after.redos and not rule.after.waits and part.redos >= rule.after.redos:
            yield _escalation(rule, part.dispatched_at, part.unit)
    if not part.working or part.waiting:
        return
    yield from _not_accepted(part, ticket, place)
    if part.informed_at is None:
        yield from _limit(LimitName.INFORM_BY, part.inform_by, part.dispatched_at, place, part.unit)
    yield from _limit(LimitName.REPORT_BY, part.report_by, part.dispatched_at, place, part.unit)
    yield from _urge(part, place)
    yield from _supervise(part, place)
    yield from _pressed_in_vain(part, ticket, place)


def _limit(
    name: LimitName, limit: datetime | None, since: datetime, place: Jurisdiction, unit: str = ""
) -> Iterator[Effect]:
    """The reminder before a limit, unless that is before the limit began to run, and the missing of it."""
    if limit is None:
        return
    near = near_instant(limit, place)
    if near > since:
        yield _effect(EffectKind.LIMIT_NEAR, near, unit, name, limit)
    yield _effect(EffectKind.LIMIT_PASSED, limit + SECOND, unit, name, limit)


def _not_accepted(part: Assignment, ticket: Ticket, place: Jurisdiction) -> Iterator[Effect]:
    """A unit that has not signed although it should have looked at its new tickets by now."""
    within = first(place.profile.accept, ticket).within
    if part.status is UnitStatus.DISPATCHED and within is not None:
        limit = limit_after(part.dispatched_at, within, place.calendar)
        yield _numbered(EffectKind.NOT_ACCEPTED, limit + SECOND, part, 1, limit)


def near_instant(limit: datetime, place: Jurisdiction) -> datetime:
    """When to remind of a limit, as the profile says."""
    near = place.profile.near
    day = place.calendar.before(local(limit).date(), near.working_days)
    return datetime.combine(day, time(near.hour), ZONE)


def _follow_up_due(ticket: Ticket, place: Jurisdiction) -> Iterator[Effect]:
    """After the report, or the answer on the spot; without a report once the limit has passed, where the profile lets
    the desk call then.
    """
    rule = first(place.profile.follow_up, ticket)
    since = _follow_up_since(ticket, before_report=rule.before_report)
    if rule.owed is not Owed.REQUIRED or since is None:
        return
    at, round_ = since
    yield Effect(
        f"{EffectKind.FOLLOW_UP_DUE}:{round_.isoformat()}",
        at,
        EffectKind.FOLLOW_UP_DUE,
        limit=LimitName.FOLLOW_UP_BY,
        limit_at=ticket.follow_up_by,
    )


def _follow_up_since(ticket: Ticket, *, before_report: bool) -> tuple[datetime, datetime] | None:
    """From when on a follow-up is due, and the round that it is about."""
    leads = [part for part in ticket.active if part.part is Part.LEAD]
    if ticket.status is Status.ANSWERED and ticket.answer is not None:
        return ticket.answer.at, ticket.answer.at
    if not leads:
        return None
    round_ = max(part.dispatched_at for part in leads)
    if ticket.status is Status.REPORTED:
        return max(part.reported_at or part.dispatched_at for part in leads), round_
    if before_report and (ends := [part.report_by for part in leads if part.working and part.report_by]):
        return max(ends) + SECOND, round_
    return None


def _provisional_close(ticket: Ticket, place: Jurisdiction) -> Iterator[Effect]:
    """At the close limit, but not before the back office has had the same time after the last follow-up call."""
    within = place.profile.close.within
    if ticket.close_by is None or within is None or not ticket.follow_ups:
        return
    last = ticket.follow_ups[-1].at
    limit = max(ticket.close_by, limit_after(last, within, place.calendar))
    kind = EffectKind.PROVISIONAL_CLOSE
    yield Effect(f"{kind}:{last.isoformat()}", limit + SECOND, kind, limit=LimitName.CLOSE_BY, limit_at=limit)


def _missed(part: Assignment, place: Jurisdiction) -> datetime | None:
    """From when on a unit is chased: its missed limit, or some time after the dispatch where it has no limit."""
    if part.report_by is not None:
        return part.report_by + SECOND
    wait = place.profile.urge.without_limit_after
    return None if wait is None else limit_after(part.dispatched_at, wait, place.calendar) + SECOND


def _urge(part: Assignment, place: Jurisdiction) -> Iterator[Effect]:
    """The next urging by itself: at the missed limit, then so long after the last urging by anyone."""
    rule, start = place.profile.urge, _missed(part, place)
    if start is None:
        return
    since = [urge for urge in part.urges if urge.at >= start]
    number = sum(urge.how is UrgeHow.SYSTEM for urge in since) + 1
    if number <= rule.times:
        at = start if not since else limit_after(since[-1].at, rule.every, place.calendar) + SECOND
        yield _numbered(EffectKind.URGE, at, part, number)


def _supervise(part: Assignment, place: Jurisdiction) -> Iterator[Effect]:
    """The missing of the last supervision's limit, and the next supervision by itself once it was in vain."""
    rule, start, ends = place.profile.supervise, _missed(part, place), _supervision_ends(part)
    last = _supervisions(part)[-1] if ends else None
    if last is not None and last.limit is not None:
        yield _numbered(EffectKind.SUPERVISE_PASSED, last.limit + SECOND, part, len(ends), last.limit)
    if start is None or len(ends) >= rule.times or (last is not None and last.limit is None):
        return
    at = max(start, ends[-1] + SECOND) if ends else start
    yield _numbered(EffectKind.SUPERVISE, at, part, len(ends) + 1)


def _supervision_ends(part: Assignment) -> list[datetime]:
    """When each supervision of this round was, or will be, in vain.

    One that comes while the last one's limit still runs only moves that limit: it is no second one. None is in vain
    before the report limit itself has passed.
    """
    ends: list[datetime] = []
    for done in _supervisions(part):
        end = max(done.limit or done.at, part.report_by or done.at)
        if ends and done.at <= ends[-1]:
            ends[-1] = end
        else:
            ends.append(end)
    return ends


def _pressed_in_vain(part: Assignment, ticket: Ticket, place: Jurisdiction) -> Iterator[Effect]:
    """Going above a unit that was urged or supervised so often and, after some time, still has not reported."""
    for rule in _escalations(ticket, place):
        pressed = _pressed(part, rule.after, place) if rule.after.waits else None
        done_already = rule.unless is not None and _pressed(part, rule.unless, place) is not None
        if pressed is not None and not done_already:
            last, again = pressed
            at = (limit_after(last, rule.wait, place.calendar) if rule.wait else last) + SECOND
            at = max(min(at, again or at), _missed(part, place) or at)
            yield _escalation(rule, at, part.unit, part.dispatched_at)


def _pressed(part: Assignment, after: Count, place: Jurisdiction) -> tuple[datetime, datetime | None] | None:
    """When this round's counts were reached, and when the unit was pressed once more; None while they are not.

    Urges before the missed limit press nobody. A supervision counts from its limit on.
    """
    missed = _missed(part, place) or part.dispatched_at
    urges = [urge for urge in part.urges if urge.at >= missed]
    lists: tuple[tuple[int, list[datetime]], ...] = (
        (after.urges, _times(urges)),
        (after.system_urges, _times(u for u in urges if u.how is UrgeHow.SYSTEM)),
        (after.phone_urges, _by_phone(part, urges, missed)),
        (after.supervisions, _supervision_ends(part)),
    )
    needed = [(number, instants) for number, instants in lists if number]
    if any(len(instants) < number for number, instants in needed):
        return None
    reached = max(instants[number - 1] for number, instants in needed)
    more = [instant for _, instants in needed for instant in instants if instant > reached]
    return reached, min(more, default=None)


def _by_phone(part: Assignment, urges: Iterable[Urge], missed: datetime) -> list[datetime]:
    """Telephone calls to the unit since its missed limit, whether they are called urging or supervising."""
    called = [urge.at for urge in urges if urge.how is UrgeHow.PHONE]
    return sorted(called + [s.at for s in _supervisions(part) if s.how is SuperviseHow.PHONE and s.at >= missed])


def _times(urges: Iterable[Urge]) -> list[datetime]:
    return [urge.at for urge in urges]


def _supervisions(part: Assignment) -> list[Supervision]:
    """The supervisions of this round that were a reaction, not those that came with the dispatch."""
    return [s for s in part.supervisions if not s.direct and s.at >= part.dispatched_at]


def _last_supervised(part: Assignment) -> datetime:
    return part.supervisions[-1].at if part.supervisions else part.dispatched_at


def _escalations(ticket: Ticket, place: Jurisdiction) -> list[EscalationRule]:
    return [rule for rule in place.profile.escalation if rule.when.covers(ticket)]


def _effect(kind: EffectKind, at: datetime, unit: str, name: LimitName, limit: datetime) -> Effect:
    return Effect(f"{kind}:{name}:{unit}:{limit.isoformat()}", at, kind, unit, name, limit)


def _numbered(kind: EffectKind, at: datetime, part: Assignment, number: int, limit: datetime | None = None) -> Effect:
    id_ = f"{kind}:{part.unit}:{part.dispatched_at.isoformat()}:{number}"
    return Effect(id_, at, kind, part.unit, limit_at=limit)


def _escalation(rule: EscalationRule, at: datetime, unit: str = "", round_: datetime | None = None) -> Effect:
    since = (round_ or at).isoformat()
    return Effect(f"{EffectKind.ESCALATE}:{rule.id}:{unit}:{since}", at, EffectKind.ESCALATE, unit, rule=rule.id)
