"""Random walks through calls on a real Asterisk, as many as are asked for: how many end without a fault."""

from __future__ import annotations

from collections.abc import Sequence
from random import SystemRandom

from app.db.embedded import embedded_postgres
from bench.figures import Figure, Target
from bench.measurement import Conditions, Measurement
from tests.system.test_walks import AT_ONCE, WALKS, Walk, walking_city

WITHOUT_FAULT = Target("walks_without_fault", "", WALKS, at_most=False)


async def measure(conditions: Conditions) -> Sequence[Figure]:
    """Other walks than the tests'; one that fails is printed with its seed, by which it can be walked again."""
    walks = AT_ONCE if conditions.quick else WALKS
    first, faultless = SystemRandom().randrange(10**9), 0
    async with (
        embedded_postgres(conditions.directory / "postgres") as dsn,
        walking_city(conditions.directory / "city", dsn) as city,
    ):
        for seed in range(first, first + walks):
            conditions.say(f"walk {seed}")
            try:
                await Walk(city, seed).run()
            except AssertionError as error:
                conditions.say(str(error))
            else:
                faultless += 1
    return [Figure(WITHOUT_FAULT, (float(faultless),), f"of {walks}")]


MEASUREMENT = Measurement("random walks", (WITHOUT_FAULT,), 1800, measure)
