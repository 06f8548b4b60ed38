"""Who answers and where callers wait: the roster, as the settings begin it and as the copy on disk keeps it.

Postgres holds the truth; every change is copied to `roster.json`, so that a service that starts while Postgres is away
knows its operators and queues.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Self

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.private import write_whole
from app.settings import Level, PauseReason, QueueLineSettings, QueueRouteSettings, Settings, Skill
from ivr.hours import Calendar, Opening, is_open

log = structlog.get_logger(__name__)

GENERAL_TITLE = "综合受理"

Queue = QueueLineSettings
Route = QueueRouteSettings


class Operator(BaseModel):
    """An operator and what they can do: skills with levels, 9 the best. A retired one keeps the name for old calls."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9]{1,31}$")
    name: str
    webrtc: bool = False
    skills: Mapping[Skill, Level] = Field(default_factory=dict)
    retired: bool = False


class Roster(BaseModel):
    """Operators, queues (`general` is the one of all who fit nowhere else), routes, callers' lists, pause reasons."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    general: str
    operators: tuple[Operator, ...] = ()
    queues: tuple[Queue, ...]
    routes: tuple[Route, ...] = ()
    caller_lists: Mapping[str, frozenset[str]] = Field(default_factory=dict)
    pause_reasons: tuple[PauseReason, ...] = ()

    @property
    def on_duty(self) -> tuple[Operator, ...]:
        """Those who have not been retired, by id."""
        return tuple(each for each in self.operators if not each.retired)

    def queue(self, name: str) -> Queue | None:
        return next((queue for queue in self.queues if queue.name == name), None)

    def operator(self, operator_id: str) -> Operator | None:
        """An operator who has not been retired."""
        return next((each for each in self.operators if each.id == operator_id and not each.retired), None)

    @model_validator(mode="after")
    def _leads_on(self) -> Self:
        """Every queue flows over, in the end, to one that does not: nobody goes round in circles."""
        names = [queue.name.replace("-", "") for queue in self.queues]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"queues: the same name twice, dashes left out: {', '.join(twice)}")
        if self.queue(self.general) is None:
            raise ValueError(f"there is no general queue {self.general}")
        for queue in self.queues:
            self._follow(queue)
        unknown = sorted({route.queue for route in self.routes if route.queue and not self.queue(route.queue)})
        if unknown:
            raise ValueError(f"routes lead to queues that there are not: {', '.join(unknown)}")
        return self

    def _follow(self, queue: Queue) -> None:
        seen = [queue.name]
        while queue.overflow_to is not None:
            following = self.queue(queue.overflow_to)
            if following is None:
                raise ValueError(f"queue {queue.name} flows over to {queue.overflow_to}, which there is not")
            if following.name in seen:
                raise ValueError(f"queues flow over in a circle: {' -> '.join([*seen, following.name])}")
            seen.append(following.name)
            queue = following


def by_id(operators: Iterable[Operator]) -> tuple[Operator, ...]:
    """In the order in which a roster keeps them, so that two of the same contents are equal."""
    return tuple(sorted(operators, key=lambda each: each.id))


def by_name(queues: Iterable[Queue]) -> tuple[Queue, ...]:
    """As `by_id`, for queues."""
    return tuple(sorted(queues, key=lambda each: each.name))


def is_open_at(hours: Mapping[str, list[str]] | None, now: datetime) -> bool:
    """Whether hours (none: always) cover `now`, which carries its time zone."""
    if hours is None:
        return True
    opening = Opening.model_validate({"open": hours, "timezone": str(now.tzinfo)} if _named(now) else {"open": hours})
    return is_open(opening, now, Calendar())


def _named(now: datetime) -> bool:
    return "/" in str(now.tzinfo)


def of_settings(settings: Settings) -> Roster:
    """The roster as hotline.toml alone says it. Raises ValidationError."""
    general = Queue(name=settings.queue.name, title=GENERAL_TITLE)
    queues = settings.queues
    if settings.queue.name not in {queue.name for queue in queues}:
        queues = (general, *queues)
    operators = tuple(
        Operator(id=line.id, name=line.name, webrtc=line.webrtc, skills=line.skills) for line in settings.operators
    )
    return Roster(
        general=settings.queue.name,
        operators=by_id(operators),
        queues=by_name(queues),
        routes=tuple(sorted(settings.queue_routes, key=lambda route: route.place)),
        caller_lists={name: frozenset(numbers) for name, numbers in settings.caller_lists.items()},
        pause_reasons=settings.pause_reasons,
    )


def with_new_lines(kept: Roster, lines: Roster) -> Roster:
    """What was kept, and the lines of the settings that it does not know yet."""
    operators = {each.id: each for each in (*lines.operators, *kept.operators)}
    queues = {each.name: each for each in (*lines.queues, *kept.queues)}
    routes = {each.place: each for each in (*lines.routes, *kept.routes)}
    return Roster(
        general=lines.general,
        operators=by_id(operators.values()),
        queues=by_name(queues.values()),
        routes=tuple(routes[place] for place in sorted(routes)),
        caller_lists={**lines.caller_lists, **kept.caller_lists},
        pause_reasons=kept.pause_reasons or lines.pause_reasons,
    )


def copy_path(settings: Settings) -> Path:
    """Where the copy lies."""
    return settings.data_dir / "roster.json"


def read_roster(settings: Settings) -> Roster:
    """The copy on disk with new lines of the settings; the settings alone where there is no copy that can be read."""
    lines = of_settings(settings)
    try:
        kept = Roster.model_validate_json(copy_path(settings).read_text(encoding="utf-8"))
        return with_new_lines(kept, lines)
    except FileNotFoundError:
        return lines
    except (OSError, ValidationError) as error:
        log.error("the copy of operators and queues cannot be read: hotline.toml is taken", why=type(error).__name__)
        return lines


def write_copy(settings: Settings, roster: Roster) -> None:
    """Keep the roster on disk, whole or not at all, readable by its owner only: callers' lists are in it."""
    write_whole(copy_path(settings), roster.model_dump_json(indent=1))
