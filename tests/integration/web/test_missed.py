"""The list of what is owed to callers whom nobody answered, over HTTP: its order, its times, its rights."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.integration.tickets.desk import ZONE
from tests.integration.web.conftest import Web

START = datetime(2026, 9, 30, 9, tzinfo=ZONE)


async def add(web: Web, call_id: str, minute: float, **columns: Any) -> None:
    """A call missed after five minutes; times in `columns` are minutes after its start."""
    at = START + timedelta(minutes=minute)
    times = {name: at + timedelta(minutes=after) for name, after in columns.items()}
    names = ["id", "node", "caller", "started_at", "ended_at", "outcome", "missed_reason", *times]
    values = [call_id, "node1", "13800000001", at, at + timedelta(minutes=5), "missed", "queue", *times.values()]
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    async with web.desk.database.acquire() as connection:
        await connection.execute(f"INSERT INTO calls ({', '.join(names)}) VALUES ({places})", *values)  # noqa: S608


async def add_message(web: Web, call_id: str) -> int:
    async with web.desk.database.acquire() as connection:
        made: int = await connection.fetchval(
            "INSERT INTO recordings (call_id, kind, role, name, path, seconds, sha256)"
            " VALUES ($1, 'message', 'citizen', 'message', $2, 3, $3) RETURNING id",
            call_id,
            f"2026/09/30/{call_id}/message.wav",
            "0" * 64,
        )
    return made


async def owed(web: Web) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await web.get("operator", "/api/calls/missed")
    return found


async def test_callbacks_come_in_the_order_in_which_the_callers_began_to_wait_whenever_they_asked(web: Web) -> None:
    await add(web, "n-1.1", 0, queued_at=3, callback_at=4)
    await add(web, "n-1.2", 1, queued_at=1, callback_at=4.5)
    await add(web, "n-1.3", 2.5, callback_at=0.1)
    rows = await owed(web)
    assert [(row["id"], row["place"]) for row in rows] == [("n-1.2", 1), ("n-1.3", 2), ("n-1.1", 3)]
    assert rows[0]["waiting_since"] == (START + timedelta(minutes=2)).isoformat(timespec="milliseconds")


async def test_messages_follow_the_oldest_first_with_the_time_they_are_due_and_then_the_others_latest_first(
    web: Web,
) -> None:
    await add(web, "n-1.1", 0)
    await add(web, "n-1.2", 1, message_at=1)
    await add(web, "n-1.3", 2, message_at=1)
    await add(web, "n-1.4", 3)
    await add(web, "n-1.5", 4, callback_at=1)
    recording = await add_message(web, "n-1.2")
    rows = await owed(web)
    assert [row["id"] for row in rows] == ["n-1.5", "n-1.2", "n-1.3", "n-1.4", "n-1.1"]
    assert [row["place"] for row in rows] == [1, None, None, None, None]
    assert rows[1]["messages"] == [recording]
    assert rows[1]["answer_by"] == (START + timedelta(minutes=2, hours=24)).isoformat(timespec="milliseconds")
    assert (rows[3]["answer_by"], rows[3]["messages"]) == (None, [])


async def test_many_plain_missed_calls_never_hide_a_message(web: Web) -> None:
    await add(web, "n-1.1", 0, message_at=1)
    for number in range(2, 8):
        await add(web, f"n-1.{number}", number)
    rows = await web.get("operator", "/api/calls/missed", limit=3)
    assert [row["id"] for row in rows] == ["n-1.1", "n-1.7", "n-1.6"]


async def test_whoever_was_called_back_leaves_the_list_once_and_the_others_move_up(web: Web) -> None:
    await add(web, "n-1.1", 0, callback_at=1)
    await add(web, "n-1.2", 1, callback_at=1)
    assert (await web.ask("operator", "POST", "/api/calls/n-1.1/callback")).status == 200
    assert [(row["id"], row["place"]) for row in await owed(web)] == [("n-1.2", 1)]


async def test_only_who_may_call_back_says_so_and_only_who_may_listen_hears_the_message(web: Web) -> None:
    await add(web, "n-1.1", 0, message_at=1)
    recording = await add_message(web, "n-1.1")
    for who in ("auditor", "admin", "water"):
        assert (await web.ask(who, "POST", "/api/calls/n-1.1/callback")).status == 403
        status = 404 if who == "water" else 403
        assert (await web.ask(who, "GET", f"/api/recordings/{recording}")).status == status
    # There is no file here: whoever gets that far was let in, and is in the audit log.
    assert (await web.ask("operator", "GET", f"/api/recordings/{recording}")).status == 410
    async with web.desk.database.acquire() as connection:
        looks = await connection.fetch("SELECT user_name, subject FROM audit_log WHERE action = 'recording.play'")
    assert [tuple(row) for row in looks] == [("operator", f"recording:{recording}")]
