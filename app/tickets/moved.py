"""Limits that move later: for a calendar that became known, and for time that a unit waited for the centre's word.

Nothing here moves a limit back: what a unit was promised stands, whatever the calendar says afterwards.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.matters.clock import DAY, Duration, Span, limit_after, local, passed
from app.matters.model import Action, Actor, Assignment, Counted, Entry, LimitName, Part, Role, Supervision, Ticket
from app.tickets import chinese_names
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.limits import counted_limit, longer, with_counted, with_end_limits
from app.tickets.notices import Notice, notice, when

SYSTEM = Actor(role=Role.SYSTEM)
_NEXT_DAY = Duration(Span.WORKING_DAYS, 1)


@dataclass(frozen=True)
class Move:
    """One limit that moves; `unit` is empty for a limit of the centre."""

    name: LimitName
    unit: str
    old: datetime
    new: datetime
    told: tuple[str, ...]


def follow_calendar(ticket: Ticket, now: datetime, place: Jurisdiction) -> tuple[Ticket, tuple[Notice, ...]]:
    """The ticket counted by today's calendar: what moves is one line of the history, with the old and the new limit.

    Warnings for years that are known by now are taken back. The same calendar again changes nothing.
    """
    known = tuple(warning for warning in ticket.warnings if place.calendar.knows(int(warning.rpartition(":")[2])))
    changed, moves = _recounted(ticket, place)
    if not known and not moves:
        return ticket, ()
    changed = _ends_not_before(with_end_limits(changed, place), ticket) if _leads(changed) else changed
    years = "、".join(dict.fromkeys([w.rpartition(":")[2] for w in known] or [str(local(m.new).year) for m in moves]))
    told = tuple(note for move in moves for note in _told(move, years, place))
    entry = Entry(
        at=now,
        action=Action.MOVE_LIMITS,
        actor=SYSTEM,
        why=_why(moves, years, place),
        unit="、".join(dict.fromkeys(move.unit for move in moves if move.unit)),
        status=ticket.status,
    )
    left = tuple(warning for warning in ticket.warnings if warning not in known)
    return changed.replace(warnings=left, history=(*ticket.history, entry)), told


def given_back(part: Assignment, now: datetime, place: Jurisdiction) -> Assignment:
    """The part with the whole working days that it waited for the centre; at least the next one to go on in."""
    asked = part.return_asked_at
    if asked is None:
        return part
    day, days = local(asked).date() + DAY, 0
    while day < local(now).date():
        days, day = days + place.calendar.is_working(day), day + DAY
    for name in (LimitName.INFORM_BY, LimitName.REPORT_BY):
        limit = getattr(part, name.value)
        if limit is not None and not passed(limit, asked):
            part = _given_back(part, name, days, now, place)
    return part.model_copy(update={"supervisions": _supervisions_given_back(part, asked, days, now, place)})


def _given_back(part: Assignment, name: LimitName, days: int, now: datetime, place: Jurisdiction) -> Assignment:
    limit: datetime = getattr(part, name.value)
    counted = longer(limit, part.counted.get(name), days, place) if days else part.counted.get(name)
    later = counted_limit(counted, place) or limit
    if later < now:
        counted = Counted(since=now, within=_NEXT_DAY)
        later = limit_after(now, _NEXT_DAY, place.calendar)
    if later <= limit:
        return part
    changes: dict[str, Any] = {name.value: later}
    if name is LimitName.REPORT_BY and part.first_report_by == limit:
        changes |= {"first_report_by": later, "first_counted": counted}
    return with_counted(part.model_copy(update=changes), name, counted)


def _supervisions_given_back(
    part: Assignment, asked: datetime, days: int, now: datetime, place: Jurisdiction
) -> tuple[Supervision, ...]:
    last = part.supervisions[-1] if part.supervisions else None
    if last is None or last.limit is None or passed(last.limit, asked):
        return part.supervisions
    later = limit_after(last.limit, Duration(Span.WORKING_DAYS, days), place.calendar) if days else last.limit
    later = max(later, limit_after(now, _NEXT_DAY, place.calendar)) if later < now else later
    return (*part.supervisions[:-1], last.model_copy(update={"limit": later, "counted": None}))


def _recounted(ticket: Ticket, place: Jurisdiction) -> tuple[Ticket, list[Move]]:
    moves: list[Move] = []
    for part in ticket.active:
        changed, found = _part_recounted(part, place)
        moves += found
        ticket = ticket.with_assignment(changed)
    new, old = counted_limit(ticket.dispatch_counted, place), ticket.dispatch_by
    if ticket.dispatch_since is not None and new and old and new > old:
        desk = ticket.dispatch_desk or Role.FRONT_DESK
        moves.append(Move(LimitName.DISPATCH_BY, "", old, new, (desk,)))
        ticket = ticket.replace(dispatch_by=new)
    return ticket, moves


def _part_recounted(part: Assignment, place: Jurisdiction) -> tuple[Assignment, list[Move]]:
    """The part with every limit that today's calendar makes later."""
    changes: dict[str, Any] = {}
    moves: list[Move] = []
    told = (part.unit, Role.BACK_OFFICE) if part.working else ()
    for name, counted in part.counted.items():
        old, new = getattr(part, name.value), counted_limit(counted, place)
        if old is not None and new is not None and new > old:
            moves.append(Move(name, part.unit, old, new, told))
            changes[name.value] = new
    if part.first_report_by and (new := counted_limit(part.first_counted, place)) and new > part.first_report_by:
        changes["first_report_by"] = new
    if (asked := part.extension) and (new := counted_limit(asked.counted, place)) and new > asked.until:
        changes["extension"] = asked.model_copy(update={"until": new})
    last = part.supervisions[-1] if part.supervisions else None
    if last and last.limit and (new := counted_limit(last.counted, place)) and new > last.limit:
        moves.append(Move(LimitName.REPORT_BY, part.unit, last.limit, new, told))
        changes["supervisions"] = (*part.supervisions[:-1], last.model_copy(update={"limit": new}))
    return part.model_copy(update=changes), moves


def _ends_not_before(changed: Ticket, before: Ticket) -> Ticket:
    """Follow-up and closing follow the report, and like it never move back."""
    return changed.replace(
        follow_up_by=max((x for x in (changed.follow_up_by, before.follow_up_by) if x), default=None),
        close_by=max((x for x in (changed.close_by, before.close_by) if x), default=None),
    )


def _leads(ticket: Ticket) -> bool:
    return any(part.part is Part.LEAD for part in ticket.active)


def _told(move: Move, years: str, place: Jurisdiction) -> tuple[Notice, ...]:
    fields = {"years": years, "old": when(move.old), "new": when(move.new)}
    of_unit = f"{place.name(move.unit)}的" if move.unit else ""
    found: tuple[Notice, ...] = ()
    for to in move.told:
        owner = "" if to == move.unit else of_unit
        found += (notice("limits-moved", to, name=owner + chinese_names.LIMIT[move.name], **fields),)
    return found


def _why(moves: list[Move], years: str, place: Jurisdiction) -> str:
    said = [
        f"{place.name(move.unit) if move.unit else ''}{chinese_names.LIMIT[move.name]}{when(move.old)}→{when(move.new)}"
        for move in moves
    ]
    return f"{years}年节假日安排已更新：" + ("；".join(said) if said else "各项时限不变") + "。"
