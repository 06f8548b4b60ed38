"""What a filled registration form would change in the directory, worked out before anything is changed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.units.changes import Deadline, told_late
from app.units.columns import REGISTRATION
from app.units.entry import Entry, check_row
from app.units.form import FormRow
from app.units.model import POSTS, Contact, ContactPost, Unit, name_key
from app.units.problem import FormError, Problem

_UNIT_FIELDS = ("name", "tier", "parent", "remit", "keywords", "note", "filled_by", "filled_by_phone")
_CONTACT_FIELDS = tuple(field.name for field in fields(Contact) if field.name != "post")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value that would change; `field` is `tier`, `A.mobile`, ..."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class UnitChange:
    """A unit that would be added (`before` None) or changed; `late`: told after the regulation's limit."""

    row: int
    unit: Unit
    before: Unit | None
    changes: tuple[FieldChange, ...]
    happened_on: date
    late: bool

    @property
    def posts(self) -> tuple[ContactPost, ...]:
        """The posts whose contact is opened, closed or replaced."""
        return changed_posts(self.before, self.unit)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """All that an import would do; units that the form does not name are left as they are."""

    changes: tuple[UnitChange, ...]
    unchanged: int
    warnings: tuple[str, ...]


def plan_import(
    rows: Sequence[FormRow],
    current: Iterable[Unit],
    told_at: datetime,
    zone: ZoneInfo,
    deadline: Deadline | None = None,
) -> ImportPlan:
    """Compare a form with the directory. `told_at` (aware) is when the centre received it.

    A row belongs to the unit with its id, else to the unit with its name. Raises FormError with every problem of
    every row; then nothing is to be changed.
    """
    directory = {unit.id: unit for unit in current}
    entries = _checked(rows)
    pairs = [(entry, _matching(entry, directory)) for entry in entries]
    drafts = [(entry, before, _draft(entry, before)) for entry, before in pairs]
    names = {name_key(unit.name): unit.id for unit in [*directory.values(), *(draft for _, _, draft in drafts)]}
    resolved = [(entry, before, _with_parent(draft, names)) for entry, before, draft in drafts]
    problems = [*_duplicates(resolved, directory), *_tree_problems(resolved, directory)]
    if problems:
        raise FormError(problems)
    told_on = told_at.astimezone(zone).date()
    changes = [
        _change(entry, before, unit, told_on, told_at, deadline) for entry, before, unit in resolved if unit != before
    ]
    warnings = [text for entry, _, unit in resolved for text in _warnings(entry.row, unit)]
    warnings += [
        f"row {change.row}: {change.unit.name}: {change.happened_on} is still to come; the change counts from now on"
        for change in changes
        if change.happened_on > told_on
    ]
    return ImportPlan(tuple(changes), len(resolved) - len(changes), tuple(warnings))


def changed_posts(before: Unit | None, after: Unit) -> tuple[ContactPost, ...]:
    return tuple(post for post in POSTS if (before.contact(post) if before else None) != after.contact(post))


def new_unit_id(name: str) -> str:
    """An id for a unit whose form gives none: always the same for the same name, however it is spelt."""
    return "u-" + hashlib.sha256(name_key(name).encode()).hexdigest()[:10]


def _checked(rows: Sequence[FormRow]) -> list[Entry]:
    entries: list[Entry] = []
    problems: list[Problem] = []
    for row in rows:
        match check_row(row):
            case Entry() as entry:
                entries.append(entry)
            case found:
                problems += found
    if problems:
        raise FormError(problems)
    return entries


def _matching(entry: Entry, directory: dict[str, Unit]) -> Unit | None:
    if entry.id is not None:
        return directory.get(entry.id)
    return next((unit for unit in directory.values() if name_key(unit.name) == name_key(entry.name)), None)


def _draft(entry: Entry, before: Unit | None) -> Unit:
    draft = entry.applied_to(before or Unit(entry.id or new_unit_id(entry.name), entry.name))
    only_respelt = before is not None and name_key(before.name) == name_key(draft.name)
    return replace(draft, name=before.name) if before and only_respelt else draft


def _with_parent(unit: Unit, names: Mapping[str, str]) -> Unit:
    """A parent may be given by name; the directory keeps its id."""
    return replace(unit, parent=names.get(name_key(unit.parent), unit.parent)) if unit.parent else unit


_Resolved = Sequence[tuple[Entry, Unit | None, Unit]]


def _duplicates(resolved: _Resolved, directory: dict[str, Unit]) -> Iterator[Problem]:
    ids = Counter(unit.id for _, _, unit in resolved)
    after = directory | {unit.id: unit for _, _, unit in resolved}
    names = Counter(name_key(unit.name) for unit in after.values())
    for entry, _, unit in resolved:
        if ids[unit.id] > 1:
            yield Problem(entry.row, REGISTRATION.key_heading, f"unit {unit.id} ({unit.name}) is in the form twice")
        elif names[name_key(unit.name)] > 1:
            yield Problem(entry.row, REGISTRATION.key_heading, f"{unit.name} is the name of another unit too")


def _tree_problems(resolved: _Resolved, directory: dict[str, Unit]) -> Iterator[Problem]:
    after = directory | {unit.id: unit for _, _, unit in resolved}
    rows = {unit.id: entry.row for entry, _, unit in resolved}
    for unit in after.values():
        if unit.parent is None:
            continue
        parent = after.get(unit.parent)
        row = rows.get(unit.id) or rows.get(unit.parent, 0)
        if parent is None:
            yield Problem(row, "parent", f"{unit.parent!r} is neither an id nor the name of a unit")
        elif parent.tier >= unit.tier:
            yield Problem(
                row,
                "parent",
                f"{unit.name} (tier {unit.tier}) cannot be below {parent.name} (tier {parent.tier}): "
                "a parent is of a higher tier, 1 above 2 above 3",
            )


def _change(
    entry: Entry,
    before: Unit | None,
    unit: Unit,
    told_on: date,
    told_at: datetime,
    deadline: Deadline | None,
) -> UnitChange:
    happened_on = entry.happened_on or told_on
    people_changed = before is not None and changed_posts(before, unit) != ()
    return UnitChange(
        row=entry.row,
        unit=unit,
        before=before,
        changes=tuple(_differences(before, unit)),
        happened_on=happened_on,
        late=people_changed and told_late(happened_on, told_at, deadline),
    )


def _differences(before: Unit | None, after: Unit) -> Iterator[FieldChange]:
    for name in _UNIT_FIELDS:
        old = _shown(getattr(before, name)) if before else ""
        new = _shown(getattr(after, name))
        if old != new:
            yield FieldChange(name, old, new)
    for post in POSTS:
        was = (before.contact(post) if before else None) or Contact(post)
        is_now = after.contact(post) or Contact(post)
        for name in _CONTACT_FIELDS:
            if getattr(was, name) != getattr(is_now, name):
                yield FieldChange(f"{post}.{name}", getattr(was, name), getattr(is_now, name))


def _shown(value: object) -> str:
    if value is None:
        return ""
    return "、".join(value) if isinstance(value, tuple) else str(value)


def _warnings(row: int, unit: Unit) -> Iterator[str]:
    """What the regulations ask of every unit and this one lacks: no reason to refuse the form."""
    labels: dict[ContactPost, str] = {"leader": "分管领导", "A": "经办人A", "B": "经办人B"}
    for post, label in labels.items():
        contact = unit.contact(post)
        if contact is None:
            yield f"row {row}: {unit.name} names no {label} (yixing-2011 art. 5(2), minhe-2018)"
        elif not contact.number:
            yield f"row {row}: {unit.name}: {label} has no telephone number to dial"
