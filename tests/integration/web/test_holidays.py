"""The city's own days over HTTP: they go before what is published and what the file says, and limits follow them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.integration.tickets.desk import ZONE
from tests.integration.web.conftest import Web

OWN = {"holidays": ["2040-02-14"], "workdays": ["2040-02-18"], "complete": True}


async def days(web: Web, year: int) -> dict[str, tuple[bool, str]]:
    told = await web.get("operator", f"/api/holidays/{year}")
    return {one["day"]: (one["working"], one["source"]) for one in told["days"]}


async def test_a_published_year_has_its_days_off_and_its_make_up_days(web: Web) -> None:
    told = await web.get("water", "/api/holidays/2026")
    assert (told["published"], told["complete"], told["changed_by"]) == (True, False, None)
    found = await days(web, 2026)
    assert found["2026-10-01"] == (False, "published")
    assert found["2026-09-20"] == (True, "published")
    assert "2026-09-21" not in found


async def test_of_a_year_that_is_not_published_the_days_are_told_that_the_law_fixes(web: Web) -> None:
    told = await web.get("operator", "/api/holidays/2040")
    assert (told["published"], told["complete"]) == (False, False)
    assert {(one["working"], one["source"]) for one in told["days"]} == {(False, "law")}


async def test_what_the_administrator_says_goes_before_all_else(web: Web) -> None:
    response = await web.ask("admin", "PUT", "/api/holidays/2040", OWN)
    told = await response.json()
    assert response.status == 200, told
    assert (told["complete"], told["changed_by"]) == (True, "admin")
    assert await days(web, 2040) == {"2040-02-14": (False, "desk"), "2040-02-18": (True, "desk")}
    lines = await web.desk.rows("SELECT action, subject FROM audit_log")
    assert [tuple(line.values()) for line in lines] == [("calendar.change", "calendar:2040")]

    again = {"holidays": [], "workdays": ["2026-10-01"]}
    assert (await web.ask("admin", "PUT", "/api/holidays/2026", again)).status == 200
    assert (await days(web, 2026))["2026-10-01"] == (True, "desk")
    assert await days(web, 2040) == {"2040-02-14": (False, "desk"), "2040-02-18": (True, "desk")}


async def test_days_that_are_taken_back_are_as_they_were(web: Web) -> None:
    before = await days(web, 2026)
    for holidays in (["2026-09-21"], []):
        body = {"holidays": holidays, "workdays": []}
        assert (await web.ask("admin", "PUT", "/api/holidays/2026", body)).status == 200
    assert await days(web, 2026) == before


async def test_limits_of_open_tickets_follow_a_day_off_that_comes_later(web: Web) -> None:
    web.desk.at = datetime(2026, 9, 21, 9, tzinfo=ZONE)
    number = await web.desk.dispatched("water", category="complaint")
    before = (await web.desk.row(number))["due_at"]
    body = {"holidays": ["2026-09-22"], "workdays": []}
    assert (await web.ask("admin", "PUT", "/api/holidays/2026", body)).status == 200
    web.desk.tickets.look_again()
    assert await web.desk.tickets.follow_calendar() == 1
    assert (await web.desk.row(number))["due_at"] > before
    assert await web.desk.tickets.follow_calendar() == 0


@pytest.mark.parametrize(
    ("year", "wrong", "status"),
    [
        (2040, {"holidays": ["2040-02-14"], "workdays": ["2040-02-14"]}, 422),
        (2040, {"holidays": ["2041-02-14"]}, 422),
        (2040, {"holidays": ["2040-02-30"]}, 422),
        (2040, {"holidays": "2040-02-14"}, 422),
        (1999, {}, 404),
    ],
)
async def test_days_that_do_not_fit_are_refused(web: Web, year: int, wrong: dict[str, Any], status: int) -> None:
    response = await web.ask("admin", "PUT", f"/api/holidays/{year}", {**OWN, **wrong})
    assert response.status == status, await response.text()
    assert await web.desk.rows("SELECT * FROM city_years") == []


@pytest.mark.parametrize("who", ["operator", "supervisor", "water", "auditor"])
async def test_only_administrators_change_them(web: Web, who: str) -> None:
    assert (await web.ask(who, "PUT", "/api/holidays/2040", OWN)).status == 403
