"""One action on one ticket, put before the rules."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from app.matters.model import Actor, Assignment, Ticket
from app.tickets.actions import Args
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.refusal import Refusal

__all__ = ["Case", "Refusal", "missing_needs"]

A_co = TypeVar("A_co", bound=Args, covariant=True)


@dataclass(frozen=True)
class Case(Generic[A_co]):
    """Everything a rule may look at."""

    ticket: Ticket
    args: A_co
    actor: Actor
    now: datetime
    place: Jurisdiction

    def part(self, unit: str) -> Assignment:
        """The unit's active part; raises LookupError when the unit has none (the rules see to that first)."""
        if (found := self.ticket.assignment(unit)) is None:
            raise LookupError(f"{unit} has no part in the ticket")
        return found


def missing_needs(needs: tuple[str, ...], args: Args) -> list[str]:
    """Which of the needed arguments are empty, in the order of `needs`."""
    return [need for need in needs if not str(getattr(args, need, "")).strip()]
