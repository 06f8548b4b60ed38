"""Finding units as people look for them: by name, pinyin, initials, key words, remit, district, telephone. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from app.units.model import Unit, name_key

_LETTERS = re.compile(r"[a-z]+")
_DIGITS = re.compile(r"[0-9]{3,}")
# How good a hit is: the smaller, the better.
_NAME_BEGINS, _INITIALS_BEGIN, _NAME, _PINYIN, _WORD, _REMIT, _DISTRICT, _PHONE = range(8)


def find(units: Sequence[Unit], text: str, *, phones: bool) -> tuple[Unit, ...]:
    """The units in service that fit, the best first. `phones`: whoever asks may know the telephone numbers."""
    wanted = name_key(text).casefold()
    if not wanted:
        return ()
    parents = {unit.id: unit.name for unit in units}
    ranked = [(_rank(unit, wanted, parents, phones=phones), unit) for unit in units if unit.active]
    found = [(rank, unit.tier, unit.name, unit) for rank, unit in ranked if rank is not None]
    return tuple(unit for *_, unit in sorted(found, key=lambda each: each[:3]))


def _rank(unit: Unit, wanted: str, parents: Mapping[str, str], *, phones: bool) -> int | None:
    name = name_key(unit.name).casefold()
    words = [name_key(word).casefold() for word in unit.keywords]
    if name.startswith(wanted):
        return _NAME_BEGINS
    if _LETTERS.fullmatch(wanted) and (rank := _by_pinyin(unit, wanted)) is not None:
        return rank
    hits = {
        _NAME: wanted in name,
        _WORD: any(wanted in word for word in words),
        _REMIT: wanted in unit.remit.casefold(),
        _DISTRICT: wanted in name_key(parents.get(unit.parent or "", "")).casefold(),
        _PHONE: phones and bool(_DIGITS.fullmatch(wanted)) and _has_phone(unit, wanted),
    }
    return next((rank for rank, hit in hits.items() if hit), None)


def _by_pinyin(unit: Unit, wanted: str) -> int | None:
    names = [spelled(text) for text in (unit.name, *unit.keywords)]
    if any(initials.startswith(wanted) for initials, _ in names):
        return _INITIALS_BEGIN
    if any(wanted in initials or full.startswith(wanted) for initials, full in names):
        return _PINYIN
    return None


def _has_phone(unit: Unit, wanted: str) -> bool:
    return any(wanted in number for contact in unit.contacts for number in (contact.phone, contact.mobile))


@lru_cache(maxsize=20_000)
def spelled(text: str) -> tuple[str, str]:
    """The initials and the whole pinyin of a text, without tones: 水务局 is `swj` and `shuiwuju`."""
    plain = name_key(text)
    initials = "".join(lazy_pinyin(plain, style=Style.FIRST_LETTER))
    return initials.casefold(), "".join(lazy_pinyin(plain)).casefold()
