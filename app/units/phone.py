"""Telephone numbers of the directory: the only numbers the service may ever dial."""

from __future__ import annotations

import re
import unicodedata

NUMBER = re.compile(r"[0-9+*#]{2,20}")
_SEPARATORS = re.compile(r"[\s\-()./]")


class NumberError(ValueError):
    """A text that is not a telephone number; says which text and what is allowed."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is not a telephone number: 2 to 20 of 0-9, +, * and #")


def parse_number(text: str) -> str:
    """The number in `text` without the hyphens, blanks and brackets people write; `''` stays `''`.

    Raises NumberError for anything else, such as two numbers in one field or an extension in words.
    """
    number = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if number and not NUMBER.fullmatch(number):
        raise NumberError(text)
    return number
