"""The ground of the form: cited rules, which tickets a rule is about, figures, names, articles."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from app.matters.clock import Duration
from app.matters.model import AnswerHow, Category, Role, Source, Ticket, Urgency, Value

MOST_DAYS = 366

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
    """What the city decides: a figure, or one of `choices`. Without a default the profile demands it."""

    about: Text
    choices: tuple[Text, ...] = ()
    default: int | str | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.choices and self.default is None:
            raise ValueError("a choice needs its default")
        if self.default is not None and not self.takes(self.default):
            raise ValueError(f"the default {self.default!r} is {self.wanted()}")
        return self

    def takes(self, value: object) -> bool:
        """Whether the city may set this value."""
        if self.choices:
            return str(value) in self.choices
        return type(value) is int and 1 <= value <= MOST_DAYS

    def wanted(self) -> str:
        """What is wrong with a value that it does not take."""
        return f"none of {', '.join(self.choices)}" if self.choices else f"no whole number from 1 to {MOST_DAYS}"


class Reading(Cited):
    """How a sentence was read that another careful reader could read otherwise. `setting`: the city may choose."""

    sentences: tuple[Text, ...] = Field(min_length=1)
    read_as: Text
    setting: str = ""


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
    """One article of the original: run by the engine or told by a notice only (the tests that show it), or left to
    people. What is not run says why: `told` and `people` are the reasons, `rest` what of an article that is run or
    told is left to people all the same.
    """

    article: Text
    says: Text
    tests: tuple[Text, ...] = ()
    told: str = ""
    rest: str = ""
    people: str = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.tests) == bool(self.people):
            raise ValueError("give either tests or people")
        if (self.told or self.rest) and not self.tests:
            raise ValueError("told and rest are of an article with tests; give people for one that is left to them")
        return self

    @property
    def coverage(self) -> str:
        """`run`, `told` or `people`."""
        return "people" if self.people else "told" if self.told else "run"
