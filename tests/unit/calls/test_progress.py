"""Every status of a ticket can be told to a caller in a word that has a prompt."""

from __future__ import annotations

from app.calls.progress import SPOKEN
from app.matters.model import Status
from ivr.menu import STATUSES


def test_every_status_has_a_spoken_word() -> None:
    assert set(SPOKEN) == set(Status)
    assert set(SPOKEN.values()) <= set(STATUSES)
