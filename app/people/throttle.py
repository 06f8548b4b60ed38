"""How many wrong passwords may be tried, and where: a pure decision over the recent failures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)
"""Failures older than this are forgotten."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Failures within WINDOW that are allowed: of one user from one address or device, of one user from anywhere, and
    from one address (an office shares one).
    """

    per_user_and_address: int = 5
    per_user: int = 20
    per_address: int = 30


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt, beside the one that is about to be made: of the same user, address, known device."""

    at: datetime
    same_user: bool
    same_address: bool
    same_device: bool = False
    known_device: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Too many failures: no password is looked at before `until`."""

    until: datetime


def login_wait(failures: Iterable[Failure], now: datetime, limits: Limits = Limits(), *, known: bool) -> Wait | None:
    """None when an attempt may be made at `now` (aware), else until when to wait.

    `known`: the attempt comes from a device from which this user has logged in before. Only its own failures hold it
    back: whoever guesses elsewhere stops nobody at their own desk.
    """
    failures = tuple(failures)
    if known:
        own = [one.at for one in failures if one.same_user and one.same_device]
        return _wait([_until(own, limits.per_user_and_address, now)])
    strangers = [one for one in failures if not one.known_device]
    of_user = [one for one in strangers if one.same_user]
    counted = (
        ([one for one in of_user if one.same_address], limits.per_user_and_address),
        (of_user, limits.per_user),
        ([one for one in strangers if one.same_address], limits.per_address),
    )
    return _wait([_until([one.at for one in some], allowed, now) for some, allowed in counted])


def _wait(waits: Iterable[datetime | None]) -> Wait | None:
    found = [until for until in waits if until is not None]
    return Wait(max(found)) if found else None


def _until(failures: Sequence[datetime], allowed: int, now: datetime) -> datetime | None:
    """When the oldest of the last `allowed` failures is forgotten; None when there are fewer."""
    recent = sorted(at for at in failures if at > now - WINDOW)
    return recent[-allowed] + WINDOW if len(recent) >= allowed else None
