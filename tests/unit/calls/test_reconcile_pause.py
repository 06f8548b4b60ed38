"""How often the journal is looked at."""

from __future__ import annotations

from app.calls.reconcile import pause_s


def test_an_urgent_call_that_is_never_told_does_not_keep_the_service_busy() -> None:
    assert pause_s([105.0], 100.0) < 1
    assert pause_s([105.0], 106.0) == pause_s([], 106.0) == 2.0
