"""Days and times of day as people and spreadsheets write them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_TIME = re.compile(r"(\d{1,2})(?::(\d{2})(?::00|:59)?|[时点](?:(\d{1,2})分?|(半))?)")
# Nobody means to be away for the last minute of a day.
_ENDS_OF_DAY = {(24, 0), (23, 59)}


def parse_day(text: str) -> date:
    """`2026-09-05`, `2026/9/5`, `2026.9.5` or `2026年9月5日`. Raises ValueError, which says how to write it."""
    matched = _DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    try:
        if matched is None:
            raise ValueError(text)
        return date(*map(int, matched.groups()))
    except ValueError as error:
        raise ValueError(f"{text!r} is not a date: write 2026-09-30") from error


def parse_time(text: str, *, is_end: bool = False) -> time:
    """`8:00`, `20时00分` or `8点半`; an end may be `24:00` or `23:59`, both midnight. Raises ValueError."""
    matched = _TIME.fullmatch(unicodedata.normalize("NFKC", text).strip())
    try:
        if matched is None:
            raise ValueError(text)
        hour, minute = int(matched[1]), 30 if matched[4] else int(matched[2] or matched[3] or 0)
        return time() if is_end and (hour, minute) in _ENDS_OF_DAY else time(hour, minute)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a time of day: write 08:00") from error
