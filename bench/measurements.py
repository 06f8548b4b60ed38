"""What is measured, in this order. To add figures, write a module with a `MEASUREMENT` and name it here."""

from __future__ import annotations

from bench import party_joined, tickets_opened
from bench.measurement import Measurement

MEASUREMENTS: tuple[Measurement, ...] = (tickets_opened.MEASUREMENT, party_joined.MEASUREMENT)
