"""Who is on duty now: the order in which a three-party call dials a unit's posts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from app.units.hours import parse_hours
from app.units.model import ContactPost, DutyPost, Post, Shift, Unit

SHANGHAI = ZoneInfo("Asia/Shanghai")
_AB: tuple[Post, ...] = ("A", "B")
_ORDER: tuple[Post, ...] = (*_AB, "leader")


class NobodyOnDutyError(Exception):
    """A unit that cannot be dialled now; the text says what to enter."""

    def __init__(self, unit_id: str) -> None:
        super().__init__(
            f"unit {unit_id}: nobody can be dialled now: no post on duty and no leader in charge has a telephone "
            "number; enter a 24-hour duty phone, a leader's number or a duty roster"
        )


def duty_chain(unit: Unit, roster: Sequence[Shift], now: datetime, zone: ZoneInfo = SHANGHAI) -> tuple[DutyPost, ...]:
    """Post A, post B, then the leader in charge: who is dialled one after the other at `now` (aware).

    Where the roster covers `now` it alone says which of A and B are on duty; else their hours in `zone` do. The
    24-hour duty phone stands in for a post A that is not on duty (mudanjiang-2010 art. 6). No number is dialled
    twice. Raises NobodyOnDutyError.
    """
    on_duty = [shift for shift in roster if shift.unit_id == unit.id and shift.covers(now)]
    posts = _rostered(unit, on_duty) if on_duty else _by_hours(unit, now.astimezone(zone))
    if not any(post.post == "A" and post.phone for post in posts):
        posts += _holder(unit, "duty", "A")
    if not any(post.post == "leader" for post in posts):
        posts += _holder(unit, "leader", "leader")
    chain = _distinct(sorted(posts, key=lambda post: _ORDER.index(post.post)))
    if not chain:
        raise NobodyOnDutyError(unit.id)
    return chain


def _rostered(unit: Unit, shifts: Iterable[Shift]) -> list[DutyPost]:
    return [_shift_post(unit, shift) for shift in sorted(shifts, key=lambda shift: shift.starts_at)]


def _shift_post(unit: Unit, shift: Shift) -> DutyPost:
    holder = unit.contact(shift.post)
    name = shift.name or (holder.name if holder else "")
    phone = shift.phone or (holder.number if holder else "")
    return DutyPost(shift.post, name, phone)


def _by_hours(unit: Unit, local: datetime) -> list[DutyPost]:
    contacts = ((post, unit.contact(post)) for post in _AB)
    return [
        DutyPost(post, contact.name, contact.number)
        for post, contact in contacts
        if contact is not None and parse_hours(contact.hours).covers(local)
    ]


def _holder(unit: Unit, post: ContactPost, dialled_as: Post) -> list[DutyPost]:
    contact = unit.contact(post)
    return [DutyPost(dialled_as, contact.name, contact.number)] if contact else []


def _distinct(posts: Iterable[DutyPost]) -> tuple[DutyPost, ...]:
    first: dict[str, DutyPost] = {}
    for post in posts:
        if post.phone:
            first.setdefault(post.phone, post)
    return tuple(first.values())
