"""A registration form or a roster taken over in the browser: shown first, done when that very change is agreed to."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientResponse

from tests.integration.web.conftest import Web
from tests.integration.web.test_tickets import problem

UNITS = "/api/units/import"
ROSTER = "/api/duty/import"
FORM = (
    "id,单位名称,层级,关键词,经办人A姓名,经办人A手机\nwater,供水公司,2,停水、水质,王十,13800000010\n,气象局,2,预报,,\n"
)
SHIFTS = """\
单位,日期,班次,岗位,开始,结束,姓名,电话
water,2026-10-01,夜班,A,20:00,08:00,周九,87650009
"""


async def send(web: Web, who: str, path: str, text: str, name: str = "form.csv", **query: str) -> ClientResponse:
    return await web.upload(who, path, text.encode(), name, **query)


async def sent(web: Web, who: str, path: str, text: str, **query: str) -> Any:
    response = await send(web, who, path, text, **query)
    answer = await response.json()
    assert response.status == 200, answer
    return answer


async def names(web: Web) -> set[str]:
    return {unit["name"] for unit in await web.get("operator", "/api/units")}


async def test_a_form_is_shown_and_changes_nothing_until_that_very_change_is_agreed_to(web: Web) -> None:
    shown = await sent(web, "office", UNITS, FORM)
    assert (shown["applied"], [unit["name"] for unit in shown["added"]]) == (False, ["气象局"])
    [water] = shown["changed"]
    assert {"field": "A.mobile", "before": "", "after": "13800000010"} in water["fields"]
    assert "第3行：气象局没有填写经办人A" in [warning["zh"] for warning in shown["warnings"]]
    assert "气象局" not in await names(web)
    done = await sent(web, "office", UNITS, FORM, digest=shown["digest"])
    assert done == shown | {"applied": True}
    assert "气象局" in await names(web)
    contacts = (await web.get("office", "/api/units/water"))["contacts"]
    assert [one["name"] for one in contacts if one["post"] == "A"] == ["王十"]
    lines = await web.get("auditor", "/api/audit", action="unit.change")
    assert {line["subject"] for line in lines} == {"unit:water", f"unit:{shown['added'][0]['id']}"}
    assert {line["user_name"] for line in lines} == {"office"}


async def test_what_was_agreed_to_is_not_done_to_another_directory(web: Web) -> None:
    shown = await sent(web, "admin", UNITS, FORM)
    other = FORM.replace("王十", "李四")
    digest = (await sent(web, "admin", UNITS, other))["digest"]
    await sent(web, "admin", UNITS, other, digest=digest)
    for refused in (FORM, other):
        response = await send(web, "admin", UNITS, refused, digest=shown["digest"])
        assert (response.status, (await response.json())["code"]) == (409, "shown-otherwise")
    contacts = (await web.get("office", "/api/units/water"))["contacts"]
    assert [one["name"] for one in contacts if one["post"] == "A"] == ["李四"]


async def test_every_mistake_of_a_form_is_named_in_both_languages_and_nothing_is_changed(web: Web) -> None:
    before = await names(web)
    bad = FORM.replace("13800000010", "电话").replace(",2,预报", ",九,预报")
    answer = await problem(await send(web, "admin", UNITS, bad), 422)
    assert answer["code"] == "the-form-has-mistakes"
    assert [(one["where"], one["field"]) for one in answer["errors"]] == [("2", "经办人A手机"), ("3", "层级")]
    assert answer["errors"][1]["zh"] == "'九'不是层级：应为1、2或3"
    assert answer["errors"][1]["what"] == "'九' is not a tier: 1, 2 or 3"
    assert await names(web) == before


@pytest.mark.parametrize(
    ("text", "name"), [("x", "form.pdf"), ("x", "form.xlsx"), ("\x00\x01", "form.csv"), ("姓名\n王", "form.csv")]
)
async def test_a_file_that_is_no_form_is_refused(web: Web, text: str, name: str) -> None:
    response = await send(web, "admin", UNITS, text, name)
    assert (response.status, (await response.json())["code"]) == (422, "the-form-has-mistakes")


@pytest.mark.parametrize("who", ["operator", "water", "auditor"])
async def test_only_the_office_and_administrators_change_the_directory(web: Web, who: str) -> None:
    assert (await send(web, who, UNITS, FORM)).status == 403


async def test_a_roster_is_shown_then_entered_and_a_unit_enters_its_own_only(web: Web) -> None:
    shown = await sent(web, "water", ROSTER, SHIFTS)
    assert (shown["applied"], [shift["name"] for shift in shown["shifts"]]) == (False, ["周九"])
    days = {"from": "2026-10-01", "to": "2026-10-01"}
    assert await web.get("water", "/api/duty/roster", **days) == []
    await sent(web, "water", ROSTER, SHIFTS, digest=shown["digest"])
    assert await web.get("water", "/api/duty/roster", **days) == shown["shifts"]
    assert (await send(web, "urban", ROSTER, SHIFTS)).status == 403


async def test_a_roster_that_replaces_takes_away_what_its_days_held(web: Web) -> None:
    for text in (SHIFTS, SHIFTS.replace("夜班", "日班").replace("20:00,08:00", "08:00,20:00")):
        digest = (await sent(web, "office", ROSTER, text))["digest"]
        await sent(web, "office", ROSTER, text, digest=digest, replace="true")
    found = await web.get("office", "/api/duty/roster", **{"from": "2026-10-01", "to": "2026-10-01"})
    assert [shift["shift"] for shift in found] == ["日班"]
