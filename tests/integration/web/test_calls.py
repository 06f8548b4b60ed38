"""Calls over HTTP where no telephone is needed: lists, missed calls, looks at recordings and transcripts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientResponse

from tests.integration.tickets.desk import NAME, PHONE
from tests.integration.web.conftest import Web

PARTS = ("/api/calls/{}", "/api/transcripts/{}")


async def add_call(web: Web, call_id: str, outcome: str = "conversation") -> None:
    async with web.desk.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO calls (id, node, caller, caller_name, started_at, ended_at, outcome, missed_reason) "
            "VALUES ($1, 'n', $2, $3, now() - interval '1 minute', now(), $4, $5)",
            *(call_id, PHONE, NAME, outcome, "queue" if outcome == "missed" else None),
        )
        await connection.execute(
            "INSERT INTO call_events (call_id, key, kind, at, data) VALUES ($1, 'started', 'started', now(), $2)",
            *(call_id, {"caller": PHONE, "caller_name": NAME}),
        )
        await connection.execute(
            "INSERT INTO transcripts (call_id, turns, model) VALUES ($1, $2, 'm')",
            *(call_id, [{"role": "citizen", "name": "", "start": 0, "end": 1, "text": "您好"}]),
        )


async def add_recording(web: Web, call_id: str) -> int:
    path = web.recordings / f"{call_id}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"RIFF")
    async with web.desk.database.acquire() as connection:
        number: int = await connection.fetchval(
            "INSERT INTO recordings (call_id, kind, name, path, seconds, sha256) "
            "VALUES ($1, 'mixed', 'mixed', $2, 1, repeat('0', 64)) RETURNING id",
            *(call_id, path.name),
        )
    return number


async def ticket_of(web: Web, call_id: str, **correction: Any) -> str:
    """A call's ticket, which is what the correction makes of it afterwards."""
    number = await web.desk.receive()
    async with web.desk.database.acquire() as connection:
        await connection.execute("UPDATE tickets SET call_id = $2 WHERE number = $1", number, call_id)
    response = await web.ask("operator", "PATCH", f"/api/tickets/{number}", correction)
    assert response.status == 200, await response.text()
    return number


async def document(response: ClientResponse) -> dict[str, Any]:
    found: dict[str, Any] = await response.json()
    assert response.content_type == "application/problem+json", found
    return found


async def test_a_missed_caller_is_listed_until_called_back(web: Web) -> None:
    await add_call(web, "m.1", "missed")
    await add_call(web, "t.1")
    assert [call["id"] for call in await web.get("operator", "/api/calls/missed")] == ["m.1"]
    for who, status in (("auditor", 403), ("water", 403), (None, 401)):
        assert (await web.ask(who, "POST", "/api/calls/m.1/callback")).status == status
    first = await web.ask("operator", "POST", "/api/calls/m.1/callback")
    again = await web.ask("office", "POST", "/api/calls/m.1/callback")
    assert (first.status, again.status) == (200, 200)
    assert await first.json() == await again.json()
    assert await web.get("operator", "/api/calls/missed") == []
    for call_id, status in (("t.1", 409), ("none.1", 404)):
        response = await web.ask("operator", "POST", f"/api/calls/{call_id}/callback")
        assert (await document(response))["status"] == status
    rows = await web.desk.rows("SELECT user_name, subject FROM audit_log WHERE action = 'call.callback'")
    assert rows == [{"user_name": "operator", "subject": "call:m.1"}]


async def test_every_look_at_a_recording_or_transcript_is_in_the_audit_log(web: Web) -> None:
    await add_call(web, "r.1")
    recording = await add_recording(web, "r.1")
    assert (await web.ask("operator", "GET", f"/api/recordings/{recording}")).status == 200
    await web.get("office", "/api/transcripts/r.1")
    assert (await web.ask("auditor", "GET", f"/api/recordings/{recording}")).status == 403
    log = await web.desk.rows("SELECT user_name, action, subject FROM audit_log ORDER BY id")
    assert [tuple(line.values()) for line in log] == [
        ("operator", "recording.play", f"recording:{recording}"),
        ("office", "transcript.read", "call:r.1"),
    ]


