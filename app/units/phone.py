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


class NumberError(ValueError):
    """A text that is not a telephone number; says which text and what is allowed."""

    def __init__(self, text: str, why: str = "2 to 20 of 0-9, +, * and #") -> None:
        super().__init__(f"{text!r} is not a telephone number: {why}")


def parse_number(text: str) -> str:
    """The number in `text` without the hyphens, blanks and brackets people write; `''` stays `''`.

    Raises NumberError for anything else, such as two numbers in one field or an extension in words.
    """
    plain = unicodedata.normalize("NFKC", text)
    if sum(len(_SEPARATORS.sub("", piece)) >= _WHOLE_NUMBER for piece in _BETWEEN.split(plain)) > 1:
        raise NumberError(text, "these are two; give one")
    number = _SEPARATORS.sub("", plain)
    if number and not NUMBER.fullmatch(number):
        raise NumberError(text)
    return normal(number)
