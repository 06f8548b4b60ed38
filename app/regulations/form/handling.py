"""What the form says of answering, dispatching, handling, sending back and extending."""

from enum import StrEnum

from pydantic import Field, field_validator

from app.regulations.form.base import Cited, Conditional, Text
from app.tickets.clock import Duration
from app.tickets.model import Role, Value


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


class AcceptRule(Conditional):
    """Within what time a unit has looked at its new tickets, counted from the dispatch; null: nobody is reminded."""

    within: Duration | None


class InformRule(Conditional):
    """Within what time a unit tells the caller that it has the matter, counted from the dispatch; null: no limit."""

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
