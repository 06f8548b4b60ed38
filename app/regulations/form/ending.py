"""What the form says of the end: follow-up, closing, handling again, publishing."""

from enum import StrEnum

from pydantic import Field

from app.matters.clock import Duration
from app.matters.model import Role, Status
from app.regulations.form.base import Cited, Conditional, Match
from app.regulations.form.handling import Given


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


class ToldFirst(Conditional):
    """The centre tells the caller what came of it before such tickets are closed."""


class Close(Cited):
    within: Duration | None
    told_first: ToldFirst | None = None
    rules: tuple[CloseRule, ...] = Field(min_length=1)
    provisional_by_itself: tuple[Status, ...] = ()


class RedoRule(Cited):
    """Handling again. `within` null: the limit of a first dispatch of such a ticket, which also says who may set it."""

    within: Duration | None = None
    given: Given = Given.REFUSED


class Published(StrEnum):
    """What of a ticket the public can read: request, when it came, when the caller was told, answer, satisfaction."""

    REQUEST = "诉求内容"
    RECEIVED = "诉求时间"
    INFORMED = "告知时间"
    ANSWER = "答复内容"
    SATISFACTION = "群众满意度"


class PublishRule(Cited):
    """What is published, in this order, and the tickets that never are."""

    fields: tuple[Published, ...] = ()
    never: tuple[Match, ...] = ()
