"""From a finished call to its ticket: what the record says, put into the form that the regulation engine takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.calls.record import CallRecord


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
