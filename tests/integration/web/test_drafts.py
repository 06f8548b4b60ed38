"""What somebody typed is kept for them, and two browsers do not overwrite each other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.tickets.desk import BACK
from tests.integration.web.conftest import SHELL_TOKEN, Web
from tests.integration.web.test_tickets import created, problem

PATH = "/api/drafts/ticket:20260930-000001"


async def keep(web: Web, value: Any, version: int = 0, who: str = "operator") -> Any:
    response = await web.ask(who, "PUT", PATH, {"value": value, "version": version})
    return await response.json()


async def test_a_draft_is_kept_until_it_is_thrown_away_and_is_nobody_elses(web: Web) -> None:
    assert (await keep(web, {"content": "停水"}))["version"] == 1
    assert (await keep(web, {"content": "停水两天"}, 1))["version"] == 2
    draft = await web.get("operator", PATH)
    assert (draft["value"], draft["version"]) == ({"content": "停水两天"}, 2)
    assert [line["key"] for line in await web.get("operator", "/api/drafts")] == ["ticket:20260930-000001"]
    await problem(await web.ask("office", "GET", PATH), 404)
    for _ in range(2):
        assert (await web.ask("operator", "DELETE", PATH)).status == 204
    await problem(await web.ask("operator", "GET", PATH), 404)


@pytest.mark.parametrize("version", [0, 1, 7])
async def test_of_two_browsers_the_second_is_given_the_other_version_and_keeps_its_own(web: Web, version: int) -> None:
    await keep(web, "甲")
    await keep(web, "乙", 1)
    refused = await keep(web, "丙", version)
    assert (refused["status"], refused["code"], refused["args"]) == (409, "changed-meanwhile", {"version": 2})
    assert (refused["current"]["value"], refused["yours"]) == ("乙", "丙")
    assert (await web.get("operator", PATH))["value"] == "乙"


async def test_a_draft_that_was_sent_meanwhile_is_told_so_and_a_large_one_refused(web: Web) -> None:
    assert (await keep(web, "甲", 3))["code"] == "draft-gone"
    assert (await keep(web, "长" * 70_000))["code"] == "draft-too-large"
    headers = {"Authorization": f"Bearer {SHELL_TOKEN}"}
    response = await web.client.put(PATH, json={"value": 1}, headers=headers)
    assert (await response.json())["code"] == "no-account"


async def test_no_more_than_two_hundred_drafts_are_kept_for_one_person(web: Web) -> None:
    await web.desk.rows(
        "INSERT INTO drafts (user_name, key, value) SELECT 'operator', 'k' || n, '1' FROM generate_series(1, 200) AS n "
        "RETURNING key"
    )
    assert (await keep(web, "x"))["code"] == "too-many-drafts"


async def test_a_ticket_that_somebody_else_changed_meanwhile_is_shown_beside_what_was_sent(web: Web) -> None:
    number = await created(web)
    seen = (await web.ask("operator", "GET", f"/api/tickets/{number}")).headers["ETag"]
    await web.desk.done(number, "escalate", BACK, to="leader", reason="急")
    headers = {"Authorization": f"Bearer {web.secrets['operator']}", "If-Match": seen}
    sent = {"content": "人民路爆管"}
    answer = await web.client.patch(f"/api/tickets/{number}", json=sent, headers=headers)
    document = await problem(answer, 409)
    assert (document["code"], document["yours"]) == ("changed-meanwhile", sent)
    assert [entry["action"] for entry in document["current"]["history"]] == ["receive", "escalate"]
    acted = await web.client.post(f"/api/tickets/{number}/urge", json={}, headers=headers)
    assert (await acted.json())["code"] == "changed-meanwhile"
    headers["If-Match"] = f'"{document["current"]["version"]}"'
    assert (await web.client.patch(f"/api/tickets/{number}", json=sent, headers=headers)).status == 200
    headers["If-Match"] = "nonsense"
    await problem(await web.client.patch(f"/api/tickets/{number}", json=sent, headers=headers), 422)
