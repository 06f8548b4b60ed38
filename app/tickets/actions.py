"""What each action needs to be told: one typed argument model per action; a key it does not know is an error.

What a regulation may demand (a reason, a signature) is optional here and demanded by the rules, so that the
refusal can name the article.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from app.matters.clock import ZONE, end_of
from app.matters.model import (
    Action,
    AnswerHow,
    Caller,
    Category,
    DispatchHow,
    FollowUpResult,
    Part,
    Reply,
    Role,
    Satisfaction,
    Solvable,
    Source,
    SuperviseHow,
    UrgeHow,
    Urgency,
    Value,
)

EARLIEST, LATEST = 2000, 2100


def instant(value: object) -> datetime:
    """A time a person wrote: ISO 8601; without an offset it is Asia/Shanghai. Raises ValueError."""
    return _read(value, time.min)


def last_instant(value: object) -> datetime:
    """A limit a person wrote: a date means its last second. Raises ValueError."""
    return _read(value, None)


def _read(value: object, day_means: time | None) -> datetime:
    if isinstance(value, str):
        value = _parse(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = end_of(value) if day_means is None else datetime.combine(value, day_means)
    if not isinstance(value, datetime):
        raise ValueError("a date or time is needed, such as 2026-09-30T16:00")
    if not EARLIEST <= value.year < LATEST:
        raise ValueError(f"the year must lie between {EARLIEST} and {LATEST - 1}")
    return value.replace(tzinfo=ZONE) if value.tzinfo is None else value.astimezone(ZONE)


def _parse(text: str) -> date | datetime:
    try:
        return date.fromisoformat(text)
    except ValueError:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text!r} is no ISO 8601 date or time, such as 2026-09-30T16:00") from None


Instant = Annotated[datetime, BeforeValidator(instant)]
LastInstant = Annotated[datetime, BeforeValidator(last_instant)]
WorkingDays = Annotated[int, Field(ge=1, le=250, strict=True)]

# What a person writes is bounded: some of it is looked for by indexes, which hold no more than a page does.
Name = Annotated[str, Field(max_length=200)]
Line = Annotated[str, Field(max_length=500)]
Text = Annotated[str, Field(max_length=5_000)]
LongText = Annotated[str, Field(max_length=20_000)]
_MOST_UNITS = 50


class Args(Value):
    """The arguments of one action; `action` says which."""

    action: ClassVar[Action]

    @property
    def why(self) -> str:
        """The reason that goes into the history."""
        return ""


class Reasoned(Args):
    reason: Text = ""

    @property
    def why(self) -> str:
        return self.reason


class CallerArgs(Caller):
    """The caller as told; numbers given as figures are taken as text."""

    name: Line = ""
    phone: Annotated[Line, BeforeValidator(lambda v: str(v) if type(v) is int else v)] = ""
    address: Line = ""


class ReceiveArgs(Args):
    """`number` is the ticket's number; `repeats` counts earlier complaints by the same caller on the same matter."""

    action: ClassVar = Action.RECEIVE
    number: Name = ""
    channel: str = Field(min_length=1, max_length=100)
    category: Category
    urgency: Urgency = Urgency.ORDINARY
    source: Source = Source.CITIZEN
    content: LongText = ""
    caller: CallerArgs = CallerArgs()
    place: Line = ""
    persons: Line = ""
    happened_at: Line = ""
    request: Text = ""
    answer_wanted: bool = True
    repeats: int = Field(default=0, ge=0)


class AnswerArgs(Args):
    """`consent`: what the caller said to being passed on to a service that may cost money."""

    action: ClassVar = Action.ANSWER
    text: LongText = ""
    how: AnswerHow
    satisfaction: Satisfaction | None = None
    consent: bool | None = None


class ReferArgs(Reasoned):
    """`to`: the body in charge, `phone` its telephone; `passed_to`: where the call was put through, if it was."""

    action: ClassVar = Action.REFER
    to: Line = ""
    phone: Annotated[Line, BeforeValidator(lambda v: str(v) if type(v) is int else v)] = ""
    passed_to: Line = ""


class UnitPart(Value):
    """A unit to dispatch to. Without a role it leads, unless another one does: then it assists."""

    unit: str = Field(min_length=1, max_length=200)
    role: Part | None = None


class DispatchArgs(Reasoned):
    """`limit`: the report limit where the centre (or a statute, named as `legal_basis`) sets it; a date means its last
    second.
    """

    action: ClassVar = Action.DISPATCH
    how: DispatchHow = DispatchHow.DIRECT
    units: tuple[UnitPart, ...] = Field(max_length=_MOST_UNITS)
    limit: LastInstant | None = None
    legal_basis: Text = ""


class UnitArgs(Args):
    """An action of one unit on its own part."""

    unit: str = Field(min_length=1, max_length=200)


class AcceptArgs(UnitArgs):
    action: ClassVar = Action.ACCEPT


class InformArgs(Args):
    """Without a unit: the centre itself told the caller. `note` says how, and by which call."""

    action: ClassVar = Action.INFORM
    unit: Name = ""
    note: Text = ""

    @property
    def why(self) -> str:
        return self.note


class HeadReadArgs(UnitArgs):
    """The unit's head has read the matter and said how it is to be handled (`note`); `signed_by` is the head's name."""

    action: ClassVar = Action.HEAD_READ
    signed_by: Name = ""
    note: Text = ""

    @property
    def why(self) -> str:
        return " ".join(part for part in (self.signed_by, self.note) if part)


