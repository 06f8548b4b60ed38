"""What an allowed action makes of a ticket, before the history line is added."""

from dataclasses import dataclass

from app.matters.model import Action, LimitName, Role, Ticket
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.notices import Notice

CENTRE = frozenset({Role.FRONT_DESK, Role.BACK_OFFICE})


@dataclass(frozen=True)
class Change:
    """The changed ticket with its new status, who is told what, and which limits the action met too late."""

    ticket: Ticket
    notices: tuple[Notice, ...] = ()
    late: tuple[LimitName, ...] = ()
    unit: str = ""


def deciders(action: Action, place: Jurisdiction) -> tuple[Role, ...]:
    """Who is told that a decision waits: every role that may take it, the system left out."""
    return tuple(role for role in place.profile.actions[action].by if role is not Role.SYSTEM)


def centre(action: Action, place: Jurisdiction) -> tuple[Role, ...]:
    """The desks of the centre that may do this next; the back office when the profile names neither."""
    return tuple(r for r in place.profile.actions[action].by if r in CENTRE) or (Role.BACK_OFFICE,)
