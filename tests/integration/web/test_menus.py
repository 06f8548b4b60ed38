"""Menus over HTTP: a new version is checked, heard by the next caller, gone back from, and there after a start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.menu_book import open_book
from app.menus import desk_copy
from app.settings import Settings
from app.web.keys import DATABASE, MENUS, SETTINGS
from ivr.menu_loader import MENUS as SHIPPED
from ivr.prompts import install_prompts
from tests.integration.web.conftest import Web

FULL = (SHIPPED / "full.yaml").read_text(encoding="utf-8")
SHORT = """\
name: full
language: zh-CN
start: welcome
operator: operator
nodes:
  welcome: {kind: say, prompts: [greeting], next: operator}
  operator: {kind: queue, prompts: [transferring]}
"""
OTHER = SHORT.replace("[greeting]", "[greeting, transferring]")
SNOW = SHORT.replace("nodes:", "texts: {snow: 今日大雪}\nnodes:").replace("[greeting]", "[snow]")
STRANDED = SHORT.replace("next: operator}", "next: nowhere}")


@pytest.fixture(autouse=True)
def prompts(web: Web, tmp_path: Path) -> Path:
    """The prompts as they are laid out for Asterisk."""
    folder = tmp_path / "asterisk" / "prompts"
    install_prompts(folder)
    return folder


def settings(web: Web) -> Settings:
    return web.server.app[SETTINGS]


def heard(web: Web) -> list[str]:
    """The nodes of the menu that the next caller of 12345 is led through."""
    return list(web.server.app[MENUS].current.of_number("12345").nodes)


async def put(web: Web, text: str, base: int | None = None, note: str = "") -> dict[str, Any]:
    response = await web.ask("admin", "POST", "/api/menus/full", {"text": text, "base": base, "note": note})
    answer: dict[str, Any] = await response.json()
    assert response.status == 201, answer
    return answer


async def go_back(web: Web, version: int | None, base: int | None) -> int:
    return (await web.ask("admin", "POST", "/api/menus/full/in-force", {"version": version, "base": base})).status


async def test_a_menu_is_seen_as_it_is_written_and_as_what_callers_are_led_through(web: Web) -> None:
    assert await web.get("admin", "/api/menus") == [{"name": "full", "numbers": ["12345"], "source": "shipped"}]
    told = await web.get("admin", "/api/menus/full")
    assert (told["text"], told["version"], told["source"]) == (FULL, None, "shipped")
    first = told["nodes"][0]
    assert first["id"] == "welcome"
    assert all(name.startswith("zh-CN/") for name in first["prompts"])
    assert {lead["to"] for node in told["nodes"] for lead in node["leads"]} <= {node["id"] for node in told["nodes"]}


async def test_a_new_version_is_heard_by_the_next_caller_and_kept(web: Web) -> None:
    told = await put(web, SHORT, note="国庆期间")
    assert heard(web) == ["welcome", "operator"]
    assert (told["source"], told["changed_by"], told["text"]) == ("desk", "admin", SHORT)
    assert [(one["id"], one["note"]) for one in told["versions"]] == [(told["version"], "国庆期间")]
    lines = await web.desk.rows("SELECT action, subject, user_name FROM audit_log")
    assert [tuple(line.values()) for line in lines] == [("menu.change", "menu:full", "admin")]


async def test_it_is_gone_back_to_an_earlier_version_and_to_the_file(web: Web) -> None:
    before = heard(web)
    first = (await put(web, SHORT))["version"]
    second = (await put(web, OTHER, base=first))["version"]
    assert await go_back(web, first, second) == 200
    assert (await web.get("admin", "/api/menus/full"))["text"] == SHORT
    assert await web.get("admin", f"/api/menus/full/versions/{second}") == {"text": OTHER}
    assert await go_back(web, None, first) == 200
    assert heard(web) == before
    assert (await web.get("admin", "/api/menus/full"))["source"] == "shipped"


async def test_who_wrote_on_an_older_version_is_told_so_and_changes_nothing(web: Web) -> None:
    first = (await put(web, SHORT))["version"]
    response = await web.ask("admin", "POST", "/api/menus/full", {"text": OTHER, "base": None})
    assert (response.status, (await response.json())["code"]) == (409, "the-menu-has-changed")
    assert await go_back(web, None, None) == 409
    told = await web.get("admin", "/api/menus/full")
    assert (told["version"], told["text"], len(told["versions"])) == (first, SHORT, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (STRANDED, "nowhere"),
        ("nodes: [", "full:1"),
        ("", "is missing"),
        (SHORT.replace("name: full", "name: other"), "the menu calls itself 'other'"),
        (SHORT.replace("[transferring]", "[no-such-words]"), "no-such-words"),
        (
            SHORT.replace("nodes:", "texts: {snow: 今日大雪}\nnodes:").replace("[greeting]", "[snow]"),
            "zh-CN/snow has no sound",
        ),
        (SHORT.replace("[transferring]}", "[transferring], service: '999'}"), "999"),
    ],
)
async def test_a_menu_with_a_fault_is_told_where_and_never_put_in_force(web: Web, text: str, said: str) -> None:
    checked = await (await web.ask("admin", "POST", "/api/menus/full/check", {"text": text})).json()
    assert said in "\n".join(checked["problems"])
    assert checked["nodes"] == []
    response = await web.ask("admin", "POST", "/api/menus/full", {"text": text})
    answer = await response.json()
    assert (response.status, answer["code"]) == (422, "the-menu-has-faults")
    assert said in "\n".join(answer["problems"])
    assert await web.desk.rows("SELECT * FROM menu_versions") == []
    assert len(heard(web)) > 2


async def test_what_a_text_would_lead_callers_through_is_shown_before(web: Web) -> None:
    checked = await (await web.ask("admin", "POST", "/api/menus/full/check", {"text": SHORT})).json()
    assert checked["problems"] == []
    assert [node["id"] for node in checked["nodes"]] == ["welcome", "operator"]
    assert len(heard(web)) > 2


async def test_words_of_the_citys_own_are_taken_once_they_can_be_heard(web: Web, prompts: Path) -> None:
    (prompts / "zh-CN/snow.wav").write_bytes((prompts / "zh-CN/greeting.wav").read_bytes())
    await put(web, SNOW)
    listed = {one["name"]: one for one in await web.get("admin", "/api/prompts")}
    assert listed["zh-CN/snow"] == {"name": "zh-CN/snow", "text": "今日大雪", "sound": True}


async def test_prompts_are_heard_as_callers_hear_them(web: Web) -> None:
    listed = await web.get("admin", "/api/prompts")
    assert all(one["sound"] and one["text"] for one in listed)
    answer = await web.ask("admin", "GET", "/api/prompts/zh-CN/greeting")
    assert (answer.status, answer.content_type) == (200, "audio/wav")
    assert (await answer.read())[:4] == b"RIFF"
    for path in ("zh-CN/nothing", "fr/greeting"):
        assert (await web.ask("admin", "GET", f"/api/prompts/{path}")).status == 404
    for path in ("zh-CN/..%2F..%2Fsecrets", "zh-CN/greeting.wav", "../zh-CN/greeting"):
        assert (await web.ask("admin", "GET", f"/api/prompts/{path}")).status in {400, 404}


async def test_without_postgres_a_start_has_the_menu_that_was_in_force(web: Web) -> None:
    first = (await put(web, SHORT))["version"]
    again = open_book(settings(web), Path("/nowhere"))
    assert list(again.current.of_number("12345").nodes) == ["welcome", "operator"]
    assert await go_back(web, None, first) == 200
    assert not desk_copy(settings(web), "full").exists()


async def test_a_copy_on_disk_that_cannot_be_used_costs_no_call(web: Web) -> None:
    await put(web, SHORT)
    desk_copy(settings(web), "full").write_text("nodes: [", encoding="utf-8")
    again = open_book(settings(web), Path("/nowhere"))
    assert len(again.current.of_number("12345").nodes) > 2
    await again.take_over(web.server.app[DATABASE])
    assert list(again.current.of_number("12345").nodes) == ["welcome", "operator"]
    assert desk_copy(settings(web), "full").read_text(encoding="utf-8") == SHORT


async def test_who_follows_the_menus_is_told_of_a_change_and_only_then(web: Web) -> None:
    book, told = web.server.app[MENUS], list[int]()

    async def follower(menus: Any) -> None:
        told.append(len(menus.menus["full"].nodes))

    book.follow(follower)
    await book.take_over(web.server.app[DATABASE])
    first = (await put(web, SHORT))["version"]
    await go_back(web, first, first)
    assert told == [2]


async def test_a_disk_that_takes_nothing_keeps_no_menu_from_callers(web: Web) -> None:
    copy = desk_copy(settings(web), "full")
    copy.parent.parent.mkdir(parents=True, exist_ok=True)
    copy.parent.write_text("a file where the folder should be")
    await put(web, SHORT)
    assert heard(web) == ["welcome", "operator"]


@pytest.mark.parametrize("who", ["operator", "supervisor", "water", "auditor"])
async def test_menus_are_for_administrators(web: Web, who: str) -> None:
    for method, path, body in (
        ("GET", "/api/menus", None),
        ("GET", "/api/menus/full", None),
        ("GET", "/api/prompts", None),
        ("POST", "/api/menus/full", {"text": SHORT}),
        ("POST", "/api/menus/full/check", {"text": SHORT}),
        ("POST", "/api/menus/full/in-force", {"version": None, "base": None}),
    ):
        assert (await web.ask(who, method, path, body)).status == 403


async def test_of_a_menu_that_no_number_leads_to_nothing_is_said(web: Web) -> None:
    for method, path, body in (
        ("GET", "/api/menus/direct", None),
        ("GET", "/api/menus/full/versions/1", None),
        ("POST", "/api/menus/direct", {"text": SHORT}),
        ("POST", "/api/menus/direct/check", {"text": SHORT}),
        ("POST", "/api/menus/full/in-force", {"version": 99, "base": None}),
    ):
        assert (await web.ask("admin", method, path, body)).status == 404, path