class ReplyArgs(Reply):
    text: LongText = ""
    signer: Name = ""
    unit: Name = ""
    handler: Name = ""
    replied_at: Instant | None = None


class ReportArgs(UnitArgs):
    action: ClassVar = Action.REPORT
    reply: ReplyArgs
    satisfaction: Satisfaction | None = None


class ReturnArgs(UnitArgs, Reasoned):
    action: ClassVar = Action.RETURN
    suggested_unit: Line = ""


class DecisionArgs(Reasoned):
    """A decision on what a unit asked for; `unit` is needed only when several units ask."""

    unit: Name = ""


class ApproveReturnArgs(DecisionArgs):
    action: ClassVar = Action.APPROVE_RETURN


class RejectReturnArgs(DecisionArgs):
    action: ClassVar = Action.REJECT_RETURN


class RequestExtensionArgs(UnitArgs, Reasoned):
    """The new limit as working days beyond the present one, or as the day `until`."""

    action: ClassVar = Action.REQUEST_EXTENSION
    working_days: WorkingDays | None = None
    until: LastInstant | None = None
    measures: Text = ""
    signed_by: Name = ""
    legal_basis: Text = ""


class ApproveExtensionArgs(DecisionArgs):
    action: ClassVar = Action.APPROVE_EXTENSION


class RejectExtensionArgs(DecisionArgs):
    action: ClassVar = Action.REJECT_EXTENSION


class UrgeArgs(DecisionArgs):
    """Without a unit: every unit that still owes its report."""

    action: ClassVar = Action.URGE
    how: UrgeHow = UrgeHow.PHONE


class SuperviseArgs(DecisionArgs):
    """Without a unit: every unit of the ticket."""

    action: ClassVar = Action.SUPERVISE
    how: SuperviseHow = SuperviseHow.PHONE
    limit: LastInstant | None = None


class ExplainArgs(UnitArgs, Reasoned):
    """A unit's answer to a supervision: why (`reason`), and what it does now (`measures`)."""

    action: ClassVar = Action.EXPLAIN
    measures: Text = ""

    @property
    def why(self) -> str:
        return " ".join(part for part in (self.reason, self.measures) if part)


class EscalateArgs(Reasoned):
    """`to`: a role, or the name of a body. A unit (`unit`, if several work) says what it did first, `measures`."""

    action: ClassVar = Action.ESCALATE
    to: str = Field(min_length=1, max_length=200)
    unit: Name = ""
    measures: Text = ""

    @property
    def why(self) -> str:
        return " ".join(part for part in (self.reason, self.measures) if part)


class FollowUpArgs(Args):
    action: ClassVar = Action.FOLLOW_UP
    result: FollowUpResult
    solvable: Solvable | None = None
    note: Text = ""

    @property
    def why(self) -> str:
        return " ".join(part for part in (self.result, self.solvable or "", self.note) if part)


class RedoArgs(DecisionArgs):
    """Without a unit: every unit that answered. `limit` where the centre (or a statute) sets a limit of its own."""

    action: ClassVar = Action.REDO
    limit: LastInstant | None = None
    legal_basis: Text = ""


class CloseArgs(Reasoned):
    action: ClassVar = Action.CLOSE


class ArchiveArgs(Reasoned):
    action: ClassVar = Action.ARCHIVE


class MergeArgs(Reasoned):
    """`into`: the number of the ticket that goes on."""

    action: ClassVar = Action.MERGE
    into: str = Field(min_length=1, max_length=100)


class PublishArgs(Reasoned):
    action: ClassVar = Action.PUBLISH


class MoveLimitsArgs(Reasoned):
    """The system moves what was counted by a calendar that has become known."""

    action: ClassVar = Action.MOVE_LIMITS


MODELS: Mapping[Action, type[Args]] = {
    model.action: model
    for model in (
        ReceiveArgs,
        AnswerArgs,
        ReferArgs,
        DispatchArgs,
        AcceptArgs,
        InformArgs,
        HeadReadArgs,
        ReportArgs,
        ReturnArgs,
        ApproveReturnArgs,
        RejectReturnArgs,
        RequestExtensionArgs,
        ApproveExtensionArgs,
        RejectExtensionArgs,
        UrgeArgs,
        SuperviseArgs,
        ExplainArgs,
        EscalateArgs,
        FollowUpArgs,
        RedoArgs,
        CloseArgs,
        ArchiveArgs,
        MergeArgs,
        PublishArgs,
        MoveLimitsArgs,
    )
}

UNIT_ACTIONS = frozenset(
    {
        *(Action.ACCEPT, Action.INFORM, Action.HEAD_READ, Action.REPORT, Action.RETURN),
        *(Action.REQUEST_EXTENSION, Action.EXPLAIN),
    }
)


def parse_args(action: Action, data: Mapping[str, Any]) -> Args:
    """The typed arguments of an action; raises pydantic.ValidationError naming each wrong key."""
    return MODELS[action].model_validate(dict(data))


def default_role(action: Action) -> Role | None:
    """Who acts when nobody is named: a unit on its own part; otherwise somebody must be named."""
    return Role.UNIT if action in UNIT_ACTIONS else None
