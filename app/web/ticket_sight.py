"""What of a stored ticket a person may see. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.numbers import masked
from app.people.model import Person
from app.people.rights import Row, sees_caller, sees_content

CALLER = ("caller_phone", "caller_name", "caller_address")
# What is shown of a confidential ticket to those who dispatch, urge and count it (yixing-2011 art. 7(3)3).
_STUB = frozenset(
    {
        "number",
        "profile",
        "status",
        "category",
        "urgency",
        "source",
        "channel",
        "confidential",
        "unit_ids",
        "received_at",
        "due_at",
        "next_deadline",
        "closed_at",
        "late",
        "version",
        "created_at",
        "updated_at",
    }
)


def row_of(row: Mapping[str, Any]) -> Row:
    """What the rights must know of a ticket."""
    return Row(
        unit_ids=frozenset(row["unit_ids"]),
        confidential=row["confidential"],
        discipline_unit=row["discipline_unit"],
        protected_caller=row["anonymous"] or row["confidential"],
    )


def concerns(row: Mapping[str, Any], who: Person) -> bool:
    """Whether a unit's account may know of the ticket at all; everybody else may."""
    if who.role != "unit":
        return True
    mine = {row["discipline_unit"]} if row["confidential"] else set(row["unit_ids"])
    return who.unit_id in mine


def visible(row: dict[str, Any], who: Person, *, masks: bool) -> dict[str, Any]:
    """The ticket's columns that the person may see; `masks`: a unit does not see the whole number of the caller."""
    rights = row_of(row)
    if not sees_content(who, rights):
        return {key: value for key, value in row.items() if key in _STUB}
    hidden = {"state"} if sees_caller(who, rights) else {"state", *CALLER}
    # Suggestions name the caller's other tickets, which are no business of a unit's.
    hidden |= {"suggestions"} if who.role == "unit" else set()
    shown = {key: value for key, value in row.items() if key not in hidden}
    if masks and who.role == "unit" and shown.get("caller_phone"):
        shown["caller_phone"] = masked(shown["caller_phone"])
    # Until a transcript has proposed something there is nothing, which is no proposal of nothing.
    return shown | ({"suggestions": shown["suggestions"] or None} if "suggestions" in shown else {})
