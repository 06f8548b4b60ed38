"""The directory, the duty roster and the audit log over HTTP."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from app.units import store
from app.units.model import Shift
from app.web.board import Sight
from tests.integration.tickets.desk import ZONE
from tests.integration.web.conftest import Web

NIGHT = Shift(
    "water",
    date(2026, 10, 1),
    "夜班",
    "A",
    datetime(2026, 10, 1, 20, tzinfo=ZONE),
    datetime(2026, 10, 2, 8, tzinfo=ZONE),
    "周九",
    "87650009",
)
WATER_POST = {"post": "A", "name": "值班室", "phone": "87654321"}
NIGHT_POST = {"post": "A", "name": "周九", "phone": "87650009"}


@pytest.fixture
async def night(web: Web) -> None:
    async with web.desk.database.transaction() as connection:
        await store.save_roster(connection, [NIGHT])


async def test_who_is_on_duty_is_told_of_one_unit_or_of_all(web: Web, night: None) -> None:
    at = {"unit_id": "water", "at": "2026-10-02T07:59"}
    assert await web.get("operator", "/api/duty", **at) == [NIGHT_POST]
    assert await web.get("operator", "/api/duty", **at | {"at": "2026-10-02T08:00"}) == [WATER_POST]
    every = await web.get("operator", "/api/duty", at="2026-10-01T23:00")
    assert {unit["unit_id"]: unit["posts"] for unit in every} == {
        "discipline": [WATER_POST],
        "urban-management": [WATER_POST],
        "water": [NIGHT_POST],
    }
    async with web.desk.database.transaction() as connection:
        await connection.execute("UPDATE unit_contacts SET valid_to = now() WHERE unit_id = 'discipline'")
    every = await web.get("operator", "/api/duty")
    assert [unit["posts"] for unit in every if unit["unit_id"] == "discipline"] == [[]]


async def test_a_unit_asks_about_its_own_duty_only(web: Web, night: None) -> None:
    assert await web.get("water", "/api/duty", at="2026-10-01T23:00") == [NIGHT_POST]
    assert [shift["phone"] for shift in await web.get("water", "/api/duty/roster", **{"from": "2026-10-01"})] == [
        "87650009"
    ]
    assert await web.get("urban", "/api/duty/roster", **{"from": "2026-10-01"}) == []
    for path in ("/api/duty?unit_id=water", "/api/duty/roster?unit_id=water"):
        assert (await web.ask("urban", "GET", path)).status == 403


async def test_the_roster_is_told_for_the_days_asked_for(web: Web, night: None) -> None:
    async def roster(**days: str) -> list[str]:
        return [shift["shift"] for shift in await web.get("office", "/api/duty/roster", **days)]

    assert await roster(**{"from": "2026-09-28"}) == ["夜班"]
    assert await roster(**{"from": "2026-10-02", "to": "2026-10-02"}) == ["夜班"]
    assert await roster(**{"from": "2026-10-03"}) == []
    for days in (
        "from=2026-10-02&to=2026-10-01",
        "from=2026-01-01&to=2027-01-01",
        "from=0001-01-01",
        "from=9999-12-31",
    ):
        assert (await web.ask("office", "GET", f"/api/duty/roster?{days}")).status == 422


async def test_the_people_of_a_unit_are_shown_to_staff_and_to_itself(web: Web) -> None:
    for who, shown in (("operator", True), ("admin", True), ("water", True), ("urban", False), ("auditor", False)):
        unit = await web.get(who, "/api/units/water")
        assert (unit["name"], unit["active"], "contacts" in unit) == ("水务局", True, shown)
    contact = (await web.get("operator", "/api/units/water"))["contacts"][0]
    assert (contact["post"], contact["phone"], contact["valid_to"], contact["late"]) == ("A", "87654321", None, False)
    for unit_id in ("nobody", "UPPER"):
        assert (await web.ask("operator", "GET", f"/api/units/{unit_id}")).status == 404


async def test_a_unit_out_of_service_is_marked(web: Web) -> None:
    async with web.desk.database.transaction() as connection:
        await store.set_in_service(connection, "water", in_service=False)
    assert {unit["id"]: unit["active"] for unit in await web.get("operator", "/api/units")}["water"] is False
    assert (await web.ask("operator", "GET", "/api/duty?unit_id=water")).status == 404


async def test_the_auditor_reads_the_log_page_by_page_and_nobody_else_does(web: Web) -> None:
    number = await web.desk.receive(caller={"phone": "13812345678", "anonymous": True})
    for _ in range(3):
        await web.get("operator", f"/api/tickets/{number}/caller")
    page = await web.get("auditor", "/api/audit", limit=2)
    rest = await web.get("auditor", "/api/audit", limit=2, below=page[-1]["id"])
    assert [line["action"] for line in [*page, *rest]] == ["ticket.caller"] * 3
    assert {line["user_name"] for line in page} == {"operator"}
    assert await web.get("auditor", "/api/audit", user="office") == []
    assert await web.get("auditor", "/api/audit", subject="ticket:20200101-000001") == []
    assert await web.get("auditor", "/api/audit", to="2020-01-01") == []
    for who in ("operator", "office", "supervisor", "admin", "water"):
        assert (await web.ask(who, "GET", "/api/audit")).status == 403


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("swj", ["water"]),
        ("shuiwu", ["water"]),
        ("SW", ["water"]),
        ("水务", ["water"]),
        ("占道", ["urban-management"]),
        ("zhandao", ["urban-management"]),
        ("有人占道经营，垃圾没人管", ["urban-management"]),
        ("8765", ["discipline", "urban-management", "water"]),
        ("xyz", []),
    ],
)
async def test_a_unit_is_found_as_people_look_for_it(web: Web, text: str, found: list[str]) -> None:
    assert sorted(unit["id"] for unit in await web.get("operator", "/api/units", q=text)) == found


async def test_a_district_finds_its_units_and_numbers_are_found_by_those_who_may_know_them(
    web: Web,
) -> None:
    await web.desk.rows("UPDATE units SET parent = 'urban-management' WHERE id = 'water' RETURNING id")
    assert [unit["id"] for unit in await web.get("operator", "/api/units", q="城市管理")] == [
        "urban-management",
        "water",
    ]
    assert await web.get("auditor", "/api/units", q="8765") == []


async def test_the_directory_tells_who_is_on_duty_whose_phone_is_busy_and_who_answered_lately(web: Web) -> None:
    await web.desk.rows("INSERT INTO calls (id, node, started_at) VALUES ('k.1', 'n', now()) RETURNING id")
    for n, outcome in enumerate(("accepted", "no-answer", "cancelled")):
        await web.desk.rows(
            "INSERT INTO unit_attempts (attempt_id, call_id, unit_id, post, mode, started_at, outcome) "
            "VALUES ($1, 'k.1', 'water', 'A', 'join', now(), $2) RETURNING call_id",
            *(f"k.1-u{n}", outcome),
        )
    summons = [{"party_id": "c-u1", "unit_id": "water", "unit_name": "水务局", "post": "A"}]
    web.stage.sight = Sight({"c": {"phase": "talking", "parties": [], "summons": summons}})
    web.board.refresh()
    by_id = {unit["id"]: unit for unit in await web.get("operator", "/api/units")}
    water, urban = by_id["water"], by_id["urban-management"]
    assert (water["on_duty"], water["in_use"], water["rung_lately"], water["answered_lately"]) == (
        *([WATER_POST], True, 2, 1),
    )
    assert (urban["in_use"], urban["rung_lately"]) == (False, 0)
    seen = {unit["id"]: unit["on_duty"] for unit in await web.get("water", "/api/units")}
    assert (seen["water"], seen["urban-management"]) == ([WATER_POST], None)


async def test_a_unit_enters_its_own_roster_and_no_other(web: Web, night: None) -> None:
    shift = {
        "day": "2026-10-01",
        "shift": "白班",
        "post": "A",
        "starts_at": "2026-10-01T08:00:00+08:00",
        "ends_at": "2026-10-01T20:00:00+08:00",
        "name": "吴十",
        "phone": "87650010",
    }
    body = {"days": ["2026-10-01", "2026-10-02"], "shifts": [shift]}
    assert (await web.ask("water", "PUT", "/api/duty/roster", body)).status == 200
    (kept,) = await web.get("water", "/api/duty/roster", **{"from": "2026-10-01"})
    assert (kept["shift"], kept["name"], kept["unit_id"]) == ("白班", "吴十", "water")
    assert await web.get("operator", "/api/duty", unit_id="water", at="2026-10-01T09:00") == [
        {"post": "A", "name": "吴十", "phone": "87650010"}
    ]
    (line,) = await web.desk.rows("SELECT action, subject FROM audit_log")
    assert dict(line) == {"action": "duty.change", "subject": "unit:water"}
    assert (await web.ask("urban", "PUT", "/api/duty/roster", body | {"unit_id": "water"})).status == 403
    assert (await web.ask("auditor", "PUT", "/api/duty/roster", body)).status == 403
    for wrong in (
        {"shifts": [shift | {"ends_at": "2026-10-01T07:00:00+08:00"}]},
        {"shifts": [shift, shift]},
        {"shifts": [shift | {"day": "2026-10-02"}]},
        {"days": ["2026-10-02"]},
        {"shifts": [shift | {"phone": "anruf"}]},
    ):
        assert (await web.ask("water", "PUT", "/api/duty/roster", body | wrong)).status == 422, wrong
    assert (await web.ask("office", "PUT", "/api/duty/roster", body)).status == 422
    assert len(await web.get("water", "/api/duty/roster", **{"from": "2026-10-01"})) == 1
