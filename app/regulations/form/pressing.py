"""What the form says of reminding, urging, supervising and going above."""

from typing import Self

from pydantic import Field, model_validator

from app.regulations.form.base import Cited, Conditional, Match, Text
from app.tickets.clock import Duration
from app.tickets.model import Role, Value


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
    """Supervision by itself when a limit is missed, at most `times` times. `within`: the new limit of every supervision
    for which the centre names none, by itself or by a person.
    """

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

    One urge more than the count shows at once that the others were in vain. `unless`: not where this has been done
    already. `kind` is the kind of its notices.
    """

    id: Text
    kind: Text
    after: Count
    unless: Count | None = None
    wait: Duration | None = None
    to: tuple[Role, ...] = Field(min_length=1)
    text: Text