async def test_a_unit_that_was_rung_and_did_not_join_learns_no_more_of_the_call_than_of_one_there_is_not(
    web: Web,
) -> None:
    await add_call(web, "u.1")
    recording = await add_recording(web, "u.1")
    async with web.desk.database.transaction() as connection:
        for unit, outcome in (("water", "declined"), ("urban-management", "accepted")):
            await connection.execute(
                "INSERT INTO unit_attempts (attempt_id, call_id, unit_id, post, mode, started_at, outcome) "
                "VALUES ($1, 'u.1', $1, 'A', 'join', now(), $2)",
                *(unit, outcome),
            )
    for path, other in ((PARTS[0], "none.1"), (PARTS[1], "none.1"), ("/api/recordings/{}", "999999")):
        there = await document(await web.ask("water", "GET", path.format(recording if "rec" in path else "u.1")))
        nowhere = await document(await web.ask("water", "GET", path.format(other)))
        assert (there["status"], there["code"], there["title"]) == (404, nowhere["code"], nowhere["title"])
    assert (await web.get("urban", "/api/calls/u.1"))["id"] == "u.1"
    refused = await web.desk.rows("SELECT user_name, action FROM audit_log WHERE action LIKE '%refused' ORDER BY id")
    assert [line["user_name"] for line in refused] == ["water", "water"]


async def test_a_unit_sees_every_ring_of_its_own_duty_telephones_and_the_call_only_where_it_came_into_it(
    web: Web,
) -> None:
    now = datetime.now(UTC)
    rings = [("water", "A", "no-answer", 3), ("water", "B", "accepted", 2), ("urban-management", "A", "declined", 1)]
    await add_call(web, "u.1")
    async with web.desk.database.transaction() as connection:
        for unit, post, outcome, minutes in rings:
            await connection.execute(
                "INSERT INTO unit_attempts (attempt_id, call_id, unit_id, post, mode, started_at, ended_at, outcome) "
                "VALUES ($1, 'u.1', $2, $3, 'join', $4, $4, $5)",
                *(f"{unit}{post}", unit, post, now - timedelta(minutes=minutes), outcome),
            )
    path = "/api/units/water/rings"
    listed = await web.get("water", path)
    assert [(one["post"], one["outcome"], one["call_id"]) for one in listed] == [
        ("B", "accepted", "u.1"),
        ("A", "no-answer", None),
    ]
    assert [one["post"] for one in await web.get("water", path, before=listed[0]["started_at"])] == ["A"]
    assert [one["call_id"] for one in await web.get("operator", path)] == ["u.1", "u.1"]
    for who in ("urban", "auditor"):
        assert (await web.ask(who, "GET", path)).status == 403


async def test_the_call_of_a_confidential_ticket_says_nothing(web: Web) -> None:
    await add_call(web, "s.1")
    recording = await add_recording(web, "s.1")
    await ticket_of(web, "s.1", category="report_economic")
    for who in ("operator", "office", "supervisor"):
        for path in (*(part.format("s.1") for part in PARTS), f"/api/recordings/{recording}"):
            assert (await document(await web.ask(who, "GET", path)))["status"] == 403
        (listed,) = await web.get(who, "/api/calls")
        assert (listed["confidential"], listed["caller"], listed["caller_name"]) == (True, "", "")
    refused = await web.desk.rows("SELECT DISTINCT action FROM audit_log ORDER BY 1")
    assert [line["action"] for line in refused] == ["recording.play.refused", "transcript.read.refused"]


async def test_who_will_not_be_named_is_named_by_no_call(web: Web) -> None:
    await add_call(web, "a.1")
    await ticket_of(web, "a.1", anonymous=True)
    for path in ("/api/calls", "/api/calls/a.1"):
        assert PHONE not in str(await web.get("operator", path))


async def test_who_comes_back_to_the_feed_is_not_told_what_is_protected_by_now(web: Web) -> None:
    await add_call(web, "f.1")
    await add_call(web, "f.2")
    for call_id in ("f.1", "f.2"):
        data = {"call_id": call_id, "kind": "started", "data": {"caller": PHONE, "caller_name": NAME}}
        web.feed.publish("calls", data)
        web.feed.publish("text", {"call": call_id, "party": call_id, "role": "citizen", "text": f"{call_id} 说"})
    await ticket_of(web, "f.1", category="report_economic")
    headers = {"Authorization": f"Bearer {web.secrets['supervisor']}"}
    async with await web.client.ws_connect("/api/live?epoch=epoch&after=0", headers=headers) as socket:
        assert (await socket.receive_json(timeout=10))["topic"] == "hello"
        first, second, said = [await socket.receive_json(timeout=10) for _ in range(3)]
    assert (first["n"], first["data"]["data"]["caller"]) == (1, "")
    assert (second["n"], second["data"]["data"]["caller"]) == (3, PHONE)
    # What was said on the confidential call, message 2, is not told again.
    assert (said["n"], said["data"]["text"]) == (4, "f.2 说")
