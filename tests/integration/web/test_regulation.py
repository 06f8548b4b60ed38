"""The regulation in force is there for everybody who works with it."""

from __future__ import annotations

import pytest

from tests.integration.web.conftest import Web


@pytest.mark.parametrize("who", ["operator", "office", "supervisor", "water", "auditor", "admin"])
async def test_everybody_reads_the_regulation_article_by_article(web: Web, who: str) -> None:
    found = await web.get(who, "/api/regulation")
    assert found["name"].startswith("宜兴市")
    by_article = {one["article"]: one for one in found["articles"]}
    assert by_article["art. 7(3)"]["how"] == "run"
    assert by_article["art. 7(3)"]["tests"]
    assert (by_article["art. 1"]["how"], by_article["art. 1"]["why"]) == ("people", "立法目的，无可执行内容")


async def test_a_day_off_and_a_weekend_that_is_worked_are_listed_and_ordinary_days_are_not(web: Web) -> None:
    days = {one["day"]: one["working"] for one in (await web.get("operator", "/api/regulation"))["days"]}
    assert days
    assert days["2026-10-01"] is False
    assert "2026-09-30" not in days


async def test_a_stranger_reads_nothing(web: Web) -> None:
    assert (await web.client.get("/api/regulation")).status == 401
