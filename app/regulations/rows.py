"""A profile as rows that people read: subject, which tickets, what holds, by which article. For documents and diffs."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from pydantic import BaseModel

from app.matters.clock import Duration
from app.regulations.form.base import Cited, Match
from app.regulations.form.ending import CloseRule
from app.regulations.form.handling import DispatchLimit, Holds
from app.regulations.form.pressing import Count, EscalationRule
from app.regulations.form.telling import NoticeRule, SecrecyRule
from app.regulations.profile import Profile

LABELS: dict[type, tuple[str, ...]] = {
    DispatchLimit: ("by",),
    CloseRule: ("status",),
    EscalationRule: ("id",),
    NoticeRule: ("on", "kind"),
    SecrecyRule: ("hides",),
}
SKIPPED = {"id", "name", "document", "area", "readings", "contested", "articles"}


@dataclass(frozen=True)
class Row:
    """One rule. `subject` and `label` together name it; `text` says what holds."""

    subject: str
    label: str
    text: str
    article: str
    note: str = ""


def rows(profile: Profile) -> list[Row]:
    """Every rule of the profile in the order of the file; `settings` still open are shown as [name]."""
    found: list[Row] = []
    for name, field in type(profile).model_fields.items():
        if name not in SKIPPED:
            found += _rows(field.alias or name, "", getattr(profile, name))
    return found


def _rows(subject: str, label: str, value: object) -> Iterator[Row]:
    if isinstance(value, Cited):
        yield Row(subject, label or _label(value), _text(value), value.article, value.note)
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            inner = getattr(value, name)
            if isinstance(inner, Cited) or (isinstance(inner, tuple) and inner and isinstance(inner[0], Cited)):
                yield from _rows(f"{subject}.{name}", "", inner)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _rows(subject, str(name), inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from _rows(subject, "", inner)


def _label(rule: Cited) -> str:
    """What tells this rule from its neighbours in a list: what it is for, and which tickets it is about."""
    parts = [plain(getattr(rule, name)) for name in LABELS.get(type(rule), ())]
    when = getattr(rule, "when", None)
    if isinstance(when, Match) and (text := match_text(when)):
        parts.append(text)
    return "; ".join(parts)


def match_text(match: Match) -> str:
    """Which tickets, as words; empty for every ticket."""
    given = {name: getattr(match, name) for name in type(match).model_fields}
    return ", ".join(f"{name} {plain(value)}" for name, value in given.items() if value not in ((), None))


def _text(rule: Cited) -> str:
    hidden = {"article", "note", "when", *LABELS.get(type(rule), ())}
    given = {name: getattr(rule, name) for name in type(rule).model_fields if name not in hidden}
    return "; ".join(f"{name} {plain(value)}" for name, value in given.items() if _worth_saying(value))


def _worth_saying(value: object) -> bool:
    """Not what is empty or off, nor what gets rows of its own."""
    if value is False or value in ("", ()):
        return False
    return not isinstance(value[0] if isinstance(value, tuple) else value, Cited)


def plain(value: object) -> str:
    """A value as people read it in a table."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(plain(item) for item in value)
    return _plain_one(value)


def _plain_one(value: object) -> str:
    match value:
        case Duration():
            return str(value).replace(f"${value.setting}", f"[{value.setting}]") if value.setting else str(value)
        case Enum():
            return str(value.value)
        case Match():
            return match_text(value)
        case Holds():
            return " ".join(f"({name}: {'、'.join(known)})" for name, known in value.model_dump().items() if known)
        case Count():
            return ", ".join(f"{name} {number}" for name, number in value.model_dump().items() if number)
        case _:
            return str(value)
