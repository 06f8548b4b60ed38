"""How many wrong passwords a user or an address may try: a pure decision over the recent failures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)
"""Failures older than this are forgotten."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Failures within WINDOW that are allowed: of one user, and from one address (an office shares one)."""

    per_user: int = 5
    per_address: int = 30


@dataclass(frozen=True, slots=True)
class Wait:
    """Too many failures: no password is looked at before `until`."""

    until: datetime


def login_wait(
    user_failures: Sequence[datetime],
    address_failures: Sequence[datetime],
    now: datetime,
    limits: Limits = Limits(),
) -> Wait | None:
    """None when an attempt may be made at `now` (aware), else until when to wait."""
    waits = [
        wait
        for failures, allowed in ((user_failures, limits.per_user), (address_failures, limits.per_address))
        if (wait := _until(failures, allowed, now)) is not None
    ]
    return Wait(max(waits)) if waits else None


def _until(failures: Sequence[datetime], allowed: int, now: datetime) -> datetime | None:
    """When the oldest of the last `allowed` failures is forgotten; None when there are fewer."""
    recent = sorted(at for at in failures if at > now - WINDOW)
    return recent[-allowed] + WINDOW if len(recent) >= allowed else None
