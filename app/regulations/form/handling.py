"""What the form says of answering, dispatching, handling, sending back and extending."""

from enum import StrEnum

from pydantic import Field, field_validator

from app.matters.clock import Duration
from app.matters.model import Role, Value
from app.regulations.form.base import Cited, Conditional, Text


class AnswerRule(Conditional):
    """`closes`: a satisfied caller's ticket is closed with the answer."""

    closes: bool = True


class DispatchLimit(Cited):
    """Within what time a desk must dispatch, counted from when the matter came in or back; null: no limit."""

    by: Role
    within: Duration | None


class ReferRule(Cited):
    """What must be said when a matter is not taken on; a telephone may also stand in the body's name."""

    needs: tuple[str, ...] = ("to", "reason")

    @field_validator("needs")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        known = ("to", "reason", "phone")
        if unknown := [item for item in value if item not in known]:
            raise ValueError(f"{unknown[0]!r} is no part of a referral; use {', '.join(known)}")
        return value


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


class AssignedLimit(Conditional):
    """Such tickets, when they are assigned (交办), get a limit that the centre names."""


class Dispatch(Value):
    limits: tuple[DispatchLimit, ...]
    several: Several
    only_to: tuple[OnlyTo, ...] = ()
    contact_on_ticket: Cited | None = None
    several_are_joint: Cited | None = None
    assigned_limit: AssignedLimit | None = None


class AcceptRule(Conditional):
    """Within what time a unit has looked at its new tickets, counted from the dispatch; null: nobody is reminded."""

    within: Duration | None


class InformRule(Conditional):
    """Within what time a unit tells the caller that it has the matter, counted from the dispatch; null: no limit."""

    within: Duration | None


class Given(StrEnum):
    """Whether the centre may set a report limit of its own; `statute`: only where it names the law that sets it."""

    REFUSED = "refused"
    ALLOWED = "allowed"
    STATUTE = "statute"
    REQUIRED = "required"


class ReportLimit(Conditional):
    """Within what time a unit completes and reports, counted from the dispatch. `ceiling` bounds it for good."""

    within: Duration | None
    given: Given = Given.REFUSED
    ceiling: Duration | None = None


class Said(StrEnum):
    """Whether what a report does not say is asked for, or the report refused without it."""

    ASKED = "asked"
    REQUIRED = "required"


class AnsweredFirst(Cited):
    """A report says that the caller was answered first; one that says that nobody did is refused in any case."""

    said: Said


class Holds(Value):
    """The words by which a reply is judged to say what was found, what was done, and what came of it.

    `empty`: formulas that say nothing, taken out first.
    """

    found: tuple[Text, ...] = Field(min_length=1)
    done: tuple[Text, ...] = Field(min_length=1)
    result: tuple[Text, ...] = Field(min_length=1)
    empty: tuple[Text, ...] = ()


class ReplyRule(Cited):
    """What a report must hold. `asked` is asked for with a notice, `needs` is refused when it is missing."""

    needs: tuple[str, ...] = ("text",)
    asked: tuple[str, ...] = ()
    holds: Holds | None = None
    answered_first: AnsweredFirst | None = None

    @field_validator("needs", "asked")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        known = ("text", "signer", "unit", "handler", "replied_at", "satisfaction", "informed")
        if unknown := [item for item in value if item not in known]:
            raise ValueError(f"{unknown[0]!r} is no part of a reply; use {', '.join(known)}")
        return value


class HeadReads(Conditional):
    """Such tickets are read by the head of the unit, who signs for it before the unit's report counts."""


class UpwardRule(Cited):
    """What a unit must say when it reports upward, or passes on, what is beyond its powers."""

    needs: tuple[str, ...] = ("measures",)

    @field_validator("needs")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [item for item in value if item not in ("reason", "measures")]:
            raise ValueError(f"{unknown[0]!r} is not asked of it; use reason, measures")
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
