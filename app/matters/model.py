"""The ticket as a value: what it says, who works on it, what is due, and all that ever happened to it.

Everything is frozen; a change is a new ticket. `Ticket.model_dump(mode="json")` is what a store keeps and
`Ticket.model_validate` brings it back unchanged.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.matters.clock import Duration


class Value(BaseModel):
    """A frozen value; a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Role(StrEnum):
    FRONT_DESK = "front_desk"
    BACK_OFFICE = "back_office"
    UNIT = "unit"
    UNIT_HEAD = "unit_head"
    LEADER = "leader"
    DISCIPLINE = "discipline"
    SYSTEM = "system"


class Category(StrEnum):
    CONSULT = "consult"
    SUGGESTION = "suggestion"
    COMPLAINT = "complaint"
    REPORT_ECONOMIC = "report_economic"
    HELP_PUBLIC = "help_public"
    HELP_LIFE = "help_life"
    HELP_EMERGENCY = "help_emergency"


class Urgency(StrEnum):
    ORDINARY = "ordinary"
    URGENT = "urgent"
    MAJOR = "major"


class Source(StrEnum):
    """Who the matter comes from: a citizen, a leader's instruction, or an authority above."""

    CITIZEN = "citizen"
    LEADER = "leader"
    SUPERIOR = "superior"


class Status(StrEnum):
    RECEIVED = "received"
    ANSWERED = "answered"
    REFERRED = "referred"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    RETURN_REQUESTED = "return_requested"
    RETURNED = "returned"
    REPORTED = "reported"
    SATISFIED = "satisfied"
    DISSATISFIED = "dissatisfied"
    UNREACHABLE = "unreachable"
    CLOSED = "closed"
    PROVISIONALLY_CLOSED = "provisionally_closed"
    ARCHIVED = "archived"
    MERGED = "merged"


class UnitStatus(StrEnum):
    """Where one unit stands with its part of a ticket."""

    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    RETURN_REQUESTED = "return_requested"
    RETURNED = "returned"
    REPORTED = "reported"
    REPLACED = "replaced"


class Action(StrEnum):
    RECEIVE = "receive"
    ANSWER = "answer"
    REFER = "refer"
    DISPATCH = "dispatch"
    ACCEPT = "accept"
    INFORM = "inform"
    HEAD_READ = "head-read"
    REPORT = "report"
    RETURN = "return"
    APPROVE_RETURN = "approve-return"
    REJECT_RETURN = "reject-return"
    REQUEST_EXTENSION = "request-extension"
    APPROVE_EXTENSION = "approve-extension"
    REJECT_EXTENSION = "reject-extension"
    URGE = "urge"
    SUPERVISE = "supervise"
    EXPLAIN = "explain"
    ESCALATE = "escalate"
    FOLLOW_UP = "follow-up"
    REDO = "redo"
    CLOSE = "close"
    ARCHIVE = "archive"
    MERGE = "merge"
    PUBLISH = "publish"
    MOVE_LIMITS = "move-limits"


class AnswerHow(StrEnum):
    DIRECT = "direct"
    THREE_WAY = "three_way"
    TRANSFER = "transfer"


class DispatchHow(StrEnum):
    DIRECT = "direct"
    JOINT = "joint"
    ASSIGNED = "assigned"


class Part(StrEnum):
    """A lead unit answers the caller; an assisting unit answers the lead."""

    LEAD = "lead"
    ASSISTING = "assisting"


class UrgeHow(StrEnum):
    SYSTEM = "system"
    PHONE = "phone"


class SuperviseHow(StrEnum):
    PHONE = "phone"
    WRITTEN = "written"
    ON_SITE = "on_site"


class FollowUpResult(StrEnum):
    SATISFIED = "satisfied"
    DISSATISFIED = "dissatisfied"
    UNREACHABLE = "unreachable"


class Solvable(StrEnum):
    """What can still be done for a dissatisfied caller: now, later (a promise), never (reasons are owed)."""

    NOW = "now"
    LATER = "later"
    NEVER = "never"


