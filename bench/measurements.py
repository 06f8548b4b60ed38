"""What is measured, in this order. To add figures, write a module with a `MEASUREMENT` and name it here."""

from __future__ import annotations

from bench import cost, party_joined, tickets_opened
from bench.measurement import Measurement

MEASUREMENTS: tuple[Measurement, ...] = (
    cost.MEASUREMENT,
    tickets_opened.MEASUREMENT,
    party_joined.MEASUREMENT,
)
