"""Where a Chinese number is registered, by its first digits: province and city, as libphonenumber knows them.

Its tables of the whole world take 100 MB and half a second: a process of its own reads them and hands over China's.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

log = structlog.get_logger(__name__)

_CHINA = "86"
_LONGEST_S = 60.0
_NATIONAL = re.compile(r"0?([1-9][0-9]{6,11})")
_MOST_DIGITS = 12


class NumberPlaces:
    """`of` is empty until the tables have been read, and for numbers that they do not know."""

    def __init__(self, table: Mapping[str, str] | None = None) -> None:
        """`table`: places by the first digits, with the country's code before them."""
        self._digits: Sequence[int]
        self._place: Sequence[int]
        self._names: Sequence[str]
        self._take(_packed(table or {}))

    async def load(self) -> None:
        """Have the tables read; without them nothing is known, and nothing else is lost."""
        try:
            self._take(json.loads(await _told_by_another_process()))
        except (OSError, ValueError, TimeoutError) as error:
            log.warning("where numbers are registered is not known", why=type(error).__name__)

    def of(self, number: str) -> str:
        """`江苏省无锡市`; of a number in its one form (`app.numbers`)."""
        found = _NATIONAL.fullmatch(number)
        if found is None:
            return ""
        digits = (_CHINA + found[1])[:_MOST_DIGITS]
        for length in range(len(digits), len(_CHINA), -1):
            wanted = int(digits[:length])
            at = bisect_left(self._digits, wanted)
            if at < len(self._digits) and self._digits[at] == wanted:
                return self._names[self._place[at]]
        return ""

    def _take(self, packed: Mapping[str, Any]) -> None:
        self._digits, self._place = array("Q", packed["digits"]), array("H", packed["place"])
        self._names = tuple(packed["names"])


def china() -> dict[str, str]:
    """The tables' Chinese part, in Chinese. Takes 100 MB of memory."""
    from phonenumbers.geodata import GEOCODE_DATA  # noqa: PLC0415 - heavy

    places = ((digits, names.get("zh") or names.get("en", "")) for digits, names in GEOCODE_DATA.items())
    return {digits: place for digits, place in places if digits.startswith(_CHINA) and place}


async def _told_by_another_process() -> bytes:
    """Raises TimeoutError, OSError."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.number_places"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_LONGEST_S):
            told, _ = await process.communicate()
            return told
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _packed(table: Mapping[str, str]) -> dict[str, Any]:
    """Each place once, and the digits in order: a few bytes for each."""
    names = sorted(set(table.values()))
    number = {name: at for at, name in enumerate(names)}
    ordered = sorted((int(digits), number[place]) for digits, place in table.items())
    return {"names": names, "digits": [digits for digits, _ in ordered], "place": [place for _, place in ordered]}


if __name__ == "__main__":
    json.dump(_packed(china()), sys.stdout)
