"""What reports say of the telephone: how soon citizens were answered, and whether duty phones were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from app.db.pool import Database
from tests.integration.reports.conftest import Report
from tests.integration.tickets.desk import ZONE, Desk

START = datetime(2026, 6, 8, 12, tzinfo=ZONE)


@pytest.fixture(autouse=True)
def after_june(desk: Desk) -> None:
    desk.at = datetime(2026, 7, 15, tzinfo=ZONE)


async def add_calls(
    database: Database, at: datetime, waits: Sequence[float | None], *, reason: str = "queue", called_back: float = 0
) -> None:
    """Calls one minute apart, answered after so many seconds (None: missed); `called_back` after so many hours."""
    async with database.transaction() as connection:
        for number, wait in enumerate(waits):
            started = at + timedelta(minutes=number)
            ended = started + timedelta(minutes=5)
            await connection.execute(
                "INSERT INTO calls (id, node, started_at, answered_at, ended_at, outcome, missed_reason, "
                "called_back_at) VALUES ($1, 'n', $2, $3, $4, $5, $6, $7)",
                f"n-{started.timestamp():.0f}.{number}",
                started,
                started + timedelta(seconds=wait) if wait is not None else None,
                ended,
                "missed" if wait is None else "conversation",
                reason if wait is None else None,
                ended + timedelta(hours=called_back) if called_back else None,
            )


async def add_rings(database: Database, call_id: str, *rings: tuple[str, str]) -> None:
    """Rings of duty phones on a call of its own: (unit, outcome)."""
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO calls (id, node, started_at, ended_at, outcome) VALUES ($1, 'n', $2, $2, 'conversation')",
            call_id,
            START,
        )
        for number, (unit, outcome) in enumerate(rings):
            await connection.execute(
                "INSERT INTO unit_attempts (attempt_id, call_id, unit_id, post, mode, started_at, outcome) "
                "VALUES ($1, $2, $3, 'A', 'join', $4, $5)",
                *(f"{call_id}-u{number}", call_id, unit, START, outcome),
            )


async def test_answered_within_fifteen_seconds_counts_from_dialling(database: Database, report: Report) -> None:
    await add_calls(database, START, [3, 15, 15.1, 40, None])
    await add_calls(database, START + timedelta(hours=1), [None], reason="menu")
    (row,) = (await report("answering")).rows
    assert (row["calls"], row["offered"], row["answered"], row["answered_rate"]) == (6, 5, 4, 0.8)
    assert (row["answered_in_time"], row["in_time_rate"]) == (2, 0.4)
    assert (row["left_queue"], row["left_menu"], row["missed"]) == (1, 1, 2)


async def test_missed_calls_called_back_in_time_are_told_apart(database: Database, report: Report) -> None:
    await add_calls(database, START, [None], called_back=24)
    await add_calls(database, START + timedelta(hours=1), [None], called_back=25)
    await add_calls(database, START + timedelta(hours=2), [None])
    (row,) = (await report("answering")).rows
    assert (row["missed"], row["called_back"], row["called_back_in_time"]) == (3, 2, 1)


async def test_the_worst_24_hours_are_found_across_midnight(database: Database, report: Report) -> None:
    # The evening misses its last two of ten, the next morning its first two: each day, and both, have 80 %.
    evening, morning = datetime(2026, 6, 10, 22, tzinfo=ZONE), datetime(2026, 6, 11, 8, tzinfo=ZONE)
    await add_calls(database, START - timedelta(days=3), [5] * 20)
    await add_calls(database, evening, [5] * 8 + [None] * 2)
    await add_calls(database, morning, [None] * 2 + [5] * 8)
    (row,) = (await report("answering")).rows
    assert row["answered_rate"] == 0.9
    # Until 08:05 only five of the morning's have come: 8 + 3 of 10 + 5.
    assert (row["window_answered"], row["window_offered"], row["worst_24h_rate"]) == (11, 15, 0.7333)
    assert row["worst_24h_from"] == "2026-06-10T08:05+08:00"
    assert (row["worst_24h_required"], row["worst_24h_met"]) == (0.95, False)


async def test_a_period_shorter_than_24_hours_has_no_worst_24_hours(
    desk: Desk, database: Database, report: Report
) -> None:
    desk.at = START.replace(hour=18)
    await add_calls(database, START, [None])
    (row,) = (await report("answering", first_day=START.date(), last_day=START.date())).rows
    assert (row["worst_24h_rate"], row["worst_24h_met"], row["worst_24h_from"]) == (None, None, None)


async def test_days_begin_at_midnight_in_the_city(database: Database, report: Report) -> None:
    await add_calls(database, datetime(2026, 6, 8, 23, 59, 30, tzinfo=ZONE), [5, 5])
    days = [(row["day"], row["answered"]) for row in (await report("answering-by-day")).rows]
    assert days == [("2026-06-08", 1), ("2026-06-09", 1)]


async def test_without_calls_every_count_is_nought_and_every_rate_unknown(report: Report) -> None:
    (row,) = (await report("answering")).rows
    assert {row[name] for name in ("calls", "offered", "answered", "missed", "called_back")} == {0}
    rates = ("answered_rate", "in_time_rate", "call_back_rate", "worst_24h_rate", "worst_24h_from", "worst_24h_met")
    assert {row[name] for name in rates} == {None}
    assert row["worst_24h_required"] == 0.95
    assert (await report("answering-by-day")).rows == ()


async def test_a_unit_answered_a_call_when_any_of_its_posts_accepted(database: Database, report: Report) -> None:
    await add_rings(database, "a", ("water", "no-answer"), ("water", "accepted"))
    await add_rings(database, "b", ("water", "declined"), ("water", "busy"), ("water", "no-key"))
    (water,) = (await report("unit-assessment")).rows
    assert (water["summoned"], water["joined"], water["three_party_rate"]) == (2, 1, 0.5)
    outcomes = ("rings", "accepted", "declined", "no_key", "unanswered")
    assert [water[name] for name in outcomes] == [5, 1, 1, 1, 2]


@pytest.mark.parametrize("outcome", ["cancelled", "failed", "refused"])
async def test_a_ring_that_the_centre_withdrew_or_a_trunk_failed_says_nothing_of_the_unit(
    database: Database, report: Report, outcome: str
) -> None:
    await add_rings(database, "a", ("water", outcome))
    assert (await report("unit-assessment")).rows == ()


async def test_rings_on_a_confidential_call_are_not_told(database: Database, report: Report) -> None:
    await add_rings(database, "a", ("discipline", "accepted"))
    async with database.transaction() as connection:
        await connection.execute("UPDATE calls SET confidential = true")
    assert (await report("unit-assessment")).rows == ()


async def test_changes_of_contacts_told_late_are_counted(database: Database, report: Report) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO unit_contacts (unit_id, post, valid_from, happened_on, late) "
            "VALUES ('water', 'B', '2026-06-20', '2026-06-01', true)"
        )
    (water,) = (await report("unit-assessment")).rows
    assert (water["unit"], water["contacts_late"]) == ("water", 1)


async def add_stays(database: Database, *stays: tuple[str, str, float, float]) -> None:
    """Waits on a call of its own: (queue, outcome, seconds waited, seconds talked)."""
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO calls (id, node, started_at, ended_at, outcome) VALUES ('n-9.9', 'n', $1, $1, 'conversation')",
            START,
        )
        for number, (queue, outcome, waited, talked) in enumerate(stays):
            await connection.execute(
                "INSERT INTO queue_stays (call_id, n, queue, entered_at, left_at, outcome, talk_seconds) "
                "VALUES ('n-9.9', $1, $2, $3, $4, $5, $6)",
                *(number, queue, START, START + timedelta(seconds=waited), outcome, talked),
            )


async def test_a_queue_is_told_by_its_waits_and_how_they_ended(database: Database, report: Report) -> None:
    await add_stays(
        database,
        ("hotline", "answered", 10, 60),
        ("hotline", "answered", 30, 120),
        ("hotline", "abandoned", 50, 0),
        ("english", "moved", 20, 0),
        ("english", "message", 40, 0),
    )
    english, hotline = (await report("queues")).rows
    assert (english["queue"], english["waits"], english["moved_on"], english["left_message"]) == ("english", 2, 1, 1)
    assert (hotline["waits"], hotline["taken"], hotline["taken_in_time"], hotline["given_up"]) == (3, 2, 1, 1)
    assert (hotline["taken_rate"], hotline["taken_in_time_rate"]) == (0.6667, 0.3333)
    assert (hotline["longest_wait_s"], hotline["mean_wait_s"]) == (50.0, 30.0)
    assert (hotline["talk_s"], hotline["mean_talk_s"]) == (180, 90.0)


async def add_states(database: Database, operator: str, *states: tuple[datetime, str, str]) -> None:
    async with database.transaction() as connection:
        for at, state, reason in states:
            await connection.execute(
                "INSERT INTO operator_states (operator_id, at, state, reason) VALUES ($1, $2, $3, $4)",
                *(operator, at, state, reason),
            )


async def test_of_a_state_that_reaches_into_the_period_only_the_part_within_counts(
    database: Database, report: Report
) -> None:
    midnight = datetime(2026, 6, 1, tzinfo=ZONE)
    await add_states(
        database,
        "op1001",
        (midnight - timedelta(hours=5), "paused", "培训"),
        (midnight - timedelta(hours=1), "ready", ""),
        (midnight + timedelta(hours=1), "talking", ""),
        (midnight + timedelta(hours=1, minutes=10), "wrap-up", ""),
        (midnight + timedelta(hours=1, minutes=12), "paused", "用餐"),
        (midnight + timedelta(hours=2, minutes=12), "ready", ""),
        (midnight + timedelta(hours=2, minutes=13), "paused", "用餐"),
        (midnight + timedelta(hours=2, minutes=43), "offline", ""),
    )
    (row,) = (await report("operators")).rows
    assert (row["ready_s"], row["talking_s"], row["wrap_up_s"], row["paused_s"]) == (3660, 600, 120, 5400)
    (pause,) = (await report("pauses")).rows
    assert (pause["operator"], pause["reason"], pause["pauses"]) == ("op1001", "用餐", 2)
    assert (pause["paused_s"], pause["longest_pause_s"]) == (5400, 3600)
