"""Correcting what was taken down on the call, as long as nobody works on it. Pure.

The regulations know no such step: until the dispatch the ticket is the front desk's own note.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from app.matters.model import Action, Category, Source, Status, Ticket, Urgency, Value
from app.tickets.engine import Outcome, tick
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.limits import late_limits, open_limits
from app.tickets.refusal import Refusal

CORRECTABLE = frozenset({Status.RECEIVED, Status.ANSWERED, Status.RETURNED})
_CALLER = ("name", "phone", "address", "anonymous")


class CorrectArgs(Value):
    """What is to be changed; what is not named stays. `name`, `phone`, `address`, `anonymous` are the caller's."""

    MATTER: ClassVar = ("content", "category", "urgency", "source", "place", "persons", "happened_at", "request")

    content: str | None = Field(None, max_length=20_000)
    category: Category | None = None
    urgency: Urgency | None = None
    source: Source | None = None
    place: str | None = Field(None, max_length=500)
    persons: str | None = Field(None, max_length=500)
    happened_at: str | None = Field(None, max_length=200)
    request: str | None = Field(None, max_length=5_000)
    name: str | None = Field(None, max_length=100)
    phone: str | None = Field(None, max_length=40)
    address: str | None = Field(None, max_length=500)
    anonymous: bool | None = None

    @property
    def matter(self) -> dict[str, Any]:
        """The fields of the matter that change."""
        return {name: value for name in self.MATTER if (value := getattr(self, name)) is not None}

    @property
    def of_caller(self) -> list[str]:
        """Which of the caller's fields change; their values belong in no history."""
        return [name for name in _CALLER if getattr(self, name) is not None]

    def was(self, ticket: Ticket) -> dict[str, Any]:
        """What the changed fields of the matter held before."""
        before = ticket.matter.model_dump(mode="json")
        return {name: before[name] for name, value in self.matter.items() if before[name] != value}


def correct(ticket: Ticket, args: CorrectArgs, now: datetime, place: Jurisdiction) -> Outcome | Refusal:
    """The ticket with the fields changed; refused once units work on it. `now` is aware."""
    if ticket.status not in CORRECTABLE or any(part.working for part in ticket.active):
        article = place.profile.actions[Action.RECEIVE].article
        return Refusal("illegal-state", article, "工单已交办或已办结，不能再更正内容。")
    elapsed = tick(ticket, now, place)
    caller = ticket.matter.caller
    if args.anonymous is not None:
        caller = caller.model_copy(update={"anonymous": args.anonymous})
    matter = elapsed.ticket.matter.model_copy(update={**args.matter, "caller": caller})
    changed = tick(elapsed.ticket.replace(matter=matter), now, place)
    limits = open_limits(changed.ticket, now)
    notices = (*elapsed.notices, *changed.notices)
    return Outcome(
        changed.ticket, limits, late_limits(changed.ticket, now), notices, (*elapsed.applied, *changed.applied)
    )
