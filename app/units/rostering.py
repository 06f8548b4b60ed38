"""A duty roster from a filled form: one row per post and shift, checked against the directory."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.units.days import parse_day, parse_time
from app.units.form import FormRow
from app.units.model import Post, Shift, Unit, name_key
from app.units.phone import parse_number
from app.units.problem import FormError, Problem

_POSTS: dict[str, Post] = {"a": "A", "a岗": "A", "b": "B", "b岗": "B", "leader": "leader", "分管领导": "leader"}
_NEEDED = ("unit", "day", "shift", "post", "starts", "ends")
_DAY = timedelta(days=1)


def plan_roster(rows: Sequence[FormRow], units: Iterable[Unit], zone: ZoneInfo) -> tuple[Shift, ...]:
    """The shifts of a form with 单位, 日期, 班次, 岗位, 开始, 结束, 姓名, 电话. Raises FormError with every problem.

    Units are given by id or name, times as 08:00 in `zone`; an end at or before the start is on the next day.
    """
    known = {key: unit.id for unit in units for key in (name_key(unit.name), unit.id)}
    problems: list[Problem] = []
    shifts: dict[tuple[str, date, str, str], Shift] = {}
    for row in rows:
        fields, found = _parsed(row, known)
        problems += found
        if found:
            continue
        shift = _shift(fields, zone)
        key = (shift.unit_id, shift.day, shift.shift, shift.post)
        if key in shifts:
            problems.append(Problem(row.number, "", "the same unit, day, shift and post as in a row above"))
        shifts[key] = shift
    if problems:
        raise FormError(problems)
    return tuple(shifts.values())


def _parsed(row: FormRow, known: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    parsed: dict[str, Any] = {}
    problems: list[Problem] = []
    for field in (*_NEEDED, "name", "phone"):
        try:
            parsed[field] = _field(field, row.fields.get(field, ""), known)
        except ValueError as error:
            problems.append(Problem(row.number, row.headings.get(field, field), str(error)))
    return parsed, problems


def _field(field: str, text: str, known: Mapping[str, str]) -> Any:
    if not text and field in _NEEDED:
        raise ValueError("must not be empty")
    match field:
        case "unit":
            return _known(name_key(text), known, "neither the id nor the name of a unit")
        case "post":
            plain = unicodedata.normalize("NFKC", text).lower()
            return _known(plain, _POSTS, "no post: A, B or 分管领导")
        case "day":
            return parse_day(text)
        case "starts" | "ends":
            return parse_time(text, is_end=field == "ends")
        case "phone":
            return parse_number(text)
        case _:
            return text


def _known(text: str, values: Mapping[str, Any], why: str) -> Any:
    if text not in values:
        raise ValueError(f"{text!r} is {why}")
    return values[text]


def _shift(fields: Mapping[str, Any], zone: ZoneInfo) -> Shift:
    day: date = fields["day"]
    overnight = fields["ends"] <= fields["starts"]
    return Shift(
        unit_id=fields["unit"],
        day=day,
        shift=fields["shift"],
        post=fields["post"],
        starts_at=datetime.combine(day, fields["starts"], zone),
        ends_at=datetime.combine(day + _DAY if overnight else day, fields["ends"], zone),
        name=fields["name"],
        phone=fields["phone"],
    )
