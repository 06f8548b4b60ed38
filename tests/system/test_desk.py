"""The desk in a real browser: log in, see the call as it happens, bring a unit in, see the ticket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

from app.db.cluster import Cluster
from app.demo.scenarios import Press, answering
from app.people import accounts
from app.people.model import Person
from tests.support.city import City, Plan, running_city
from tests.support.phones import HOST
from tests.support.postgres import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHROMIUM = "/usr/bin/chromium"
PASSWORD = "desk test Pass-1234"
SMALL: ViewportSize = {"width": 360, "height": 640}
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    directory = tmp_path_factory.mktemp("desk")
    async with fresh_database(cluster) as name, running_city(Plan(directory, cluster.dsn(name))) as running:
        async with running.database.transaction() as connection:
            await accounts.add(connection, Person("chief", "supervisor"), PASSWORD, datetime.now(UTC))
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, city: City) -> AsyncIterator[Page]:
    opened = await browser.new_page(viewport=SMALL)
    await opened.goto(f"http://{HOST}:{city.settings.web.port}/")
    yield opened
    await opened.close()


async def log_in(page: Page, password: str = PASSWORD) -> None:
    await page.get_by_label("用户名").fill("chief")
    await page.get_by_label("密码").fill(password)
    await page.get_by_role("button", name="登录").click()


async def test_a_wrong_password_is_said_in_the_readers_language_and_shows_nothing(page: Page) -> None:
    await log_in(page, "not the password")
    await expect(page.get_by_role("alert")).to_contain_text("用户名或密码不正确", timeout=15_000)
    await expect(page.get_by_role("navigation")).to_have_count(0)


async def test_a_unit_is_brought_into_a_call_from_the_page_and_the_ticket_appears(page: Page, city: City) -> None:
    await log_in(page)
    await expect(page.get_by_role("status")).to_have_text("已连接", timeout=15_000)
    duty = answering([Press("1", 0.5)], rings=0.1)
    async with city.conversation("13900000001") as call_id, city.exchange.duty("87650001", duty):
        await page.get_by_role("region", name="进行中的通话").get_by_role("link", name="13900000001").click()
        await page.get_by_role("button", name="三方通话").click()
        await page.get_by_label("查找单位").fill("ssw")
        await page.get_by_role("listitem").filter(has_text="市水务局").get_by_role("button", name="三方通话").click()
        attempts = page.get_by_role("dialog").get_by_role("list", name="呼叫成员单位")
        await expect(attempts).to_contain_text("已接入", timeout=10_000)
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="结束通话").click()
        call = await city.outcome(call_id)
    [ticket] = call["tickets"]
    await expect(page.get_by_role("link", name=ticket["number"])).to_be_visible(timeout=15_000)


async def test_on_a_small_screen_nothing_runs_out_of_the_page(page: Page) -> None:
    await log_in(page)
    await expect(page.locator("h1").first).to_be_visible()
    overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
