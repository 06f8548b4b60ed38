"""How long an endpoint that does not answer is tried."""

from __future__ import annotations

from datetime import timedelta

from app.webhooks.delivery import Patience


def test_the_waits_double_up_to_the_longest_and_then_it_is_given_up() -> None:
    patience = Patience(attempts=5, first=timedelta(seconds=10), longest=timedelta(seconds=35))
    waits = [patience.delay_after(failures) for failures in range(1, 6)]
    assert waits == [timedelta(seconds=10), timedelta(seconds=20), timedelta(seconds=35), timedelta(seconds=35), None]
