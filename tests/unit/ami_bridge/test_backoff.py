"""Delays between attempts to connect."""

from __future__ import annotations

from itertools import islice, pairwise

from ami_bridge.backoff import LONGEST_S, backoff


def test_delays_grow_to_the_ceiling_and_stay_there() -> None:
    delays = list(islice(backoff(between=lambda _least, most: most), 40))
    assert delays[0] < 1.0
    assert all(delay <= following for delay, following in pairwise(delays))
    assert set(delays[10:]) == {LONGEST_S}


def test_two_services_do_not_knock_at_the_same_moment() -> None:
    assert not set(islice(backoff(), 20)) & set(islice(backoff(), 20))
