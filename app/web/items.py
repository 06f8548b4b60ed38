"""What the live feed holds, and what of it a person may see. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.people.model import Person
from app.people.rights import RECIPIENTS, Row, may, sees_content
from app.tickets.worklists import lists_of, scope_of
from app.web.ticket_sight import concerns, visible

CALLS, QUEUES, OPERATORS, COUNTS = "calls", "queues", "operators", "counts"
TICKETS, RECORDS, TRANSCRIPT, NOTICES = "tickets", "records", "transcript", "notices"
HELD = (CALLS, QUEUES, OPERATORS, COUNTS)
"""The topics that make up the state; the others are only told."""

_STAFF = frozenset({"operator", "back_office", "supervisor"})
_CALLER = frozenset({"caller", "caller_name", "caller_phone", "caller_number"})
_OF_CITIZEN = frozenset({"name", "number", "phone"})


@dataclass(frozen=True, slots=True)
class Item:
    """One thing as the server knows it, with what decides who may see it.

    `units`: whom it concerns. `operators`: who takes part. `scope`: whose count it is, or whom a notice is for.
    `masks`: whether callers' numbers are masked for units.
    """

    value: Any
    units: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()
    protected: bool = False
    confidential: bool = False
    discipline_unit: str | None = None
    scope: str = ""
    masks: bool = True

    @property
    def row(self) -> Row:
        """What the rights must know of it."""
        return Row(
            unit_ids=self.units,
            operator_ids=self.operators,
            confidential=self.confidential,
            discipline_unit=self.discipline_unit,
            protected_caller=self.protected or self.confidential,
        )


def see(who: Person, topic: str, key: str, item: Item | None) -> tuple[str, Any] | None:
    """The name and the value of a thing as this person may see it; None when it is not for them."""
    if item is None:
        return None
    value = _SIGHTS[topic](who, key, item)
    return None if value is None else (_name(topic, key), value)


def _name(topic: str, key: str) -> str:
    return key.rpartition("/")[2] if topic == COUNTS else key


def _call(who: Person, _key: str, item: Item) -> Any:
    """Of a call staff see all but a protected caller; a unit that it rang sees it, and never who calls."""
    if who.role in _STAFF:
        return item.value if not (item.protected or item.confidential) else unnamed(item.value)
    return unnamed(item.value) if not item.confidential and who.unit_id in item.units else None


def _of_staff(who: Person, _key: str, item: Item) -> Any:
    return item.value if who.role in _STAFF else None


def _count(who: Person, key: str, item: Item) -> Any:
    name = key.rpartition("/")[2]
    mine = any(name == known and item.scope == scope_of(who, known) for known in lists_of(who))
    return item.value if mine and may(who, "ticket.list") else None


def _record(who: Person, _key: str, item: Item) -> Any:
    """That a call's record has grown is for who may look calls up; the record itself is asked for."""
    return item.value if may(who, "call.list") else None


def _ticket(who: Person, _key: str, item: Item) -> Any:
    return visible(item.value, who, masks=item.masks) if concerns(item.value, who) else None


def _said(who: Person, _key: str, item: Item) -> Any:
    """What is being said is for who says it and for those who may listen in."""
    if who.role not in _STAFF:
        return None
    return item.value if may(who, "call.listen_in") or who.operator_id in item.operators else None


def _notice(who: Person, _key: str, item: Item) -> Any:
    """A notice is for whom it names; of a confidential ticket for the discipline unit only."""
    return item.value if item.scope in recipients_of(who) and sees_content(who, item.row) else None


_SIGHTS = {
    CALLS: _call,
    QUEUES: _of_staff,
    OPERATORS: _of_staff,
    COUNTS: _count,
    TICKETS: _ticket,
    RECORDS: _record,
    TRANSCRIPT: _said,
    NOTICES: _notice,
}


def recipients_of(who: Person) -> frozenset[str]:
    """The names under which the regulation's notices reach this person."""
    return frozenset({who.unit_id}) if who.unit_id else RECIPIENTS.get(who.role, frozenset())


def unnamed(value: Any) -> Any:
    """The value without who calls, wherever in it that stands."""
    match value:
        case Mapping():
            blank = _CALLER | (_OF_CITIZEN if value.get("role") == "citizen" else frozenset())
            return {name: "" if name in blank and one else unnamed(one) for name, one in value.items()}
        case list() | tuple():
            return [unnamed(one) for one in value]
    return value
