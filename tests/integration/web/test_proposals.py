"""What is proposed while somebody still talks: from what was said so far, for whoever takes a matter down."""

from __future__ import annotations

import pytest

from tests.integration.web.conftest import Web

SAID = "你好，我家住在人民路幸福小区3号楼，从昨天晚上开始自来水停水，麻烦你们赶紧派人来修"


async def test_the_unit_the_category_and_the_place_are_proposed_with_how_sure_and_by_which_words(web: Web) -> None:
    response = await web.ask("operator", "POST", "/api/proposals", {"text": SAID})
    proposal = await response.json()
    assert response.status == 200, proposal
    assert proposal["units"][0]["unit"] == "water"
    assert {"停水", "自来水"} & set(proposal["units"][0]["because"])
    assert 0 < proposal["units"][0]["confidence"] <= 1
    assert proposal["title"] == "从昨天晚上开始自来水停水"
    assert "幸福小区" in proposal["place"]["text"]
    assert proposal["category"]["category"] == "help_public"
    assert await web.desk.rows("SELECT number FROM tickets") == []


async def test_of_what_says_nothing_nothing_is_proposed(web: Web) -> None:
    proposal = await (await web.ask("operator", "POST", "/api/proposals", {"text": "喂，喂"})).json()
    assert (proposal["units"], proposal["place"], proposal["title"]) == ([], None, "")


@pytest.mark.parametrize(("text", "status"), [("", 422), ("水" * 10_001, 422), (None, 422)])
async def test_what_cannot_be_read_is_refused(web: Web, text: str | None, status: int) -> None:
    assert (await web.ask("operator", "POST", "/api/proposals", {"text": text})).status == status


@pytest.mark.parametrize("who", ["water", "auditor", "admin"])
async def test_who_takes_nothing_down_is_proposed_nothing(web: Web, who: str) -> None:
    assert (await web.ask(who, "POST", "/api/proposals", {"text": SAID})).status == 403
