"""What the form says of reminding, urging, supervising and going above."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from app.matters.clock import Duration
from app.matters.model import Role, SuperviseHow, Value
from app.regulations.form.base import Cited, Conditional, Match, Text

SUPERIOR = "superior"


class Near(Cited):
    """When to remind of a limit: at `hour` o'clock, this many working days before its last day."""

    working_days: int = Field(ge=0, le=30)
    hour: int = Field(ge=0, le=23)


class UrgeRule(Cited):
    """Urging by itself: from the missed limit on, `every` so often, at most `times` times; 0: only people urge."""

    times: int = Field(ge=0, le=20)
    every: Duration = Duration.parse("1 wd")
    without_limit_after: Duration | None = None


class ExplainRule(Cited):
    """Supervisions of these kinds ask the unit to explain itself, within that time."""

    how: tuple[SuperviseHow, ...] = Field(min_length=1)
    within: Duration


class SuperviseRule(Cited):
    """Supervision by itself when a limit is missed, at most `times` times, with the limit `within`.

    `sets_limit`: every supervision names a limit (限期办理), which stands as the unit's new one; a person's without
    one is refused. `explain`: the unit owes an explanation.
    """

    times: int = Field(ge=0, le=20)
    within: Duration | None = None
    sets_limit: bool = False
    direct: Match | None = None
    explain: ExplainRule | None = None

    @model_validator(mode="after")
    def _by_itself_with_a_limit(self) -> Self:
        if self.sets_limit and self.times and self.within is None:
            raise ValueError("a supervision by itself needs its limit, within")
        return self


class Count(Value):
    """How often something must have happened to one unit's part (or, for repeats, to the ticket).

    Urges count from the missed limit on. A supervision counts once its limit has passed in vain; one that comes
    before that only moves the limit.
    """

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
    already. `kind` is the kind of its notices; `to` are roles, or `superior`, the body above the unit.
    """

    id: Text
    kind: Text
    after: Count
    unless: Count | None = None
    wait: Duration | None = None
    to: tuple[Text, ...] = Field(min_length=1)
    text: Text

    @field_validator("to")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [item for item in value if item not in {*Role, SUPERIOR}]:
            raise ValueError(f"{unknown[0]!r} cannot be gone to; use a role or {SUPERIOR}")
        return value
