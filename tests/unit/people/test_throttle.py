"""Guessing passwords is slowed down per user and place, and stops nobody at their own desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.people.throttle import WINDOW, Failure, Limits, Wait, login_wait

NOW = datetime(2026, 9, 30, 8, tzinfo=UTC)
LIMITS = Limits(per_user_and_address=3, per_user=5, per_address=6)


def here(*minutes: float) -> list[Failure]:
    """Failures of this user from this address, so many minutes ago."""
    return [Failure(NOW - timedelta(minutes=count), same_user=True, same_address=True) for count in minutes]


def elsewhere(*minutes: float) -> list[Failure]:
    return [Failure(NOW - timedelta(minutes=count), same_user=True, same_address=False) for count in minutes]


def others(*minutes: float) -> list[Failure]:
    """Failures of other users from this address."""
    return [Failure(NOW - timedelta(minutes=count), same_user=False, same_address=True) for count in minutes]


def by_device(*minutes: float) -> list[Failure]:
    ago = [NOW - timedelta(minutes=count) for count in minutes]
    return [Failure(at, same_user=True, same_address=True, same_device=True, known_device=True) for at in ago]


def test_below_the_limits_an_attempt_may_be_made() -> None:
    assert login_wait([*here(1, 2), *elsewhere(1, 2), *others(1)], NOW, LIMITS, known=False) is None


def test_at_the_limit_one_waits_until_the_oldest_counted_failure_is_forgotten() -> None:
    assert login_wait(here(10, 5, 1), NOW, LIMITS, known=False) == Wait(NOW - timedelta(minutes=10) + WINDOW)


def test_guesses_from_many_addresses_count_together() -> None:
    assert login_wait(elsewhere(5, 4, 3, 2, 1), NOW, LIMITS, known=False) == Wait(NOW - timedelta(minutes=5) + WINDOW)


def test_at_an_addresss_limit_every_stranger_there_waits() -> None:
    assert login_wait(others(1, 2, 3, 4, 5, 6), NOW, LIMITS, known=False) == Wait(NOW - timedelta(minutes=6) + WINDOW)


def test_whatever_others_try_stops_nobody_at_a_device_that_is_known() -> None:
    tried = [*here(1, 2, 3, 4), *elsewhere(*range(1, 10)), *others(*range(1, 10))]
    assert login_wait(tried, NOW, LIMITS, known=True) is None


def test_a_known_device_has_its_own_limit_and_holds_no_stranger_back() -> None:
    assert login_wait(by_device(3, 2, 1), NOW, LIMITS, known=True) == Wait(NOW - timedelta(minutes=3) + WINDOW)
    assert login_wait(by_device(3, 2, 1), NOW, LIMITS, known=False) is None


def test_the_longest_wait_counts() -> None:
    tried = [*here(1, 1, 1), *others(9, 9, 9)]
    assert login_wait(tried, NOW, LIMITS, known=False) == Wait(NOW - timedelta(minutes=1) + WINDOW)


def test_old_failures_are_forgotten_at_the_end_of_the_window() -> None:
    minutes = WINDOW / timedelta(minutes=1)
    assert login_wait(here(*[minutes] * 3), NOW, LIMITS, known=False) is None
    assert login_wait(here(*[minutes - 0.1] * 3), NOW, LIMITS, known=False) is not None


def test_only_the_last_failures_count_towards_the_wait() -> None:
    assert login_wait(here(14, 3, 2, 1), NOW, LIMITS, known=False) == Wait(NOW - timedelta(minutes=3) + WINDOW)
