"""A call that goes out: who asked for it, why, whom it calls; and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ami_bridge.arrangement import Wanted
from ami_bridge.errands import CALLED, Kind, Mode, Outcome, Post, Summons, own_people
from app.calls.events import CallEvent
from app.calls.events import Kind as Happened
from app.dialler.rules import Reason

CALL_BACK: Reason = "call-back"

Reached = Literal[
    "person",
    "machine",
    "busy",
    "no-answer",
    "switched-off",
    "wrong-number",
    "refused",
    "failed",
    "given-up",
    "not-dialled",
]
"""What became of it. `machine`: answered, and nobody pressed what was asked for; `refused`: by the telephone or the
carrier, `failed`: the way there, each with its SIP code; `given-up`: by whoever asked for the call, while it rang.
"""

_REACHED: Mapping[str, Reached] = {
    Outcome.ACCEPTED: "person",
    Outcome.NO_KEY: "machine",
    Outcome.BUSY: "busy",
    Outcome.NO_ANSWER: "no-answer",
    Outcome.UNREACHABLE: "switched-off",
    Outcome.WRONG_NUMBER: "wrong-number",
    Outcome.DECLINED: "refused",
    Outcome.REFUSED: "refused",
    Outcome.FAILED: "failed",
    Outcome.CANCELLED: "given-up",
}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is asked for. `whom` is `caller` or `number`; `ticket` and `call` are what the call is about.

    `asked_by` is the account, `asker` whose telephone rings first, `unit` the unit they ask for, `wish` the dialler's.
    `protected`: who is called is not for everybody to see.
    """

    call_id: str
    number: str = field(repr=False)
    reason: Reason
    asked_by: str
    asker: Wanted
    whom: str = "number"
    ticket: str | None = None
    call: str | None = None
    request_key: str | None = None
    unit: str | None = None
    protected: bool = False
    wish: int | None = None

    @property
    def far(self) -> Summons:
        """Whom the call is to reach."""
        return far_end(self.number, self.whom, self.asked_by)

    def started(self, node: str, at: datetime) -> CallEvent:
        """The event that begins the call: everything that a restarted service must know of it."""
        data = {
            "node": node,
            "caller": self.number,
            "caller_name": "",
            "dialled": "",
            "direction": "out",
            "reason": self.reason,
            "asked_by": self.asked_by,
            "asked_unit": self.unit,
            "protected": self.protected,
            "whom": self.whom,
            "ticket": self.ticket,
            "about": self.call,
        }
        return CallEvent(self.call_id, Happened.STARTED, at, data, "service")


def operator_asks(operator_id: str, asked_by: str) -> Wanted:
    """An operator's own telephone as whose rings first."""
    post = Post.of_operator(operator_id)
    return Wanted(operator_id, operator_id, (post,), manner=own_people(Kind.OPERATOR), asked_by=asked_by)


def far_end(number: str, whom: str, asked_by: str) -> Summons:
    """Whom a call that goes out is to reach, before it rings there."""
    return Summons(CALLED, whom, "", Mode.JOIN, "", Post("line", "", number), asked_by=asked_by)


def reached(outcome: str | None, *, tried: bool, talked: bool) -> Reached:
    """What became of the call: `outcome` is that of the last try to reach whom it calls, if it was `tried`."""
    if talked:
        return "person"
    return _REACHED.get(outcome or "", "given-up") if tried else "not-dialled"
