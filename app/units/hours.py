"""Weekly hours in which a post answers its telephone, written as people write them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, time, timedelta

_DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CHINESE_DAYS = "一二三四五六日"
_SPAN = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_EVERY_DAY = frozenset(range(1, 8))
_ALWAYS = {"", "24h", "24小时", "always"}


class HoursError(ValueError):
    """Hours that cannot be read; the text says what and how to write them."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} are not hours: write for example 'Mon-Fri 08:30-12:00,14:00-17:30; Sat 09:00-12:00', "
            "'周一至周五 08:30-17:30' or '24h'"
        )


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end` (exclusive) on ISO weekdays `days`; past midnight when `end` <= `start`."""

    days: frozenset[int]
    start: time
    end: time

    def covers(self, local: datetime) -> bool:
        """Whether `local`, a time on the wall of the unit, lies in the span."""
        clock = local.time()
        if self.start < self.end:
            return local.isoweekday() in self.days and self.start <= clock < self.end
        yesterday = (local - timedelta(days=1)).isoweekday()
        return (local.isoweekday() in self.days and clock >= self.start) or (
            yesterday in self.days and clock < self.end
        )


@dataclass(frozen=True, slots=True)
class Hours:
    """The spans of a week; none at all means round the clock (24 小时值班)."""

    spans: tuple[Span, ...] = ()

    def covers(self, local: datetime) -> bool:
        return not self.spans or any(span.covers(local) for span in self.spans)


def parse_hours(text: str) -> Hours:
    """Read `Mon-Fri 08:30-12:00,14:00-17:30; Sat 09:00-12:00` (also with 周一至周五).

    Days may be left out (every day); an empty text or `24h` means always. Raises HoursError.
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if plain in _ALWAYS:
        return Hours()
    try:
        spans = [span for part in re.split(r"[;；]", plain) for span in _part(part.strip())]
    except ValueError as error:
        raise HoursError(text) from error
    return Hours(tuple(spans))


def _part(text: str) -> list[Span]:
    matched = re.fullmatch(r"([^\d]*?)\s*(\d[\d:,、\s-]*)", text)
    if matched is None:
        raise ValueError(text)
    days = _days(matched[1]) if matched[1] else _EVERY_DAY
    return [_span(days, part.strip()) for part in re.split(r"[,、]", matched[2])]


def _span(days: frozenset[int], text: str) -> Span:
    matched = _SPAN.fullmatch(text)
    if matched is None:
        raise ValueError(text)
    start_hour, start_minute, end_hour, end_minute = map(int, matched.groups())
    midnight = (end_hour, end_minute) == (24, 0)
    return Span(days, time(start_hour, start_minute), time(0, 0) if midnight else time(end_hour, end_minute))


def _days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for part in re.split(r"[,、]", text):
        first, _, last = part.strip().replace("至", "-").replace("到", "-").partition("-")
        low, high = _day(first), _day(last) if last else _day(first)
        if high < low:
            raise ValueError(part)
        days.update(range(low, high + 1))
    return frozenset(days)


def _day(text: str) -> int:
    name = text.strip()
    if name[:3] in _DAY_NAMES:
        return _DAY_NAMES.index(name[:3]) + 1
    chinese = name.removeprefix("周").removeprefix("星期").replace("天", "日")
    if len(chinese) != 1:
        raise ValueError(text)
    return _CHINESE_DAYS.index(chinese) + 1