class Satisfaction(StrEnum):
    SATISFIED = "satisfied"
    BASICALLY_SATISFIED = "basically_satisfied"
    DISSATISFIED = "dissatisfied"

    @classmethod
    def _missing_(cls, value: object) -> "Satisfaction | None":
        return _SATISFACTION_ZH.get(str(value))


_SATISFACTION_ZH = {
    "满意": Satisfaction.SATISFIED,
    "基本满意": Satisfaction.BASICALLY_SATISFIED,
    "不满意": Satisfaction.DISSATISFIED,
}


class LimitName(StrEnum):
    DISPATCH_BY = "dispatch_by"
    INFORM_BY = "inform_by"
    REPORT_BY = "report_by"
    RETURN_BY = "return_by"
    FOLLOW_UP_BY = "follow_up_by"
    CLOSE_BY = "close_by"
    EXPLAIN_BY = "explain_by"


class Caller(Value):
    """Who called. `anonymous`: the caller does not want to be named, whatever else is known."""

    name: str = ""
    phone: str = ""
    address: str = ""
    anonymous: bool = False


class Actor(Value):
    """Who acts: a role, the unit it acts for, and the person or account (empty when the system acts)."""

    role: Role
    unit: str = ""
    person: str = ""


class Reply(Value):
    """A unit's reply; which of these a report must hold is the profile's choice."""

    text: str = ""
    signer: str = ""
    unit: str = ""
    handler: str = ""
    replied_at: datetime | None = None
    citizen_answered: bool | None = None


class Answer(Value):
    """An answer on the spot: by the front desk, in a three-party call, or by the one it was transferred to."""

    how: AnswerHow
    text: str
    at: AwareDatetime
    satisfaction: Satisfaction | None = None


class Counted(Value):
    """How a limit was counted: `within` from `since`. A limit that was given as a date has none."""

    since: AwareDatetime
    within: Duration


class Extension(Value):
    """An extension that waits for a decision. `until` is the report limit it asks for."""

    until: AwareDatetime
    counted: Counted | None = None
    reason: str = ""
    measures: str = ""
    signed_by: str = ""
    legal_basis: str = ""


class Urge(Value):
    at: AwareDatetime
    how: UrgeHow


class Supervision(Value):
    """`direct`: supervised from the start because of who sent the matter, not because a limit was missed. `stands`: its
    limit is the unit's new one.
    """

    at: AwareDatetime
    how: SuperviseHow
    limit: AwareDatetime | None = None
    counted: Counted | None = None
    direct: bool = False
    stands: bool = False


class Assignment(Value):
    """One unit's part of a ticket, from its dispatch to its report.

    A redo starts a new round: `dispatched_at` moves, and only urges and supervisions since then count.
    `first_report_by` is the round's limit before any extension. `counted` says how its limits were counted, for a
    calendar that becomes known later; `head_signed_by` is the unit's head who read the matter.
    """

    unit: str
    part: Part
    how: DispatchHow
    status: UnitStatus = UnitStatus.DISPATCHED
    dispatched_at: AwareDatetime
    accepted_at: AwareDatetime | None = None
    informed_at: AwareDatetime | None = None
    reported_at: AwareDatetime | None = None
    inform_by: AwareDatetime | None = None
    report_by: AwareDatetime | None = None
    return_by: AwareDatetime | None = None
    first_report_by: AwareDatetime | None = None
    first_counted: Counted | None = None
    counted: dict[LimitName, Counted] = Field(default_factory=dict)
    extension: Extension | None = None
    extensions_asked: int = 0
    return_asked_at: AwareDatetime | None = None
    return_reason: str = ""
    suggested_unit: str = ""
    head_signed_by: str = ""
    explain_by: AwareDatetime | None = None
    explanation: str = ""
    reply: Reply | None = None
    satisfaction: Satisfaction | None = None
    urges: tuple[Urge, ...] = ()
    supervisions: tuple[Supervision, ...] = ()
    redos: int = 0

    @property
    def working(self) -> bool:
        """Whether the unit still owes its report."""
        return self.status in WORKING

    @property
    def waiting(self) -> bool:
        """Whether the unit waits for the centre's word on sending back: that time is not its own."""
        return self.status is UnitStatus.RETURN_REQUESTED

    @property
    def active(self) -> bool:
        """Whether this part still counts (not returned, not replaced by a later dispatch)."""
        return self.status not in (UnitStatus.RETURNED, UnitStatus.REPLACED)


