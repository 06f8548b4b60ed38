"""The console in a real browser: what each role gets, acting on tickets, and text from outside that stays text."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from app.db.pool import Database
from tests.integration.web.conftest import Web
from tests.integration.web.test_calls import add_call

CHROMIUM = "/usr/bin/chromium"
EVIL = '<img src=x onerror="document.title=1">'


@pytest.fixture
async def browser(web: Web) -> AsyncIterator[Browser]:
    """Closed before the server, which would wait for open feeds."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield running
        await running.close()


async def opened(browser: Browser, web: Web, who: str, *, width: int = 360) -> tuple[Page, list[str]]:
    """The console as somebody, and what went wrong in it."""
    context = await browser.new_context(viewport={"width": width, "height": 740})
    await context.add_cookies([{"name": "hotline_session", "value": web.secrets[who], "url": web.url()}])
    page, wrong = await context.new_page(), list[str]()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    await page.goto(web.url())
    await expect(page.locator("main")).to_be_visible()
    return page, wrong


async def overflow(page: Page) -> int:
    found: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found


async def name_everything(database: Database, text: str) -> None:
    async with database.transaction() as connection:
        await connection.execute("UPDATE calls SET caller = $1, caller_name = $1", text)
        await connection.execute("UPDATE transcripts SET turns = $1", [{"role": "citizen", "text": text}])
        await connection.execute("UPDATE units SET name = $1 WHERE id = 'water'", text)


async def test_what_a_caller_says_or_is_called_is_shown_and_never_run(browser: Browser, web: Web) -> None:
    await add_call(web, "x.1")
    await web.desk.receive(content=EVIL, caller={"name": EVIL, "phone": EVIL, "address": EVIL})
    await name_everything(web.desk.database, EVIL)
    page, wrong = await opened(browser, web, "supervisor")
    await page.locator("tr[data-call]").first.click()
    await expect(page.locator("#transcript")).to_contain_text(EVIL)
    await page.locator("tr[data-ticket]").first.click()
    await expect(page.locator("#facts")).to_contain_text(EVIL)
    await expect(page.locator("#caller")).to_contain_text(EVIL)
    assert await page.title() == "12345 热线控制台"
    assert await page.locator("img").count() == 0
    assert (wrong, await overflow(page)) == ([], 0)


async def test_a_ticket_goes_from_the_centre_to_the_unit_and_is_signed_for(browser: Browser, web: Web) -> None:
    number = await web.desk.receive(content="人民路停水")
    centre, wrong = await opened(browser, web, "operator", width=1280)
    await centre.locator(f'tr[data-ticket="{number}"]').click()
    await centre.get_by_role("button", name="交办", exact=True).click()
    await centre.locator("#actions select[multiple]").select_option("water")
    await centre.get_by_role("button", name="确定交办").click()
    await expect(centre.locator("#facts")).to_contain_text("已交办")

    unit, wrong_too = await opened(browser, web, "water")
    await expect(unit.locator("#queue")).to_be_hidden()
    await unit.get_by_role("button", name=number).focus()
    await unit.keyboard.press("Enter")
    await unit.get_by_role("button", name="签收", exact=True).click()
    await unit.get_by_role("button", name="确定签收").click()
    await expect(unit.locator("#facts")).to_contain_text("办理中")
    await unit.get_by_role("button", name="报结", exact=True).click()
    await expect(unit.locator("#actions fieldset").get_by_label("单位")).to_have_value("水务局")
    assert (wrong, wrong_too, await overflow(unit)) == ([], [], 0)


async def test_a_refusal_is_shown_with_its_article(browser: Browser, web: Web) -> None:
    number = await web.desk.receive()
    page, _ = await opened(browser, web, "office")
    await page.locator(f'tr[data-ticket="{number}"]').click()
    await page.get_by_role("button", name="办结", exact=True).click()
    await page.get_by_role("button", name="确定办结").click()
    await expect(page.locator("#ticket .error")).to_contain_text("art.")


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("operator", {"queue", "calls-part", "tickets-part"}),
        ("auditor", {"calls-part", "tickets-part"}),
        ("water", {"tickets-part"}),
        ("admin", set()),
    ],
)
async def test_each_role_has_the_parts_it_may_see_and_no_error(
    browser: Browser, web: Web, who: str, seen: set[str]
) -> None:
    page, wrong = await opened(browser, web, who)
    await expect(page.get_by_role("status")).to_have_text("已登录" if who in {"auditor", "admin"} else "已连接")
    parts = {part for part in ("queue", "calls-part", "tickets-part") if await page.locator(f"#{part}").is_visible()}
    assert (parts, wrong) == (seen, [])


async def test_every_field_and_button_has_a_name_for_a_screen_reader(browser: Browser, web: Web) -> None:
    await add_call(web, "x.1")
    number = await web.desk.receive()
    page, _ = await opened(browser, web, "supervisor")
    await page.locator(f'tr[data-ticket="{number}"]').click()
    for action in ("更正", "回访", "督办"):
        await page.get_by_role("button", name=action, exact=True).click()
        await expect(page.get_by_role("button", name=f"确定{action}")).to_be_visible()
        nameless = await page.evaluate(
            "[...document.querySelectorAll('input, select, textarea, button')]"
            ".filter((one) => !(one.labels?.length || one.textContent.trim() || one.ariaLabel)).length"
        )
        assert nameless == 0
