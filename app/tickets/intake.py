"""From a finished call to its ticket: what the record says, put into the form that the regulation engine takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.calls.record import CallRecord
from app.regulations.loader import load_profile
from app.settings import Settings
from app.tickets.actions import CallerArgs, ReceiveArgs
from app.tickets.case import Refusal
from app.tickets.clock import load_calendar
from app.tickets.engine import apply
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.model import Actor, Category, Role, Ticket
from app.tickets.timed import next_deadline


@dataclass(frozen=True, slots=True)
class TicketDraft:
    """A new ticket, but for its number and what the call's record already holds."""

    profile: str
    status: str
    category: str
    urgency: str = "ordinary"
    source: str = "citizen"
    anonymous: bool = False
    confidential: bool = False
    due_at: datetime | None = None
    next_deadline: datetime | None = None
    closed_at: datetime | None = None
    state: dict[str, Any] = field(default_factory=dict)


Intake = Callable[[str, CallRecord], TicketDraft]


# The menu's four categories in the engine's terms; a caller who pressed no key is taken to ask something.
_CATEGORIES = {
    "consult": Category.CONSULT,
    "suggestion": Category.SUGGESTION,
    "complaint": Category.COMPLAINT,
    "help": Category.HELP_PUBLIC,
    "": Category.CONSULT,
}
_FRONT_DESK = Actor(role=Role.FRONT_DESK)


def make_intake(place: Jurisdiction) -> Intake:
    """The intake under a city's regulation: a finished call is received at the moment the citizen dialled."""

    def intake(number: str, record: CallRecord) -> TicketDraft:
        received_at = record.started_at or record.answered_at
        if received_at is None:
            raise ValueError(f"call {record.call_id} has no time")
        anonymous = not record.caller
        args = ReceiveArgs(
            number=number,
            channel="phone",
            category=_CATEGORIES.get(record.category, Category.CONSULT),
            caller=CallerArgs(anonymous=anonymous),
        )
        outcome = apply(None, args, _FRONT_DESK, received_at, place)
        if isinstance(outcome, Refusal):
            raise ValueError(f"the regulation refuses to receive a call: {outcome}")
        return draft_of(outcome.ticket, anonymous=anonymous, place=place)

    return intake


def draft_of(ticket: Ticket, *, anonymous: bool, place: Jurisdiction) -> TicketDraft:
    """The columns of a new ticket. The caller stays out of the engine's state: it is kept in columns of its own."""
    limits = [part.report_by for part in ticket.active if part.report_by]
    return TicketDraft(
        profile=ticket.profile,
        status=ticket.status.value,
        category=ticket.matter.category.value,
        urgency=ticket.matter.urgency.value,
        source=ticket.matter.source.value,
        anonymous=anonymous,
        due_at=min(limits, default=ticket.dispatch_by),
        next_deadline=next_deadline(ticket, place),
        closed_at=ticket.closed_at,
        state=ticket.model_dump(mode="json"),
    )


def jurisdiction(settings: Settings) -> Jurisdiction:
    """The regulation in force. Raises ProfileError, SettingsError (a figure missing), HolidayFileError."""
    regulation = settings.regulation
    profile = load_profile(regulation.profile, regulation.figures)
    return Jurisdiction(profile, load_calendar(regulation.holidays))
