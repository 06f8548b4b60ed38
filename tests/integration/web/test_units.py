"""The directory, the duty roster and the audit log over HTTP."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from app.units import store
from app.units.model import Shift
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
