"""What a browser does with a notice that is pushed to it: it is shown by the system, and opened where it belongs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from app.push.message import content_of
from tests.integration.web.conftest import Web
from tests.integration.web.test_desk_pages import SIZES, logged_in, settled
from tests.support.postgres import eventually

# What the system has been told to show; a notification comes a moment after its push.
_SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  return (await registration.getNotifications()).map((one) => [one.title, one.body, one.tag]);
}"""
ABROAD = {"title": "a", "body": "b", "path": "https://elsewhere.example/", "tag": "t"}
_CLICK = """async () => {
  const [notification] = await self.registration.getNotifications();
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
}"""


async def opened(browser: Browser, web: Web) -> tuple[BrowserContext, Page]:
    """The duty officer's page on a phone, on which notifications are allowed and the service worker is at work."""
    context, _ = await logged_in(browser, web, "water", viewport=SIZES[1], permissions=["notifications"])
    page = await context.new_page()
    await page.goto(web.url("/desk/unit"))
    await settled(page)
    await page.evaluate("navigator.serviceWorker.ready")
    return context, page


async def pushed(context: BrowserContext, page: Page, web: Web, data: str) -> None:
    """The browser is given a push, as its maker's service gives it after opening the seal."""
    tools = await context.new_cdp_session(page)
    found: list[Any] = []
    tools.on("ServiceWorker.workerRegistrationUpdated", lambda told: found.extend(told["registrations"]))
    await tools.send("ServiceWorker.enable")
    await page.wait_for_function("navigator.serviceWorker.controller !== null")
    (own,) = {one["registrationId"] for one in found if not one["isDeleted"]}
    told = {"origin": web.url().rstrip("/"), "registrationId": own, "data": data}
    await tools.send("ServiceWorker.deliverPushMessage", told)


async def shown(page: Page) -> list[list[str]]:
    found: list[list[str]] = []

    async def look() -> bool:
        found[:] = await page.evaluate(_SHOWN)
        return bool(found)

    await eventually(look)
    return found


async def test_a_notice_is_shown_by_the_system_and_opens_its_ticket(browser: Browser, web: Web) -> None:
    number = await web.desk.dispatched("water")
    context, page = await opened(browser, web)
    told = content_of(number, "新工单已交办，共同办理。")
    await pushed(context, page, web, json.dumps(told))
    assert await shown(page) == [["12345 工单通知", f"新工单已交办（{number}）", number]]
    (worker,) = context.service_workers
    await worker.evaluate(_CLICK)
    await expect(page).to_have_url(web.url(f"/desk/ticket/{number}"))
    assert await page.evaluate(_SHOWN) == []


@pytest.mark.parametrize("data", ["", "no JSON", "null", '{"title": 1}', json.dumps(ABROAD)])
async def test_what_cannot_be_read_is_shown_as_a_notice_without_particulars(
    browser: Browser, web: Web, data: str
) -> None:
    context, page = await opened(browser, web)
    await pushed(context, page, web, data)
    assert await shown(page) == [["12345 热线", "有新的办理通知，请打开查看", "hotline"]]


async def test_where_the_browser_has_no_push_service_the_officer_is_told_so(browser: Browser, web: Web) -> None:
    _, page = await opened(browser, web)
    switch = page.get_by_role("button", name="开启办理通知")
    await switch.click()
    told = page.get_by_text("浏览器的推送服务连不上，未能开启；页面内的通知不受影响")
    await expect(told).to_be_visible(timeout=20_000)
    await expect(switch).to_be_enabled()
