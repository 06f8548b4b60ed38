"""Every page of the desk in a real browser, for everybody who has it, at both widths: nothing is wrong with any.

`HOTLINE_SHOTS=directory` keeps a picture of each (`make desk-shots`).
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect

from app.web.pages import DESK
from tests.integration.web.conftest import Web
from tests.integration.web.stock import CALL, CALLER_PHONE, ring, say, stock, talk

AXE = Path(__file__).parents[3] / "app/web/desk/node_modules/axe-core/axe.min.js"
SHOTS = os.environ.get("HOTLINE_SHOTS")
SIZES: tuple[ViewportSize, ...] = ({"width": 1280, "height": 800}, {"width": 390, "height": 844})
# Of WCAG 2.2 A and AA.
_RULES = """async () => {
  const found = await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
  const told = (node) => `${node.target} ${node.any[0]?.message ?? ""}`;
  return found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 4).map(told).join(" | ")}`);
}"""
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PAGES: dict[str, tuple[str, ...]] = {
    "operator": (
        *(
            "operator",
            "tickets/to-dispatch",
            "tickets/new",
            "ticket/{call}",
            "calls",
            f"call/{CALL}",
            "missed",
            "dialler",
        ),
        *(f"person/{CALLER_PHONE}", "units"),
    ),
    "office": ("tickets/late", "ticket/{returned}", "reports", "regulation", "units/import"),
    "supervisor": ("wall", "reports/rates-by-unit?mail=1", "reports/rates-by-day", "reports/answering"),
    "water": ("unit", "unit/roster", "unit/rings", "ticket/{working}", "tickets/all"),
    "auditor": ("audit",),
    "admin": (
        "admin/system",
        "admin/people",
        "admin/sessions",
        "admin/operators",
        "admin/queues",
        "admin/trunks",
        "admin/menus",
        "admin/prompts",
        "admin/holidays",
        "admin/jobs",
        "admin/webhooks",
    ),
}


async def logged_in(browser: Browser, web: Web, who: str, **options: Any) -> tuple[BrowserContext, list[str]]:
    """A browser of somebody's, and what went wrong in it."""
    context = await browser.new_context(locale="zh-CN", **options)
    await context.add_cookies([{"name": "hotline_session", "value": web.secrets[who], "url": web.url()}])
    wrong = list[str]()
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("console", lambda message: wrong.append(message.text) if _is_wrong(message) else None)
    return context, wrong


def _is_wrong(message: ConsoleMessage) -> bool:
    """What is not there (a draft, a transcript yet to be made) is an answer like others, and so is not being ready."""
    return message.type == "error" and "404" not in message.text and not message.location["url"].endswith("/readyz")


async def settled(page: Page) -> None:
    """Nothing is being fetched any more, and the page has its heading."""
    await expect(page.locator("h1").first).to_be_attached(timeout=15_000)
    await expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=15_000)


async def faults(page: Page) -> list[str]:
    await page.evaluate(AXE.read_text())
    found: list[str] = await page.evaluate(_RULES)
    return found


async def keep(page: Page, name: str) -> None:
    if SHOTS:
        await page.wait_for_timeout(400)
        await page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("who", PAGES)
async def test_every_page_of_a_role_is_accessible_fits_its_screen_and_has_no_error(
    browser: Browser, web: Web, who: str
) -> None:
    assert (DESK / "index.html").is_file(), "build the desk first: make desk"
    numbers = await stock(web)
    ring(web)
    talk(web)
    found: dict[str, Any] = {}
    for size in SIZES:
        context, wrong = await logged_in(browser, web, who, viewport=size)
        page = await context.new_page()
        for path in PAGES[who]:
            address = path.format(**numbers)
            await page.goto(web.url(f"/desk/{address}"))
            await settled(page)
            say(web)
            name = f"{who}-{path.replace('/', '-').replace('{', '').replace('}', '')}-{size['width']}"
            await keep(page, name)
            overflow = await page.evaluate(_OVERFLOW)
            if mistakes := [*await faults(page), *wrong, *([f"runs out by {overflow} px"] if overflow > 0 else [])]:
                found[name] = mistakes
            wrong.clear()
        await context.close()
    assert found == {}


@pytest.mark.parametrize("look", ["dark", "english", "zoomed"])
async def test_so_is_the_desk_in_the_dark_in_english_and_at_twice_the_size(
    browser: Browser, web: Web, look: str
) -> None:
    numbers = await stock(web)
    ring(web)
    talk(web)
    sizes = {"zoomed": ViewportSize(width=640, height=400)}
    scheme: Literal["dark", "light"] = "dark" if look == "dark" else "light"
    context, wrong = await logged_in(browser, web, "operator", viewport=sizes.get(look, SIZES[0]), color_scheme=scheme)
    if look == "english":
        await context.add_init_script("if (location.protocol === 'http:') localStorage.setItem('desk-language', 'en')")
    page = await context.new_page()
    for path in ("operator", "tickets/to-dispatch", "ticket/{call}"):
        await page.goto(web.url(f"/desk/{path.format(**numbers)}"))
        await settled(page)
        say(web)
        await keep(page, f"{look}-{path.partition('/')[0]}")
        assert [*await faults(page), *wrong] == []
        assert await page.evaluate(_OVERFLOW) <= 0
        if look == "english":
            shown = await page.locator("header, nav, section[aria-label=Telephone]").all_inner_texts()
            assert not re.search("[\u4e00-\u9fff]", "".join(shown).replace("中文", ""))