WORKING = frozenset({UnitStatus.DISPATCHED, UnitStatus.ACCEPTED, UnitStatus.RETURN_REQUESTED})


class FollowUp(Value):
    at: AwareDatetime
    result: FollowUpResult
    solvable: Solvable | None = None


class Entry(Value):
    """One line of the history: who did what, when, why, and where the ticket stood afterwards.

    `unit` is the unit or units it was done to (for an escalation: who it went to); `late` names the limits that it met
    too late.
    """

    at: AwareDatetime
    action: Action
    actor: Actor
    why: str = ""
    unit: str = ""
    status: Status
    late: tuple[LimitName, ...] = ()


class Matter(Value):
    """What the caller wants: told once, when the ticket is received."""

    channel: str
    category: Category
    urgency: Urgency = Urgency.ORDINARY
    source: Source = Source.CITIZEN
    content: str = ""
    caller: Caller = Caller()
    place: str = ""
    persons: str = ""
    happened_at: str = ""
    request: str = ""
    answer_wanted: bool = True
    repeats: int = Field(default=0, ge=0)


class Ticket(Value):
    """The whole state of a ticket. Limits are stored as instants: what people were told moves
    only later, and only when the calendar it was counted by becomes known.

    `dispatch_desk` and `dispatch_since` say who must dispatch and since when; they are set only while a dispatch
    is owed. `closed_by_answer`: closed by an answer on the spot, not yet confirmed by a person. `fired` holds the
    ids of timed effects already applied.
    """

    number: str
    profile: str
    status: Status
    matter: Matter
    received_at: AwareDatetime
    answer: Answer | None = None
    referred_to: str = ""
    referred_phone: str = ""
    passed_to: str = ""
    merged_into: str = ""
    dispatch_desk: Role | None = None
    dispatch_since: AwareDatetime | None = None
    dispatch_by: AwareDatetime | None = None
    dispatch_counted: Counted | None = None
    assignments: tuple[Assignment, ...] = ()
    follow_up_by: AwareDatetime | None = None
    follow_ups: tuple[FollowUp, ...] = ()
    close_by: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    closed_by_answer: bool = False
    published_at: AwareDatetime | None = None
    fired: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    history: tuple[Entry, ...] = ()

    @property
    def active(self) -> tuple[Assignment, ...]:
        """The parts that count now."""
        return tuple(part for part in self.assignments if part.active)

    @property
    def counting(self) -> tuple[Assignment, ...]:
        """The active parts without assisting ones that are still open although every lead has reported.

        The lead answers for all: with its report the others owe nothing to the centre any more.
        """
        leads = [part for part in self.active if part.part is Part.LEAD]
        if not leads or any(part.working for part in leads):
            return self.active
        return tuple(part for part in self.active if not part.working)

    def assignment(self, unit: str) -> Assignment | None:
        """The part of `unit` that counts now, if it has one."""
        return next((part for part in self.active if part.unit == unit), None)

    def replace(self, **changes: Any) -> "Ticket":
        """A copy with some fields changed."""
        return self.model_copy(update=changes)

    def with_assignment(self, changed: Assignment) -> "Ticket":
        """A copy in which the active part of that unit is `changed`."""
        parts = tuple(changed if part.active and part.unit == changed.unit else part for part in self.assignments)
        return self.replace(assignments=parts)


class Unit(Value):
    """What a decision must know of a unit. `parent`: the body above it; `discipline`: a discipline inspection body."""

    id: str = Field(min_length=1)
    name: str = Field(min_length=1)
    contact: str = ""
    phone: str = ""
    leader: str = ""
    parent: str = ""
    discipline: bool = False
