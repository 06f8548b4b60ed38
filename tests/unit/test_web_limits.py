"""The limits on how often one caller may ask: time comes in as an argument."""

from __future__ import annotations

import pytest

from app.web.limits import Buckets


def test_a_minutes_worth_may_come_at_once_and_then_as_fast_as_it_flows_in() -> None:
    buckets = Buckets(60)
    for _ in range(60):
        assert buckets.wait("a", 100.0) == 0
        buckets.take("a", 100.0)
    assert buckets.wait("a", 100.0) == pytest.approx(1)
    assert buckets.wait("a", 100.5) == pytest.approx(0.5)
    assert buckets.wait("a", 101.0) == 0
    assert buckets.wait("b", 100.0) == 0


def test_a_bucket_is_never_fuller_than_full() -> None:
    buckets = Buckets(2)
    buckets.take("a", 0.0)
    for _ in range(2):
        assert buckets.wait("a", 10_000.0) == 0
        buckets.take("a", 10_000.0)
    assert buckets.wait("a", 10_000.0) > 0


def test_made_up_keys_push_out_those_seen_least_lately() -> None:
    buckets = Buckets(1)
    buckets.take("mine", 0.0)
    for number in range(9_999):
        buckets.take(f"k{number}", 0.0)
    buckets.take("mine", 0.0)
    buckets.take("one more", 0.0)
    assert buckets.wait("mine", 0.0) > 0
    assert buckets.wait("k0", 0.0) == 0
