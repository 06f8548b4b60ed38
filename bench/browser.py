"""A desk in a real browser, as somebody of a city has it open: for figures of what people see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from playwright.async_api import Browser, Page, async_playwright

from app.people import accounts, tokens
from app.people.model import Person
from tests.integration.web.conftest import CHROMIUM
from tests.integration.web.test_desk_pages import SIZES, settled
from tests.support.city import City
from tests.support.phones import HOST

_PASSWORD = "a password for one measurement"  # noqa: S105 - of a city that is forgotten


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium without a window."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield running
        await running.close()


def address(city: City) -> str:
    """Where the city is served."""
    return f"http://{HOST}:{city.settings.web.port}"


async def session_of(city: City, person: Person) -> str:
    """A session of somebody who is new in the city."""
    now = datetime.now(UTC)
    async with city.database.transaction() as connection:
        await accounts.add(connection, person, _PASSWORD, now)
        return (await tokens.issue(connection, person.name, "session", now, life=timedelta(hours=8))).secret


async def logged_in(running: Browser, city: City, session: str) -> Page:
    """An empty page of a browser of its own, logged in."""
    context = await running.new_context(locale="zh-CN", viewport=SIZES[0])
    base = str(city.http._base_url)
    await context.add_cookies([{"name": "hotline_session", "value": session, "url": base}])
    return await context.new_page()


async def opened(page: Page, city: City, path: str) -> None:
    """Go to a page of the desk and wait until it is drawn."""
    await page.goto(f"{address(city)}/desk/{path}")
    await settled(page)
