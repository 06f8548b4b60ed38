"""Searches are kept by name for whoever saved them, and are nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.web.conftest import SHELL_TOKEN, Web
from tests.integration.web.test_tickets import problem

PATH = "/api/views"
LATE = {"name": "水务超时", "path": "/tickets/late?q=%E5%81%9C%E6%B0%B4&sort=due"}


async def save(web: Web, body: Any = LATE, who: str = "operator") -> Any:
    response = await web.ask(who, "PUT", PATH, body)
    return response.status, await response.json()


async def test_a_search_is_kept_by_name_replaced_and_forgotten(web: Web) -> None:
    assert (await save(web))[0] == 200
    assert (await save(web, {**LATE, "path": "/tickets/late"}))[1]["path"] == "/tickets/late"
    assert [(one["name"], one["path"]) for one in await web.get("operator", PATH)] == [("水务超时", "/tickets/late")]
    assert await web.get("office", PATH) == []
    for _ in range(2):
        assert (await web.ask("operator", "DELETE", f"{PATH}?name=水务超时")).status == 204
    assert await web.get("operator", PATH) == []


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "path": "/tickets/all"},
        {"name": "长" * 41, "path": "/tickets/all"},
        {"name": "两\n行", "path": "/tickets/all"},
        {"name": "外", "path": "https://example.com/"},
        {"name": "外", "path": "//example.com/tickets"},
        {"name": "空格", "path": "/tickets/all?q=a b"},
        {"name": "长", "path": "/tickets/all?q=" + "x" * 2000},
    ],
)
async def test_what_is_no_page_of_the_desk_is_not_kept(web: Web, body: dict[str, str]) -> None:
    assert (await save(web, body))[0] == 422
    assert await web.get("operator", PATH) == []


async def test_a_hundred_are_kept_and_the_command_line_keeps_none(web: Web) -> None:
    for number in range(100):
        assert (await save(web, {"name": f"查询{number}", "path": "/calls"}))[0] == 200
    status, refused = await save(web, {"name": "又一个", "path": "/calls"})
    assert (status, refused["code"]) == (409, "too-many-saved-searches")
    assert (await save(web, {"name": "查询7", "path": "/calls?q=x"}))[0] == 200
    headers = {"Authorization": f"Bearer {SHELL_TOKEN}"}
    await problem(await web.client.put(PATH, json=LATE, headers=headers), 403)
