"""Why a telephone rings for a call: whom it is to bring in, how, which phones follow, and how each ring ended.

A ringing channel carries its errand as its account code, where a restarted service and the journal find it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """Whose telephone it is; a party keeps this as its role."""

    UNIT = "unit"  # a member unit's duty phone
    OPERATOR = "operator"  # a colleague
    QUEUE = "queue"  # whoever of a queue's operators is free
    SERVICE = "service"  # a service number: 110, 119, 120, 122, water, power
    SUPERVISOR = "supervisor"
    CITIZEN = "citizen"  # whom the hotline calls: the far end of a call that goes out


# Operators, and whoever does an operator's work: the citizen may be in their care.
STAFF = frozenset({Kind.OPERATOR, Kind.QUEUE, Kind.SUPERVISOR})


class Mode(StrEnum):
    """What happens when the telephone is answered."""

    JOIN = "join"  # into the talk at once
    CONSULT = "consult"  # with the operator alone first, while the citizen hears music
    HAND_OVER = "hand-over"  # the citizen, who hears music, is theirs
    BACK = "back"  # as before, for the operator who had handed the citizen over in vain
    LISTEN = "listen"  # hears everybody, is heard by nobody
    WHISPER = "whisper"  # heard by the operator alone
    TAKE = "take"  # into the talk; the operator leaves it


# Whoever is rung so hears the call and takes no part in it.
LISTENING = frozenset({Mode.LISTEN, Mode.WHISPER})


class Outcome(StrEnum):
    """How one ring ended."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    NO_KEY = "no-key"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    UNREACHABLE = "unreachable"  # switched off, out of coverage, not registered
    WRONG_NUMBER = "wrong-number"
    REFUSED = "refused"  # by the carrier, or the telephone in other words than `declined`
    FAILED = "failed"  # the way there: a trunk that is down, or an error of its own
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Post:
    """One telephone to ring: a unit's post A, post B or leader; `phone` is its number, or for staff the operator id,
    which then is the post too.

    `tried` are the trunks over which it could not be reached.
    """

    post: str
    name: str
    phone: str
    tried: tuple[str, ...] = ()

    @classmethod
    def of_operator(cls, operator_id: str, name: str = "") -> Post:
        """An operator's own telephone; without a name it goes by the id."""
        return cls(operator_id, name or operator_id, operator_id)


@dataclass(frozen=True, slots=True)
class Manner:
    """How somebody is called. `needs_key`: 1 must be pressed (a machine may answer). `shows_caller`: the citizen's own
    number is shown to them. `urgent`: no limit of a trunk and no ceiling holds it back.
    """

    kind: Kind = Kind.UNIT
    needs_key: bool = True
    shows_caller: bool = False
    urgent: bool = False


DUTY = Manner()
CALLED = Manner(Kind.CITIZEN, needs_key=False)
"""How the far end of a call that goes out is called: with the hotline's own number, and no key to press."""


def own_people(kind: Kind) -> Manner:
    """How our own people are called: they press nothing and see who calls, as for a call of the queue."""
    return Manner(kind, needs_key=False, shows_caller=True)


@dataclass(frozen=True, slots=True)
class Errand:
    """Why one telephone rings."""

    target: str
    post: str
    mode: Mode
    kind: Kind = Kind.UNIT

    @property
    def account(self) -> str:
        """The account code; at most 79 characters are kept (asterisk/channel.h, AST_MAX_ACCOUNT_CODE)."""
        return f"{self.kind.value}:{self.target}/{self.post}/{self.mode.value}"

    @classmethod
    def read(cls, account: str) -> Errand | None:
        """What `account` wrote; None for any other account code. Without a kind (release 0.1) it is a unit's."""
        kind, _, rest = account.rpartition(":")
        kind = kind or Kind.UNIT.value
        target, _, rest = rest.partition("/")
        post, _, mode = rest.partition("/")
        if not (kind in _KINDS and target and post and mode in _MODES):
            return None
        return cls(target, post, Mode(mode), Kind(kind))


@dataclass(frozen=True, slots=True)
class Summons:
    """One request for somebody: the telephone that rings now and those to be rung after it.

    `asked_by` is the account of who asked, empty where a rule did; `back_to` the operator who is rung if a hand-over
    comes to nothing.
    """

    manner: Manner
    target: str
    name: str
    mode: Mode
    attempt_id: str
    post: Post
    remaining: tuple[Post, ...] = ()
    asked_by: str = ""
    back_to: str = ""

    @property
    def kind(self) -> Kind:
        return self.manner.kind

    @property
    def whom(self) -> str:
        """Who is wanted, told apart over all kinds."""
        return self.target if self.kind is Kind.UNIT else f"{self.kind.value}:{self.target}"

    @property
    def errand(self) -> Errand:
        return Errand(self.target, self.post.post, self.mode, self.kind)

    def as_data(self) -> dict[str, Any]:
        """Everything that a restarted service must know, JSON-ready, as the data of the event that announces it."""
        return {
            "attempt": self.attempt_id,
            "kind": self.kind.value,
            "unit": self.target,
            "unit_name": self.name,
            "post": self.post.post,
            "mode": self.mode.value,
            "remaining": [[post.post, post.name, post.phone] for post in self.remaining],
            "needs_key": self.manner.needs_key,
            "shows_caller": self.manner.shows_caller,
            "urgent": self.manner.urgent,
            "asked_by": self.asked_by,
            "back_to": self.back_to,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Summons:
        """Read what `as_data` wrote. Raises KeyError or ValueError on anything else."""
        return cls(
            Manner(
                Kind(data.get("kind", "unit")),
                data.get("needs_key", True),
                data.get("shows_caller", False),
                data.get("urgent", False),
            ),
            data["unit"],
            data["unit_name"],
            Mode(data["mode"]),
            data["attempt"],
            # A post of a unit is rung already: its number is needed no more. An operator's post is the operator id.
            Post(data["post"], "", data["post"] if Kind(data.get("kind", "unit")) in STAFF else ""),
            tuple(Post(*post) for post in data.get("remaining", ())),
            data.get("asked_by", ""),
            data.get("back_to", ""),
        )


def attempt_letter(kind: Kind, mode: Mode) -> str:
    """What the id of an attempt says of who is rung.

    `v` who only listens, `o` who is an operator, `c` whom the hotline calls, `u` anybody else.
    """
    if mode in LISTENING:
        return "v"
    if kind is Kind.CITIZEN:
        return "c"
    return "o" if kind in STAFF else "u"


_KINDS = frozenset(kind.value for kind in Kind)
_MODES = frozenset(mode.value for mode in Mode)
