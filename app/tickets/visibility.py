"""Who may see what of a ticket: its content, who the caller is, and the reply. That it exists is always counted.

The centre and leaders see a ticket unless the profile hides it; a unit and its head see what is dispatched to them;
discipline inspection sees what concerns it: economic reports, what went to it, and what was taken up to it.
"""

from collections.abc import Mapping

from app.matters.model import Action, Category, Role, Ticket
from app.regulations.form.telling import Hidden
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.rules.units import is_discipline

View = Mapping[str, bool]
COUNT = "count"

_UNITS = frozenset({Role.UNIT, Role.UNIT_HEAD})
PEOPLE = tuple(role for role in Role if role is not Role.SYSTEM)


def visible_to(ticket: Ticket, place: Jurisdiction) -> Mapping[Role, View]:
    """For each role: whether it sees `content`, `caller`, `reply`; `count` is always true.

    `unit` stands for the units that have the ticket, other than discipline inspection bodies.
    """
    rules = [rule for rule in place.profile.secrecy if rule.when.covers(ticket)]
    hidden = {(role, what) for rule in rules for role in rule.hidden_from for what in rule.hides}
    return {role: _view(role, ticket, hidden, place) for role in PEOPLE}


def _view(role: Role, ticket: Ticket, hidden: set[tuple[Role, Hidden]], place: Jurisdiction) -> View:
    concerned = _concerned(role, ticket, place)
    return {COUNT: True, **{what.value: concerned and (role, what) not in hidden for what in Hidden}}


def _concerned(role: Role, ticket: Ticket, place: Jurisdiction) -> bool:
    if role in _UNITS:
        return bool(ticket.active)
    if role is not Role.DISCIPLINE:
        return True
    units = [place.units[part.unit] for part in ticket.active if part.unit in place.units]
    return (
        ticket.matter.category is Category.REPORT_ECONOMIC
        or any(is_discipline(unit) for unit in units)
        or any(entry.action is Action.ESCALATE and entry.unit == Role.DISCIPLINE for entry in ticket.history)
    )
