"""Guessing passwords is slowed down per user and per address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.people.throttle import WINDOW, Limits, Wait, login_wait

NOW = datetime(2026, 9, 30, 8, tzinfo=UTC)
LIMITS = Limits(per_user=3, per_address=5)


def ago(*minutes: int) -> list[datetime]:
    return [NOW - timedelta(minutes=count) for count in minutes]


def test_below_the_limits_an_attempt_may_be_made() -> None:
    assert login_wait(ago(1, 2), ago(1, 2, 3, 4), NOW, LIMITS) is None


def test_at_the_users_limit_one_waits_until_the_oldest_counted_failure_is_forgotten() -> None:
    assert login_wait(ago(10, 5, 1), [], NOW, LIMITS) == Wait(NOW - timedelta(minutes=10) + WINDOW)


def test_at_the_addresss_limit_every_user_there_waits() -> None:
    assert login_wait([], ago(1, 2, 3, 4, 5), NOW, LIMITS) == Wait(NOW - timedelta(minutes=5) + WINDOW)


def test_the_longer_wait_counts() -> None:
    assert login_wait(ago(1, 1, 1), ago(9, 9, 9, 9, 9), NOW, LIMITS) == Wait(NOW - timedelta(minutes=1) + WINDOW)


def test_old_failures_are_forgotten_at_the_end_of_the_window() -> None:
    assert login_wait([NOW - WINDOW] * 3, [], NOW, LIMITS) is None
    assert login_wait([NOW - WINDOW + timedelta(seconds=1)] * 3, [], NOW, LIMITS) is not None


def test_only_the_last_failures_count_towards_the_wait() -> None:
    assert login_wait(ago(14, 3, 2, 1), [], NOW, LIMITS) == Wait(NOW - timedelta(minutes=3) + WINDOW)
