"""`hotline learn` on real closed tickets: versions are kept, one takes over, and suggestions use it."""

from __future__ import annotations

from app.commands.learn import learn_from
from app.db.queries import QUERIES
from app.tickets import suggest
from app.tickets.learnt import from_json
from app.units import store as units
from tests.integration.tickets.desk import Desk

CLOSED = """
INSERT INTO tickets
    (number, profile, status, category, urgency, source, channel, content, unit_ids, received_at, closed_at,
     confidential)
SELECT '20260101-' || lpad(n::text, 6, '0'), 'yixing-2011', 'closed', 'complaint', 'ordinary', 'citizen', 'phone',
       '巷口的门牌掉下来了', ARRAY['water'], $1, $1, $3
FROM generate_series($2::int, $2 + 1000) n
"""


async def test_what_closed_tickets_teach_is_used_from_then_on_and_secrets_teach_nothing(desk: Desk) -> None:
    async with desk.database.acquire() as connection:
        await connection.execute(CLOSED, desk.at, 500_000, True)
    too_few = await learn_from(desk.database, 20_000, desk.at)
    assert [one["in_force"] for one in too_few] == [False, False]

    async with desk.database.acquire() as connection:
        await connection.execute(CLOSED, desk.at, 1, False)
    by_unit, by_category = await learn_from(desk.database, 20_000, desk.at)
    assert (by_unit["in_force"], by_unit["right"]) == (True, by_unit["held_out"])
    assert by_category["examples"] + by_category["held_out"] == 1001

    async with desk.database.acquire() as connection:
        learnt = from_json(await connection.fetchval(QUERIES["classifier_in_force"], "unit"))
        directory = await units.list_units(connection)
    assert suggest.units("我家门牌掉了", directory) == ()
    [guess] = suggest.units("我家门牌掉了", directory, learnt=learnt)
    assert (guess.unit, guess.because) == ("water", ("closed tickets",))
