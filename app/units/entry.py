"""One row of the registration form, checked: numbers, tier, hours and dates are right or named as problems."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

from app.units.days import parse_day
from app.units.form import FormRow
from app.units.hours import parse_hours
from app.units.model import POSTS, Contact, ContactPost, Unit
from app.units.phone import parse_number
from app.units.problem import Problem

UNIT_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_TIERS = {"1": 1, "2": 2, "3": 3, "一": 1, "二": 2, "三": 3, "一级": 1, "二级": 2, "三级": 3}
_KEYWORD_BREAK = re.compile(r"[、,;\s]+")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """A checked row. `fields` (of Unit) and `posts` hold only what the form has a column for."""

    row: int
    name: str
    id: str | None
    happened_on: date | None
    fields: Mapping[str, Any]
    posts: Mapping[ContactPost, Mapping[str, Any]]

    def applied_to(self, unit: Unit) -> Unit:
        """`unit` with what the row says; what the form has no column for stays. An emptied post is gone."""
        contacts = (replace(unit.contact(post) or Contact(post), **self.posts.get(post, {})) for post in POSTS)
        filled = tuple(contact for contact in contacts if not contact.empty)
        return replace(unit, **self.fields, contacts=filled)


def check_row(row: FormRow) -> Entry | list[Problem]:
    """The row as an entry, or every problem in it."""
    problems: list[Problem] = []
    parsed: dict[str, Any] = {}
    for field, text in row.fields.items():
        try:
            parsed[field] = _parser(field)(text)
        except ValueError as error:
            problems.append(Problem(row.number, row.headings[field], str(error)))
    return problems or _entry(row.number, parsed)


def _entry(number: int, parsed: Mapping[str, Any]) -> Entry:
    fields = {key: value for key, value in parsed.items() if "." not in key and key not in _NOT_FIELDS}
    if fields.get("tier", 0) is None:
        del fields["tier"]
    posts: dict[ContactPost, dict[str, str]] = {}
    for post in POSTS:
        given = {key.partition(".")[2]: value for key, value in parsed.items() if key.startswith(f"{post}.")}
        if given:
            posts[post] = given
    return Entry(number, parsed["name"], parsed.get("id"), parsed.get("happened_on"), fields, posts)


def _parser(field: str) -> Callable[[str], Any]:
    return _PARSERS.get(field.rpartition(".")[2] if "." in field else f"unit.{field}", str)


def _required(text: str) -> str:
    if not text:
        raise ValueError("must not be empty")
    return text


def _unit_id(text: str) -> str | None:
    if text and not UNIT_ID.fullmatch(text):
        raise ValueError(f"{text!r} is not a unit id: 1 to 40 of a-z, 0-9 and -, not starting with -")
    return text or None


def _tier(text: str) -> int | None:
    plain = unicodedata.normalize("NFKC", text)
    if plain and plain not in _TIERS:
        raise ValueError(f"{text!r} is not a tier: 1, 2 or 3")
    return _TIERS.get(plain)


def _parent(text: str) -> str | None:
    return text or None


def _keywords(text: str) -> tuple[str, ...]:
    words = _KEYWORD_BREAK.split(unicodedata.normalize("NFKC", text).strip())
    return tuple(dict.fromkeys(word for word in words if word))


def _day(text: str) -> date | None:
    return parse_day(text) if text else None


def _hours(text: str) -> str:
    parse_hours(text)
    return text


_NOT_FIELDS = {"id", "happened_on"}
_PARSERS: dict[str, Callable[[str], Any]] = {
    "unit.name": _required,
    "unit.id": _unit_id,
    "unit.tier": _tier,
    "unit.parent": _parent,
    "unit.keywords": _keywords,
    "unit.filled_by_phone": parse_number,
    "unit.happened_on": _day,
    "phone": parse_number,
    "mobile": parse_number,
    "fax": parse_number,
    "hours": _hours,
}
