"""What the settings permit of calling out, as the plan takes it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta

from app.dialler.rules import REASONS, Outcome, ReasonRules, Rules, Window
from app.settings import DiallerReasonSettings, DiallerSettings

# Whoever asked did not lift the telephone: somebody else is asked soon.
_SOON: Mapping[Outcome, timedelta] = {"not-dialled": timedelta(minutes=1)}


def rules_of(settings: DiallerSettings, never: Iterable[str] = ()) -> Rules:
    """The rules of all calls; `never` are the numbers that are not called."""
    named = {one.reason: one for one in settings.reasons}
    of = {reason: _of(named.get(reason) or DiallerReasonSettings(reason=reason)) for reason in REASONS}
    return Rules(of, settings.a_day, settings.kept_free, frozenset(never))


def _of(one: DiallerReasonSettings) -> ReasonRules:
    return ReasonRules(
        tuple(map(_window, one.working)),
        tuple(map(_window, one.rest)),
        one.attempts,
        timedelta(minutes=one.gap_minutes),
        _SOON,
        one.at_a_time or None,
        operator=True,
    )


def _window(said: str) -> Window:
    first, _, last = said.partition("-")
    return Window(time.fromisoformat(first.strip()), time.fromisoformat(last.strip()))


def day_begins(now: datetime) -> datetime:
    """The first moment of the day of a time, in its own zone."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)
