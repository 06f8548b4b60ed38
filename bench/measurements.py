"""What is measured, in this order. To add figures, write a module with a `MEASUREMENT` and name it here."""

from __future__ import annotations

from bench import (
    capacity,
    cost,
    desk_calls,
    dialler,
    party_joined,
    rules,
    speech,
    tickets,
    tickets_opened,
    understanding,
    walks,
)
from bench.measurement import Measurement

MEASUREMENTS: tuple[Measurement, ...] = (
    capacity.MEASUREMENT,
    cost.MEASUREMENT,
    tickets_opened.MEASUREMENT,
    party_joined.MEASUREMENT,
    desk_calls.MEASUREMENT,
    speech.MEASUREMENT,
    rules.MEASUREMENT,
    dialler.MEASUREMENT,
    tickets.MEASUREMENT,
    understanding.MEASUREMENT,
    walks.MEASUREMENT,
)
