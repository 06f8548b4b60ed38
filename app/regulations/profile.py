"""The form of a regulation profile: every figure and choice that the ticket engine reads, each with its article.

A profile file is YAML; `app.regulations.loader` reads it. Durations are written `5 wd` (working days), `3 cd`
(calendar days), `48 h`, `same day`, or `$name wd` where the city must fill in the figure `name`.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from app.tickets.clock import Duration
from app.tickets.model import (
    Action,
    AnswerHow,
    Category,
    Role,
    Source,
    Status,
    Ticket,
    Urgency,
    Value,
)

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Cited(Value):
    """A rule with the article it comes from; `note` says how the article was read or what had to be chosen."""

    article: Text
    note: str = ""


class Match(Value):
    """Which tickets a rule is about; what is not given matches every ticket."""

    category: tuple[Category, ...] = ()
    urgency: tuple[Urgency, ...] = ()
    source: tuple[Source, ...] = ()
    answered: tuple[AnswerHow, ...] = ()
    anonymous: bool | None = None

    def covers(self, ticket: Ticket) -> bool:
        matter = ticket.matter
        answered = ticket.answer.how if ticket.answer else None
        return (
            (not self.category or matter.category in self.category)
            and (not self.urgency or matter.urgency in self.urgency)
            and (not self.source or matter.source in self.source)
            and (not self.answered or answered in self.answered)
            and (self.anonymous is None or matter.caller.anonymous is self.anonymous)
        )


class Conditional(Cited):
    """A rule for some tickets; in a list the first rule that covers the ticket is taken."""

    when: Match = Match()


class Setting(Cited):
    """A figure that the city gives. Without a default the profile demands it."""

    about: Text
    default: int | None = Field(default=None, ge=1, le=366)


class Figure(Cited):
    value: int = Field(ge=0)


class Share(Cited):
    value: float = Field(ge=0, le=1)


class National(Value):
    """The national service level every profile starts from."""

    answer_within_seconds: Figure
    answered_share: Share
    messages_within_hours: Figure


class Names(Cited):
    value: tuple[Text, ...] = Field(min_length=1)


class CategoryRule(Cited):
    """What the regulation calls this category. `assessed`: whether it counts in the assessment of units."""

    name: Text
    assessed: bool = True


class ActionRule(Cited):
    """Who may do an action; nobody when the list is empty, and then the note says why."""

    by: tuple[Role, ...]


class AnswerRule(Conditional):
    """`closes`: a satisfied caller's ticket is closed with the answer."""

    closes: bool = True


class DispatchLimit(Cited):
    """Within what time a desk must dispatch, counted from when the matter came in or back; null: no limit."""

    by: Role
    within: Duration | None


class OnlyTo(Conditional):
    """Tickets that may go only to units whose name holds one of these words (or that are marked so)."""

    names: tuple[Text, ...] = Field(min_length=1)


class Several(Cited):
    """Several units: who may name a lead and assisting units, and who may let each unit answer by itself.

    `decided_above`: the matter must have been taken up to this role first.
    """

    lead_named_by: tuple[Role, ...]
    each_answers_by: tuple[Role, ...] = ()
    decided_above: Role | None = None


class Dispatch(Value):
    limits: tuple[DispatchLimit, ...]
    several: Several
    only_to: tuple[OnlyTo, ...] = ()
    contact_on_ticket: Cited | None = None
    several_are_joint: Cited | None = None


class Inform(Cited):
    """Within what time a unit tells the caller that it has the matter, counted from the dispatch."""

    within: Duration | None


class Given(StrEnum):
    """Whether the centre may set a report limit of its own at the dispatch."""

    REFUSED = "refused"
    ALLOWED = "allowed"
    REQUIRED = "required"


class ReportLimit(Conditional):
    """Within what time a unit completes and reports, counted from the dispatch. `ceiling` bounds it for good."""

    within: Duration | None
    given: Given = Given.REFUSED
    ceiling: Duration | None = None


