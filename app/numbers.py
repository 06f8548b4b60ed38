"""Telephone numbers in one form everywhere, whoever says them: the network, a person at a desk, a form, a search.

A Chinese mobile is eleven digits, a landline has its area code with the leading 0, a service number (400, 95588, 12345)
stands alone, a foreign number is E.164 with its `+`. What is right for China is the numbering plan of `phonenumbers`.
"""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

_COUNTRY = "CN"
_SHORT = 7
_CHINA = 86
_DIALLED = re.compile(r"[0-9+*#]{2,20}")
_SEPARATORS = re.compile(r"[\s().\-/]")
_TONES = re.compile(r"[^0-9+]")
_PREFIXED = re.compile(r"(\+|00)86")
# Local numbers have seven or eight digits; they begin with neither 0 nor 1.
_LOCAL = re.compile(r"[2-9][0-9]{6,7}")


def caller_number(said: str, area_code: str = "") -> str:
    """The number of a caller in its one form; empty where what the network said is none.

    `anonymous`, `unavailable`, `Restricted`, `unknown` (RFC 3323, section 4.1.1.3, and carriers' habit) and every other
    word are no numbers and can never be called back. `area_code` (`0510`) is put before a local number.
    """
    dialled = _SEPARATORS.sub("", unicodedata.normalize("NFKC", said))
    return normal(dialled, area_code) if _DIALLED.fullmatch(dialled) and re.search("[0-9]", dialled) else ""


def masked(number: str) -> str:
    """A number of which the first three and the last four digits are shown; of a short one only the last two."""
    if len(number) <= _SHORT:
        return "*" * max(0, len(number) - 2) + number[-2:]
    return number[:3] + "*" * (len(number) - 7) + number[-4:]


def typed_number(said: str, area_code: str = "") -> str:
    """A number as a person wrote it in its one form; what is no number stays as it was written."""
    return caller_number(said, area_code) or said.strip()


def normal(dialled: str, area_code: str = "") -> str:
    """The one form of a number of `0-9+*#`; internal short numbers and whatever no plan knows stay as they are."""
    if _TONES.search(dialled):
        return dialled
    try:
        number = phonenumbers.parse(dialled, _COUNTRY)
    except NumberParseException:
        return dialled
    if phonenumbers.is_valid_number(number):
        return _written(number)
    if number.country_code != _CHINA:
        return dialled
    alone = str(number.national_number) if _PREFIXED.match(dialled) else dialled
    return _with_area(alone, area_code)


def _with_area(dialled: str, area_code: str) -> str:
    if not area_code or not _LOCAL.fullmatch(dialled):
        return dialled
    number = phonenumbers.parse(area_code + dialled, _COUNTRY)
    return _written(number) if phonenumbers.is_valid_number(number) else dialled


def _written(number: PhoneNumber) -> str:
    if number.country_code != _CHINA:
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return re.sub("[^0-9]", "", phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
