"""What a decision on a ticket depends on besides the ticket: the profile in force, the calendar, the units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from app.matters.clock import Calendar
from app.matters.model import Role, Ticket, Unit
from app.regulations.form.base import Conditional
from app.regulations.profile import Profile
from app.tickets.transitions import Table, table

Rule = TypeVar("Rule", bound=Conditional)


@dataclass(frozen=True)
class Jurisdiction:
    """One city's rules, calendar and units; make one and keep it, the transition table is built once."""

    profile: Profile
    calendar: Calendar = field(default_factory=Calendar)
    units: Mapping[str, Unit] = field(default_factory=dict)
    table: Table = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", table(self.profile))

    def name(self, unit: str) -> str:
        """The unit's name, or its id when the directory does not have it (any more)."""
        return self.units[unit].name if unit in self.units else unit


def first(rules: Sequence[Rule], ticket: Ticket) -> Rule:
    """The first rule that covers the ticket; raises LookupError when none does."""
    for rule in rules:
        if rule.when.covers(ticket):
            return rule
    raise LookupError("no rule covers this ticket")


def desk_of(role: Role, place: Jurisdiction) -> Role:
    """The desk whose dispatch limit holds for `role`: its own where the profile has one, else the first."""
    desks = [limit.by for limit in place.profile.dispatch.limits]
    return role if role in desks else desks[0]
