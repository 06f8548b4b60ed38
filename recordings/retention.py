"""Which recordings may be deleted: by the age that a category of call is kept, never under legal hold. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True)
class RetentionRule:
    """Days a recording is kept, by category of call; None keeps it for ever.

    Raises ValueError when a number of days is below one: that would delete what is not yet transcribed.
    """

    default_days: int | None
    days_by_category: Mapping[str, int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for category, days in (("default", self.default_days), *self.days_by_category.items()):
            if days is not None and days < 1:
                raise ValueError(f"retention of {category!r}: {days} days; want at least 1, or none for ever")

    def days(self, category: str) -> int | None:
        """Days that calls of this category are kept."""
        return self.days_by_category.get(category, self.default_days)


@dataclass(frozen=True)
class KeptRecording:
    """A recording in the store; `recorded_at` is aware."""

    call_id: str
    category: str
    recorded_at: datetime
    legal_hold: bool = False


def keep_until(recording: KeptRecording, rule: RetentionRule) -> datetime | None:
    """When the recording may be deleted; None: not at all."""
    days = rule.days(recording.category)
    if recording.legal_hold or days is None:
        return None
    return recording.recorded_at + timedelta(days=days)


def deletable(recordings: Iterable[KeptRecording], rule: RetentionRule, now: datetime) -> tuple[KeptRecording, ...]:
    """The recordings whose time is over at `now` (aware), oldest first."""
    over = [
        recording for recording in recordings if (until := keep_until(recording, rule)) is not None and until <= now
    ]
    return tuple(sorted(over, key=lambda recording: recording.recorded_at))
