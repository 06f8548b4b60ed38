"""Weekly hours in which a post answers its telephone, written as people write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.matters.clock import Calendar
from app.units.days import parse_time

_DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CHINESE_DAYS = "一二三四五六日"
# Beside the ISO weekdays 1 to 7: the days that the calendar says are worked, and the others.
_WORKED, _FREE = 8, 9
_NAMED_DAYS = {
    **dict.fromkeys(("工作日", "workdays"), (_WORKED,)),
    **dict.fromkeys(("节假日", "休息日", "holidays"), (_FREE,)),
    **dict.fromkeys(("周末", "双休日", "周六日", "weekend"), (6, 7)),
    **dict.fromkeys(("每天", "每日", "daily"), tuple(range(1, 8))),
}
_EVERY_DAY = frozenset(range(1, 8))
_ROUND_THE_CLOCK = "24小时(?:值班|值守)?|24h|全天|always"
_TIME = r"\d{1,2}(?::\d{2}(?::00|:59)?|[时点](?:\d{1,2}分?|半)?)"
_TO = re.compile("[~–—−‐‑―]|至|到")
_SPAN = re.compile(rf"(?P<days>[^\d:]*?)[\s:]*(?:(?P<start>{_TIME})\s*-+\s*(?P<end>{_TIME})|(?:{_ROUND_THE_CLOCK}))")
_BREAK = re.compile(r"[\s,、]*")

IsWorking = Callable[[date], bool]


class HoursError(ValueError):
    """Hours that cannot be read; the text says what and how to write them."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} are not hours: write for example 'Mon-Fri 08:30-12:00,14:00-17:30; Sat 09:00-12:00', "
            "'周一至周五 08:30-17:30', '工作日 8:30-17:30; 节假日 24小时' or '24h'"
        )


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end` (exclusive), past midnight when `end` <= `start`.

    `days` are ISO weekdays, 工作日 or 节假日.
    """

    days: frozenset[int]
    start: time
    end: time

    def covers(self, local: datetime, is_working: IsWorking) -> bool:
        """Whether `local`, a time on the wall of the unit, lies in the span."""
        clock, today = local.time(), local.date()
        if self.start < self.end:
            return self._is_on(today, is_working) and self.start <= clock < self.end
        if self._is_on(today, is_working) and clock >= self.start:
            return True
        return clock < self.end and self._is_on(today - timedelta(days=1), is_working)

    def _is_on(self, day: date, is_working: IsWorking) -> bool:
        if day.isoweekday() in self.days:
            return True
        return bool(self.days & {_WORKED, _FREE}) and (_WORKED if is_working(day) else _FREE) in self.days


@dataclass(frozen=True, slots=True)
class Hours:
    """The spans of a week; none at all means round the clock (24 小时值班)."""

    spans: tuple[Span, ...] = ()

    def covers(self, local: datetime, is_working: IsWorking | None = None) -> bool:
        """`is_working` tells 工作日 from 节假日; unset, the State Council's published calendar does."""
        is_working = is_working or Calendar().is_working
        return not self.spans or any(span.covers(local, is_working) for span in self.spans)


def parse_hours(text: str) -> Hours:
    """Read `Mon-Fri 08:30-12:00,14:00-17:30; Sat 09:00-12:00`, `周一至周五 8:30~17:30`, `工作日 8时30分至17时30分`.

    Days may be left out (every day, or those of the span before it); an empty text or `24h` means always. An end at
    23:59 is midnight: nobody means to close for the last minute. Raises HoursError.
    """
    plain = _TO.sub("-", unicodedata.normalize("NFKC", text).strip().lower())
    if not plain or re.fullmatch(_ROUND_THE_CLOCK, plain):
        return Hours()
    try:
        spans = [span for part in re.split(r"[;\n]", plain) if part.strip() for span in _part(part.strip())]
    except ValueError as error:
        raise HoursError(text) from error
    return Hours(tuple(spans))


def _part(text: str) -> Iterator[Span]:
    at, days = 0, _EVERY_DAY
    while at < len(text):
        matched = _SPAN.match(text, at)
        if matched is None:
            raise ValueError(text)
        days = _days(matched["days"].strip()) if matched["days"] else days
        yield _span(days, matched["start"] or "0:00", matched["end"] or "24:00")
        after = _BREAK.match(text, matched.end())
        at = after.end() if after else matched.end()


def _span(days: frozenset[int], start: str, end: str) -> Span:
    return Span(days, parse_time(start), parse_time(end, is_end=True))


def _days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for part in re.split(r"[,、和及]", text):
        name = part.strip()
        if name in _NAMED_DAYS:
            days.update(_NAMED_DAYS[name])
            continue
        first, _, last = name.partition("-")
        low, high = _day(first), _day(last) if last else _day(first)
        if high < low:
            raise ValueError(part)
        days.update(range(low, high + 1))
    return frozenset(days)


def _day(text: str) -> int:
    name = text.strip()
    if name[:3] in _DAY_NAMES:
        return _DAY_NAMES.index(name[:3]) + 1
    chinese = name.removeprefix("周").removeprefix("星期").removeprefix("礼拜").replace("天", "日")
    if len(chinese) != 1:
        raise ValueError(text)
    return _CHINESE_DAYS.index(chinese) + 1
