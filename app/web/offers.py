"""With each ticket: what this person may do to it now, what each action needs, and why the others are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from app.matters.model import Action, Role, Ticket
from app.people.model import Person
from app.people.rights import Action as Right
from app.people.rights import Forbidden, may, require, sees_caller
from app.tickets.actions import MODELS
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.offers import CORRECT, Denied, Offer, offer, offer_correction
from app.tickets.service import actor_of
from app.tickets.store import hydrate
from app.web.keys import TICKETS
from app.web.ticket_sight import CALLER, row_of

_NOT_BY_NAME = frozenset({Action.RECEIVE, Action.REQUEST_EXTENSION, Action.MOVE_LIMITS})

PATHS: Mapping[str, Action] = {
    **{action.value: action for action in MODELS if action not in _NOT_BY_NAME},
    "extend": Action.REQUEST_EXTENSION,
}
"""The path of each action; everything but `extend` is the action's own name."""


def right_of(name: str) -> Right:
    """The right to the action of a path."""
    right: Right = f"ticket.{name.replace('-', '_')}"  # type: ignore[assignment]
    return right


async def offers(request: web.Request, who: Person, row: Mapping[str, Any]) -> dict[str, Any]:
    """`allowed` and `refused` for a stored ticket; what the role never does is in neither."""
    tickets = request.app[TICKETS]
    asked = _Asked(who, row, hydrate(row["state"], "", "", ""), tickets.now(), await tickets.place())
    made = {name: asked.action(name) for name in PATHS if may(who, right_of(name))}
    if may(who, "ticket.correct"):
        made[CORRECT] = asked.correction()
    return {
        "allowed": [_allowed(name, found) for name, found in made.items() if isinstance(found, Offer)],
        "refused": [_refused(name, found) for name, found in made.items() if not isinstance(found, Offer)],
    }


@dataclass(frozen=True, slots=True)
class _Asked:
    """One person before one ticket. What the person's rights refuse is said in the words of the rights."""

    who: Person
    row: Mapping[str, Any]
    ticket: Ticket
    now: datetime
    place: Jurisdiction

    def action(self, name: str) -> Offer | Denied | str:
        """A supervisor is offered what only the leader in charge decides, to put it down."""
        if (why := self._forbidden(right_of(name))) is not None:
            return why
        found = offer(self.ticket, PATHS[name], actor_of(self.who), self.now, self.place)
        if isinstance(found, Offer) or self.who.role != "supervisor":
            return found
        led = offer(self.ticket, PATHS[name], actor_of(self.who, leader=True), self.now, self.place)
        return led if isinstance(led, Offer) else found

    def correction(self) -> Offer | Denied | str:
        if (why := self._forbidden("ticket.correct")) is not None:
            return why
        seen = sees_caller(self.who, row_of(self.row))
        caller = {name.removeprefix("caller_"): self.row[name] if seen else "" for name in CALLER}
        return offer_correction(self.ticket, self.now, self.place, caller)

    def _forbidden(self, right: Right) -> str | None:
        try:
            require(self.who, right, row_of(self.row))
        except Forbidden as error:
            return str(error)
        return None


def _allowed(name: str, made: Offer) -> dict[str, Any]:
    return {
        "action": name,
        "needs": [asdict(need) for need in made.needs],
        "role": "leader" if made.role is Role.LEADER else None,
    }


def _refused(name: str, made: Denied | str) -> dict[str, Any]:
    if isinstance(made, str):
        return {"action": name, "reason": made, "article": "", "code": "not-allowed"}
    refusal = made.refusal
    return {
        "action": name,
        "reason": refusal.message,
        "article": refusal.article,
        "code": f"rule-{refusal.rule}",
    }
