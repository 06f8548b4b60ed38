"""Days off that the law itself fixes, for years whose calendar the State Council has not published yet.

全国年节及纪念日放假办法 (as revised 2024, in force since 2025), article 2: New Year 1 day, Spring Festival 4 (the
eve and the first three days of the lunar year), Qingming 1, Labour Day 2, Dragon Boat 1, Mid-Autumn 1, National Day 3.
Which working day is given for one on a week-end (article 6), and make-up days, only the published calendar says.
"""

from datetime import date, timedelta
from functools import lru_cache

from lunar_python import Lunar

STATUTE = "2024"
_FIXED = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
# Month and day of the lunar calendar: Dragon Boat, Mid-Autumn.
_LUNAR = ((5, 5), (8, 15))


@lru_cache(maxsize=64)
def statutory(year: int) -> frozenset[date]:
    """The thirteen days of that year, those of the lunar calendar and Qingming by computation (two may be one)."""
    new_year = _solar(Lunar.fromYmd(year, 1, 1).getSolar())
    spring = {new_year + timedelta(days=days) for days in range(-1, 3)}
    qingming = _solar(Lunar.fromYmd(year, 6, 1).getJieQiTable()["清明"])
    lunar = {_solar(Lunar.fromYmd(year, month, day).getSolar()) for month, day in _LUNAR}
    return frozenset({date(year, month, day) for month, day in _FIXED} | spring | {qingming} | lunar)


def _solar(day: object) -> date:
    """A day of the library's own kind as a date."""
    return date.fromisoformat(str(day))