class ReplyRule(Cited):
    """What a report must hold. `asked` is asked for with a notice, `needs` is refused when it is missing."""

    needs: tuple[str, ...] = ("text",)
    asked: tuple[str, ...] = ()
    sentences: int = Field(default=1, ge=1)
    answered_first: bool = False

    @field_validator("needs", "asked")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        known = ("text", "signer", "unit", "handler", "replied_at", "satisfaction", "informed")
        if unknown := [item for item in value if item not in known]:
            raise ValueError(f"{unknown[0]!r} is no part of a reply; use {', '.join(known)}")
        return value


class ReturnRule(Cited):
    """Sending a ticket back to the centre. `consent`: the centre must agree before it is dispatched again."""

    within: Duration | None
    needs: tuple[str, ...] = ("reason",)
    consent: bool = True


class ExtensionBase(StrEnum):
    LIMIT = "limit"
    DISPATCH = "dispatch"


class ExtensionRule(Conditional):
    """Extensions. `ceiling` counts from the present limit or from the dispatch; `times` bounds the requests."""

    needs: tuple[str, ...] = ()
    ceiling: Duration | None = None
    ceiling_from: ExtensionBase = ExtensionBase.LIMIT
    times: int | None = Field(default=None, ge=1)
    decided_by: tuple[Role, ...] = Field(min_length=1)
    in_principle: bool = False

    @field_validator("needs")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        known = ("reason", "measures", "signed_by", "legal_basis")
        if unknown := [item for item in value if item not in known]:
            raise ValueError(f"{unknown[0]!r} is not asked of an extension; use {', '.join(known)}")
        return value


class Owed(StrEnum):
    """A follow-up call that is not to be made, may be made, or must be made before closing."""

    NEVER = "never"
    OPTIONAL = "optional"
    REQUIRED = "required"


class FollowUpRule(Conditional):
    """Whether and when the caller is called afterwards; `within` counts from the report limit.

    `before_report`: once the limit has passed the desk calls although the unit has not reported. `say_solvable`: for a
    dissatisfied caller it must be said what can still be done, and what can be done now must be done again.
    """

    owed: Owed
    within: Duration | None = None
    before_report: bool = False
    say_solvable: bool = False


class CloseRule(Cited):
    """From which statuses who may close, and to what; the close limit counts from the report limit."""

    status: tuple[Status, ...] = Field(min_length=1)
    by: tuple[Role, ...]
    provisional: bool = False


class Close(Cited):
    within: Duration | None
    rules: tuple[CloseRule, ...] = Field(min_length=1)
    provisional_by_itself: tuple[Status, ...] = ()


class RedoRule(Cited):
    """Handling again. `within` null: the limit of a first dispatch of such a ticket."""

    within: Duration | None = None


class Near(Cited):
    """When to remind of a limit: at `hour` o'clock, this many working days before its last day."""

    working_days: int = Field(ge=0, le=30)
    hour: int = Field(ge=0, le=23)


class UrgeRule(Cited):
    """Urging by itself: from the missed limit on, `every` so often, at most `times` times; 0: only people urge."""

    times: int = Field(ge=0, le=20)
    every: Duration = Duration.parse("1 wd")
    without_limit_after: Duration | None = None


class SuperviseRule(Cited):
    """Supervision by itself when a limit is missed, with a new limit `within`; at most `times` times."""

    times: int = Field(ge=0, le=20)
    within: Duration | None = None
    direct: Match | None = None


class Count(Value):
    """How often something must have happened to one unit's part (or, for repeats, to the ticket)."""

    urges: int = Field(default=0, ge=0)
    system_urges: int = Field(default=0, ge=0)
    phone_urges: int = Field(default=0, ge=0)
    supervisions: int = Field(default=0, ge=0)
    redos: int = Field(default=0, ge=0)
    repeats: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not any(self.model_dump().values()):
            raise ValueError("says nothing; give at least one count")
        return self

    @property
    def waits(self) -> bool:
        """Whether the unit gets time to react to the last urge or supervision first."""
        return bool(self.urges or self.system_urges or self.phone_urges or self.supervisions)


class EscalationRule(Conditional):
    """When the centre goes above the unit by itself: after these counts and, for urges, `wait` without a report.

    One urge more than the count shows at once that the others were in vain. `kind` is the kind of its notices.
    """

    id: Text
    kind: Text
    after: Count
    wait: Duration | None = None
    to: tuple[Role, ...] = Field(min_length=1)
    text: Text


