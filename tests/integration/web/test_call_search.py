"""Calls are found by what is known of them; one caller's history; recordings can be sought in, drawn and marked."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.calls.search import Asked, statement
from app.web.keys import HUB
from recordings import wav
from tests.integration.tickets.desk import CALLER, NAME, PHONE, ZONE
from tests.integration.web.conftest import Web
from tests.integration.web.test_calls import add_call, add_recording
from tests.support.postgres import plan, sequential_scans

START = datetime(2026, 9, 1, 9, tzinfo=ZONE)


async def call(web: Web, n: int, *, caller: str = "", seconds: int = 60, said: str = "您好", **fields: Any) -> str:
    call_id = f"node1-{n}.1"
    at = START + timedelta(hours=n)
    await web.desk.rows(
        "INSERT INTO calls (id, node, caller, started_at, answered_at, ended_at, outcome) "
        "VALUES ($1, 'node1', $2, $3, $3, $4, 'conversation') RETURNING id",
        *(call_id, caller or f"1390000000{n}", at, at + timedelta(seconds=seconds)),
    )
    turns = [{"role": "citizen", "name": "", "start": 0, "end": 1, "text": said}]
    sql = "INSERT INTO transcripts (call_id, turns, model) VALUES ($1, $2, 'm') RETURNING call_id"
    await web.desk.rows(sql, call_id, turns)
    operator, unit = fields.get("operator", "op1001"), fields.get("unit")
    await web.desk.rows(
        "INSERT INTO call_parties (call_id, party_id, role, name, joined_at) VALUES ($1, 'o', 'operator', $2, $3) "
        "RETURNING call_id",
        *(call_id, operator, at),
    )
    if unit:
        await web.desk.rows(
            "INSERT INTO unit_attempts (attempt_id, call_id, unit_id, post, mode, started_at) "
            "VALUES ($1, $2, $3, 'A', 'join', $4) RETURNING call_id",
            *(f"{call_id}-u1", call_id, unit, at),
        )
    sql = "INSERT INTO call_events (call_id, key, kind, at, data) VALUES ($1, 'q', 'queued', $2, $3) RETURNING call_id"
    await web.desk.rows(sql, call_id, at, {"queue": fields.get("queue", "hotline")})
    return call_id


async def found(web: Web, who: str = "supervisor", **query: Any) -> list[str]:
    page = await web.get(who, "/api/calls", **query)
    return [one["id"] for one in page["items"]]


async def test_calls_are_found_by_whatever_is_known_of_them(web: Web) -> None:
    one = await call(web, 1, caller=PHONE, seconds=30, said="人民路停水了", operator="op1001", unit="water")
    two = await call(web, 2, seconds=300, said="路灯不亮", operator="op1002", queue="english")
    await add_call(web, "missed.1", "missed")
    queries: list[tuple[dict[str, Any], list[str]]] = [
        ({"number": PHONE, "to": "2026-09-30"}, [one]),
        ({"operator": "op1002"}, [two]),
        ({"unit": "water"}, [one]),
        ({"queue": "english"}, [two]),
        ({"min_seconds": 100}, [two]),
        ({"max_seconds": 100, "outcome": "conversation", "to": "2026-09-30"}, [one]),
        ({"outcome": "missed"}, ["missed.1"]),
        ({"from": (START + timedelta(hours=2)).isoformat(), "to": "2026-09-30"}, [two]),
        ({"q": "停水"}, [one]),
        ({"q": "停水", "operator": "op1002"}, []),
        ({"q": "水停"}, []),
    ]
    for query, wanted in queries:
        assert await found(web, **query) == wanted, query


async def test_pages_follow_each_other_by_key_and_without_filters_the_answer_is_the_list_it_was(web: Web) -> None:
    made = [await call(web, n) for n in range(1, 6)][::-1]
    pages: list[str] = []
    after = None
    while True:
        query: dict[str, Any] = {"queue": "hotline", "limit": 2} | ({"after": after} if after else {})
        page = await web.get("operator", "/api/calls", **query)
        pages += [one["id"] for one in page["items"]]
        if (after := page["next"]) is None:
            break
    assert pages == made
    assert [one["id"] for one in await web.get("operator", "/api/calls")] == made
    assert (await web.ask("operator", "GET", "/api/calls?after=x")).status == 422


async def test_protected_callers_are_not_found_by_number_and_auditors_find_by_neither(
    web: Web,
) -> None:
    one = await call(web, 1, caller=PHONE, said="停水")
    number = await web.desk.receive(caller=CALLER | {"anonymous": True})
    await web.desk.rows("UPDATE tickets SET call_id = $2 WHERE number = $1 RETURNING number", number, one)
    assert await found(web, number=PHONE) == []
    (line,) = (await web.get("operator", "/api/calls", q="停水"))["items"]
    assert (line["id"], line["caller"]) == (one, "")
    for query in ("number=13812345678", "q=停水"):
        assert (await web.ask("auditor", "GET", f"/api/calls?{query}")).status == 403


async def test_one_persons_history_holds_what_is_open_and_the_look_is_audited_without_number(
    web: Web,
) -> None:
    one = await call(web, 1, caller=PHONE)
    number = await web.desk.receive(content="停水")
    await web.desk.receive(content="别人不知道", caller=CALLER | {"anonymous": True})
    await web.desk.receive(category="report_economic", content="受贿")
    history = await web.get("operator", f"/api/callers/{PHONE}")
    assert ([c["id"] for c in history["calls"]], [t["number"] for t in history["tickets"]]) == ([one], [number])
    assert history["place"] == "江苏省连云港市"
    (entry,) = await web.desk.rows("SELECT action, subject, detail FROM audit_log")
    assert entry["detail"] == {"calls": [one], "tickets": [number]}
    assert PHONE not in str(entry)
    assert NAME not in str(entry)
    for who in ("water", "auditor", "admin"):
        assert (await web.ask(who, "GET", f"/api/callers/{PHONE}")).status == 403


async def test_a_recording_can_be_sought_in(web: Web) -> None:
    await add_call(web, "k.1")
    number = await add_recording(web, "k.1")
    headers = {"Authorization": f"Bearer {web.secrets['operator']}", "Range": "bytes=1-2"}
    response = await web.client.get(f"/api/recordings/{number}", headers=headers)
    assert (response.status, await response.read(), response.headers["Content-Range"]) == (206, b"IF", "bytes 1-2/4")


async def test_peaks_are_computed_once_for_each_speaker_and_are_for_those_who_may_listen(web: Web) -> None:
    await add_call(web, "k.1")
    mixed = await add_recording(web, "k.1")
    paths = {role: await _track(web, role, loud) for role, loud in (("citizen", 16384), ("operator", 0))}
    drawn = await web.get("operator", f"/api/recordings/{mixed}/peaks")
    assert drawn["per_second"] == 10
    assert {track["role"]: track["peaks"] for track in drawn["tracks"]} == {"citizen": [50] * 20, "operator": [0] * 20}
    for path in paths.values():
        path.unlink()
    assert await web.get("supervisor", f"/api/recordings/{mixed}/peaks") == drawn
    assert (await web.ask("water", "GET", f"/api/recordings/{mixed}/peaks")).status == 404
    assert (await web.ask("operator", "GET", "/api/recordings/999/peaks")).status == 404


async def _track(web: Web, role: str, loud: int) -> Path:
    path = web.recordings / f"{role}.wav"
    wav.write(path, [loud.to_bytes(2, "little", signed=True) * 2 * wav.SAMPLE_RATE])
    await web.desk.rows(
        "INSERT INTO recordings (call_id, kind, role, name, path, seconds, sha256) "
        "VALUES ('k.1', 'track', $1, $1, $2, 2, repeat('0', 64)) RETURNING id",
        *(role, path.name),
    )
    return path


async def test_a_place_is_marked_with_a_note_and_taken_away_by_whoever_made_it(web: Web) -> None:
    await add_call(web, "k.1")
    response = await web.ask("operator", "POST", "/api/calls/k.1/bookmarks", {"at_seconds": 12.5, "note": "这里"})
    mark = await response.json()
    assert response.status == 201
    assert await web.get("office", "/api/calls/k.1/bookmarks") == [mark]
    assert (await web.ask("office", "DELETE", f"/api/calls/k.1/bookmarks/{mark['id']}")).status == 404
    assert (await web.ask("operator", "DELETE", f"/api/calls/k.1/bookmarks/{mark['id']}")).status == 204
    assert (await web.ask("operator", "GET", "/api/calls/nothing/bookmarks")).status == 404


@pytest.mark.parametrize(
    "asked",
    [
        Asked(number="1"),
        Asked(operator="op1001"),
        Asked(unit="water", since=START),
        Asked(words="停水"),
        Asked(after=(START, "x"), outcome="missed"),
        Asked(shortest_s=60, before=START),
    ],
)
async def test_no_search_reads_a_big_table_from_end_to_end(web: Web, asked: Asked) -> None:
    sql, arguments = statement(asked)
    async with web.desk.database.acquire() as connection:
        scans = sequential_scans(await plan(connection, sql, *arguments))
    assert scans & {"calls", "tickets", "call_parties", "unit_attempts", "call_events", "transcripts"} == set()


async def test_before_answering_it_is_told_on_which_of_the_citys_lists_a_caller_stands(web: Web) -> None:
    await web.server.app[HUB].book.take_over(web.desk.database)
    for name, numbers in (("nuisance", [PHONE]), ("elderly", ["13900000009"])):
        response = await web.ask("admin", "PUT", f"/api/caller-lists/{name}", {"numbers": numbers})
        assert response.status == 200, await response.text()
    assert (await web.get("operator", f"/api/callers/{PHONE}"))["lists"] == ["nuisance"]
    assert (await web.get("operator", "/api/callers/13900000008"))["lists"] == []
