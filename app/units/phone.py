"""Telephone numbers of the directory: the only numbers the service may ever dial."""

from __future__ import annotations

import re
import unicodedata

from app.numbers import normal

NUMBER = re.compile(r"[0-9+*#]{2,20}")
_SEPARATORS = re.compile(r"[\s\-()./]")
# Between what may be two numbers: blanks also stand within one, which then has shorter pieces.
_BETWEEN = re.compile(r"[\s/]+")
_WHOLE_NUMBER = 7
_MOBILE = re.compile(r"1[3-9]\d{9}")
_DECIMAL = re.compile(r"[\d,]+\.\d*0+|[\d.]+[eE]\+?\d+")
_DATE = re.compile(r"\d{4}([-/.])\d{1,2}\1\d{1,2}(?: \d{1,2}:.*)?")
_SERVICE = re.compile(r"[48]00\d{7}")
# Without its 0 an area code and a number have 10 or 11 digits: 10 for Beijing, or 2 to 9 in front.
_LOST_ZERO = re.compile(r"10\d{8}|[2-9]\d{9,10}")
# 0, an area code of three digits and eight digits; what begins with 00 is a number abroad.
_MOST_AT_HOME = 12


class NumberError(ValueError):
    """A text that is not a telephone number; says which text and what is allowed."""

    def __init__(self, text: str, why: str = "2 to 20 of 0-9, +, * and #") -> None:
        super().__init__(f"{text!r} is not a telephone number: {why}")


def parse_number(text: str) -> str:
    """The number in `text` without the hyphens, blanks and brackets people write; `''` stays `''`.

    Raises NumberError for anything else, such as two numbers in one field, an extension, or what a spreadsheet made
    of a number: a decimal, a date, an area code without its 0.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    number = _SEPARATORS.sub("", plain)
    if why := _trouble(plain, number):
        raise NumberError(text, why)
    if number and not NUMBER.fullmatch(number):
        raise NumberError(text)
    return normal(number)


def _trouble(plain: str, number: str) -> str | None:
    """Why digits that could be dialled are not what was meant."""
    if _DECIMAL.fullmatch(plain):
        return "a spreadsheet made a decimal of it; format the cell as text and enter it again"
    if _DATE.fullmatch(plain):
        return "a spreadsheet made a date of it; format the cell as text and enter it again"
    if sum(len(_SEPARATORS.sub("", piece)) >= _WHOLE_NUMBER for piece in _BETWEEN.split(plain)) > 1:
        return "these are two; give one"
    if _has_extension(plain, number):
        return "a number and an extension; give the number that is dialled, and the extension as a remark"
    if _LOST_ZERO.fullmatch(number) and not _SERVICE.fullmatch(number):
        return "the 0 in front seems to be lost; format the cell as text and enter it again"
    return None


def _has_extension(plain: str, number: str) -> bool:
    pieces = [piece for piece in _SEPARATORS.split(plain) if piece]
    too_long = number.startswith("0") and not number.startswith("00") and len(number) > _MOST_AT_HOME
    if _MOBILE.fullmatch(number) or not number.isdigit():
        return False
    return too_long or any(len(piece) >= _WHOLE_NUMBER for piece in pieces[:-1])