class Occasion(StrEnum):
    """When a notice of the profile goes out."""

    RECEIVE = "receive"
    ANSWER = "answer"
    REFER = "refer"
    DISPATCH = "dispatch"
    REPORT = "report"
    REDO = "redo"
    SUPERVISE = "supervise"


class NoticeRule(Conditional):
    """What the regulation wants said. `to`: roles, `caller`, or `units`. In the text {units}, {contacts}, {to},
    {reason} and {report_by} are filled in.
    """

    on: Occasion
    kind: Text
    to: tuple[Text, ...] = Field(min_length=1)
    text: Text

    @field_validator("to")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        known = {*Role, "caller", "units"}
        if unknown := [item for item in value if item not in known]:
            raise ValueError(f"{unknown[0]!r} cannot be told; use a role, caller or units")
        return value

    @field_validator("text")
    @classmethod
    def _fields(cls, value: str) -> str:
        try:
            value.format(**dict.fromkeys(("units", "contacts", "to", "reason", "report_by"), ""))
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(f"the text has a field that is not known: {error}") from error
        return value


class Hidden(StrEnum):
    """What of a ticket can be hidden; that it exists is always counted."""

    CONTENT = "content"
    CALLER = "caller"
    REPLY = "reply"


class SecrecyRule(Conditional):
    hides: tuple[Hidden, ...] = Field(min_length=1)
    hidden_from: tuple[Role, ...] = Field(min_length=1)


class PublishRule(Cited):
    """What is published, and the tickets that never are."""

    fields: tuple[Text, ...] = ()
    never: tuple[Match, ...] = ()


class MustHold(Cited):
    """What a ticket should hold when it is received; what is missing is asked for, the ticket is kept."""

    fields: tuple[str, ...]

    @field_validator("fields")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        known = ("content", "name", "phone", "address", "place", "persons", "happened_at", "request")
        if unknown := [item for item in value if item not in known]:
            raise ValueError(f"{unknown[0]!r} is not held by a ticket; use {', '.join(known)}")
        return value


class UnitContacts(Cited):
    """What the directory of units must hold, and within what time changes are told."""

    staff: int = Field(ge=1)
    leader: bool
    changes_within: Duration | None


class Article(Value):
    """One article of the original: which scenario tests show it, or why it is no matter for software."""

    article: Text
    says: Text
    tests: tuple[Text, ...] = ()
    not_software: str = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.tests) == bool(self.not_software):
            raise ValueError("give either tests or not_software")
        return self


class Profile(Value):
    """A city's regulation. Lists of conditional rules end with one that covers every ticket where one is needed."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    name: Text
    document: str = ""
    area: Text
    readings: tuple[Text, ...] = ()
    settings: dict[str, Setting] = Field(default_factory=dict)
    national: National
    channels: Names
    categories: dict[Category, CategoryRule]
    must_hold: MustHold
    actions: dict[Action, ActionRule]
    answer: tuple[AnswerRule, ...]
    dispatch: Dispatch
    inform: Inform
    report: tuple[ReportLimit, ...]
    reply: ReplyRule
    return_: ReturnRule = Field(alias="return")
    extension: tuple[ExtensionRule, ...]
    follow_up: tuple[FollowUpRule, ...]
    close: Close
    redo: RedoRule
    near: Near
    urge: UrgeRule
    supervise: SuperviseRule
    escalation: tuple[EscalationRule, ...] = ()
    notices: tuple[NoticeRule, ...] = ()
    secrecy: tuple[SecrecyRule, ...] = ()
    publish: PublishRule
    unit_contacts: UnitContacts
    articles: tuple[Article, ...]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for name, keys, needed in (
            ("categories", set(self.categories), set(Category)),
            ("actions", set(self.actions), set(Action)),
        ):
            if missing := sorted(needed - keys):
                raise ValueError(f"{name}: {missing[0]} is missing")
        for name in ("answer", "report", "extension", "follow_up"):
            rules: tuple[Conditional, ...] = getattr(self, name)
            if not rules or rules[-1].when != Match():
                raise ValueError(f"{name}: the last rule must cover every ticket (no `when`)")
        return self

    def by(self, action: Action) -> frozenset[Role]:
        return frozenset(self.actions[action].by)
