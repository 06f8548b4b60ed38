"""A day's work of everybody in a real browser on the real stack: from the ring to the filed ticket, the reply, the end.

Each has a matter of their own, brought to where their work begins by the others' programs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from app.db.cluster import Cluster
from app.demo.scenarios import Press, Speak, Wait, answering
from app.demo.speech import Line, raw_speech
from app.people import accounts, tokens
from app.people.model import Person
from tests.integration.web.test_desk_pages import SIZES, settled
from tests.support.city import QUICK, City, Plan, running_city, until
from tests.support.phones import HOST
from tests.support.postgres import fresh_database
from tests.system.test_browser_phone import running_browser

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

SPEECH = Path(__file__).parents[1] / "speech"
PASSWORD = "a day's work Pass-1234"
PEOPLE: Mapping[str, Person] = {
    "operator": Person("wangfang", "operator", None, "op1001"),
    "office": Person("office", "back_office"),
    "unit": Person("duty", "unit", "water"),
    "supervisor": Person("chief", "supervisor"),
    "auditor": Person("examiner", "auditor"),
    "admin": Person("root", "admin"),
}
MATTER = "朝阳路12号楼从昨天晚上起停水"
SOON_MS, RECOGNISED_S = 20_000, 120.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    operators = [
        {"id": "op1001", "name": "王芳", "webrtc": True},
        {"id": "op1002", "name": "李强"},
    ]
    async with fresh_database(cluster) as name:
        sections = {"operators": operators, "speech": {"live_calls": 1, "processes": 1}}
        plan = Plan(tmp_path_factory.mktemp("city"), cluster.dsn(name), worker=True, ready=0, sections=sections)
        async with running_city(plan) as running:
            async with running.database.transaction() as connection:
                for person in PEOPLE.values():
                    await accounts.add(connection, person, PASSWORD, datetime.now(UTC))
            yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with running_browser(tmp_path_factory.mktemp("microphone")) as running:
        yield running


@asynccontextmanager
async def at_work(browser: Browser, city: City, who: str, size: int = 0) -> AsyncIterator[Page]:
    """Somebody's desk, logged in as people do it."""
    context = await browser.new_context(locale="zh-CN", viewport=SIZES[size])
    page = await context.new_page()
    await page.goto(f"http://{HOST}:{city.settings.web.port}/desk/")
    await page.get_by_label("用户名").fill(PEOPLE[who].name)
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await settled(page)
    yield page
    await context.close()


async def asked(city: City, who: str, method: str, path: str, body: object = None) -> Any:
    """What somebody's program is answered, which must be no refusal."""
    async with city.database.transaction() as connection:
        issued = await tokens.issue(connection, PEOPLE[who].name, "api", datetime.now(UTC))
    headers = {"Authorization": f"Bearer {issued.secret}"}
    async with city.http.request(method, path, json=body, headers=headers) as response:
        answer = await response.json() if response.content_type.endswith("json") else None
        assert response.status < 300, answer
        return answer


async def act(city: City, who: str, number: str, action: str, **body: Any) -> None:
    await asked(city, who, "POST", f"/api/tickets/{number}/{action}", body)


async def received(city: City) -> str:
    """A ticket of somebody who will not be named."""
    caller = {"phone": "13900000009", "anonymous": True}
    body = {"channel": "phone", "category": "help_public", "content": MATTER, "caller": caller}
    number: str = (await asked(city, "operator", "POST", "/api/tickets", body))["number"]
    return number


async def dispatched(city: City) -> str:
    """A ticket that is with the water works."""
    number = await received(city)
    await act(city, "office", number, "dispatch", how="direct", units=[{"unit": "water", "role": "lead"}])
    return number


async def reported(city: City) -> str:
    """A ticket that the water works have done and told the citizen of."""
    number = await dispatched(city)
    await act(city, "unit", number, "accept", unit="water")
    await act(city, "unit", number, "inform", unit="water")
    reply = {
        "text": "水管已经修复，恢复供水，已向来电人说明。",
        "signer": "王局",
        "unit": "市水务局",
        "handler": "李工",
        "replied_at": datetime.now(UTC).isoformat(),
        "citizen_answered": True,
    }
    await act(city, "unit", number, "report", unit="water", reply=reply)
    return number


async def open_from(page: Page, title: str, number: str) -> None:
    """Open a ticket out of a work list."""
    await page.get_by_role("navigation", name="主导航").get_by_role("link", name="工单").click()
    await page.get_by_role("navigation", name="工作清单").get_by_role("link", name=title).click()
    await page.get_by_role("region", name="工单清单").get_by_role("link", name=number).click()
    await expect(page.get_by_role("heading", name=f"工单 {number}")).to_be_visible(timeout=SOON_MS)


async def status_of(city: City, number: str) -> str:
    return str((await city.rows("SELECT status FROM tickets WHERE number = $1", number))[0]["status"])


async def in_status(city: City, number: str, status: str) -> None:
    async def there() -> bool:
        return await status_of(city, number) == status

    await until(there, f"ticket {number} is {status}")


def bar(page: Page) -> Locator:
    return page.get_by_role("region", name="电话", exact=True)


async def done(page: Page, action: str, **answers: str) -> None:
    """An action on the ticket that the page shows, with these answers in its form."""
    doing = page.get_by_role("region", name="办理", exact=True)
    await doing.get_by_role("button", name=action, exact=True).click()
    form = doing.get_by_role("form", name=action)
    for field, answer in answers.items():
        choice = form.get_by_role("radiogroup", name=field, exact=True)
        if await choice.count():
            await choice.get_by_text(answer, exact=True).click()
        else:
            await form.get_by_label(field, exact=True).fill(answer)
    await form.get_by_role("button", name=f"确认{action}").click()
    await expect(form).to_have_count(0, timeout=SOON_MS)


async def test_an_operator_answers_hears_takes_the_matter_down_and_files_it(
    browser: Browser, city: City, tmp_path: Path
) -> None:
    speech = Speak(await asyncio.to_thread(raw_speech, Line(SPEECH / "citizen.wav", 0.5), tmp_path), 2.0)
    async with at_work(browser, city, "operator") as page:
        await bar(page).get_by_role("button", name="上线").click()
        await expect(bar(page)).to_contain_text("已上线，等待来电", timeout=SOON_MS)
        duty = answering([Press("1", 0.5)], rings=0.1)
        async with (
            city.exchange.duty("87650001", duty),
            city.exchange.citizen("13900000001", speech, dialled=QUICK, hang_up=False),
        ):
            await expect(page.get_by_role("heading", name="来电振铃")).to_be_visible(timeout=SOON_MS)
            await bar(page).get_by_role("button", name="接听").click()
            call_id = await city.talking("13900000001")
            draft = page.get_by_role("region", name="工单草稿")
            await draft.get_by_label("诉求内容").fill(MATTER)
            await expect(page.get_by_role("log", name="实时文字")).not_to_be_empty(timeout=SOON_MS)
            await bar(page).get_by_role("button", name="三方通话").click()
            await page.get_by_label("查找单位").fill("ssw")
            unit = page.get_by_role("dialog").get_by_role("listitem").filter(has_text="市水务局")
            await unit.get_by_role("button", name="三方通话").click()
            attempts = page.get_by_role("dialog").get_by_role("list", name="呼叫成员单位")
            await expect(attempts).to_contain_text("已接入", timeout=SOON_MS)
            await page.keyboard.press("Escape")
            await bar(page).get_by_role("button", name="挂断").click()
            await city.hang_up(call_id)
        ticket = page.get_by_role("region", name="工单").filter(has_text="承办单位")
        await ticket.get_by_role("combobox", name="承办单位").fill("ssw")
        await page.get_by_role("option", name="市水务局").click()
        await page.keyboard.press("Escape")
        await ticket.get_by_role("button", name="交办", exact=True).click()
        await expect(page.get_by_text("已提交")).to_be_visible(timeout=SOON_MS)
        await expect(bar(page)).to_contain_text("已上线，等待来电")
    [row] = await city.rows("SELECT content, status, unit_ids FROM tickets WHERE call_id = $1", call_id)
    assert (row["content"], row["status"], row["unit_ids"]) == (MATTER, "dispatched", ["water"])


async def test_a_duty_officer_accepts_tells_the_citizen_and_reports_on_a_phone(browser: Browser, city: City) -> None:
    number = await dispatched(city)
    async with at_work(browser, city, "unit", size=1) as page:
        card = page.get_by_role("article").filter(has_text=number)
        await card.get_by_role("button", name="签收").click()
        await in_status(city, number, "accepted")
        await page.get_by_role("article").filter(has_text=number).get_by_role("button", name="办理").click()
        await settled(page)
        await done(page, "收件告知")
        await done(
            page,
            "报结",
            答复内容="水管已经修复，恢复供水，已向来电人说明。",
            签发人="王局",
            承办人="李工",
            已答复群众="是",
        )
    await in_status(city, number, "reported")


async def test_an_operator_follows_up_what_a_unit_has_reported(browser: Browser, city: City) -> None:
    number = await reported(city)
    async with at_work(browser, city, "operator") as page:
        await open_from(page, "待回访", number)
        await done(page, "回访", 回访结果="满意")
    await in_status(city, number, "satisfied")


async def test_the_back_office_dispatches_decides_on_a_return_and_closes(browser: Browser, city: City) -> None:
    new = await received(city)
    followed_up = await reported(city)
    await act(city, "operator", followed_up, "follow-up", result="satisfied")
    async with at_work(browser, city, "office") as page:
        await open_from(page, "待交办", new)
        doing = page.get_by_role("region", name="办理", exact=True)
        await doing.get_by_role("button", name="交办", exact=True).click()
        await doing.get_by_role("combobox", name="承办单位").fill("ssw")
        await page.get_by_role("option", name="市水务局").click()
        await page.keyboard.press("Escape")
        await doing.get_by_role("button", name="确认交办").click()
        await in_status(city, new, "dispatched")

        await act(city, "unit", new, "return", unit="water", reason="非本单位职责，属物业管理")
        await open_from(page, "退回待定", new)
        await done(page, "不同意退回", 理由="供水管网由水务局负责")
        await in_status(city, new, "dispatched")

        await open_from(page, "待办结", followed_up)
        await done(page, "办结")
    assert await status_of(city, followed_up) in {"closed", "archived"}


async def test_a_supervisor_watches_a_call_hears_it_afterwards_and_reads_the_figures(
    browser: Browser, city: City, tmp_path: Path
) -> None:
    speech = Speak(await asyncio.to_thread(raw_speech, Line(SPEECH / "citizen.wav", 0.5), tmp_path), 1.0)
    secrets = city.secrets
    await city.exchange.register("op1002", secrets.get("op1002"), city.operator_ports["op1002"])
    await city.operator("op1002", "ready")
    number = "13900000004"
    try:
        async with (
            at_work(browser, city, "supervisor") as page,
            city.exchange.phone("op1002", answering(), port=city.operator_ports["op1002"]),
        ):
            async with city.exchange.citizen(number, speech, Wait(14), dialled=QUICK) as phone:
                call_id = await city.talking(number)
                calls = page.get_by_role("region", name="进行中的通话")
                await expect(calls).to_contain_text(number, timeout=SOON_MS)
                await phone.finished(40)
            await city.outcome(call_id)
            await page.goto(f"http://{HOST}:{city.settings.web.port}/desk/call/{call_id}")
            await settled(page)
            async with page.expect_response("**/api/recordings/*") as heard:
                await page.get_by_role("button", name="播放").click()
            assert (await heard.value).status in {200, 206}
            await until(
                lambda: city.rows("SELECT 1 FROM transcripts WHERE call_id = $1", call_id),
                "it is recognised",
                RECOGNISED_S,
            )
            await expect(page.get_by_role("region", name="通话记录")).to_contain_text("路灯", timeout=SOON_MS)
            await dispatched(city)
            await page.goto(f"http://{HOST}:{city.settings.web.port}/desk/reports/rates-by-unit")
            await settled(page)
            await expect(page.get_by_role("row").filter(has_text="市水务局")).to_be_visible()
            await page.get_by_role("row").filter(has_text="市水务局").get_by_role("button", name="工单").click()
            await expect(page.get_by_role("heading", name="工单", exact=True)).to_be_visible()
            await expect(page.get_by_role("region", name="工单清单")).to_contain_text(MATTER, timeout=SOON_MS)
    finally:
        await city.operator("op1002", "away")


async def test_an_auditor_finds_who_looked_at_a_ticket(browser: Browser, city: City) -> None:
    number = await dispatched(city)
    await asked(city, "unit", "GET", f"/api/tickets/{number}")
    await asked(city, "supervisor", "GET", f"/api/tickets/{number}/caller")
    async with at_work(browser, city, "auditor") as page:
        await page.get_by_label("对象").fill(f"ticket:{number}")
        await page.get_by_role("button", name="搜索").click()
        await settled(page)
        line = page.get_by_role("row").filter(has_text="chief")
        await expect(line.first).to_contain_text("查看来电人", timeout=SOON_MS)


async def test_an_administrator_brings_a_new_colleague_in_who_logs_in(browser: Browser, city: City) -> None:
    async with at_work(browser, city, "admin") as page:
        state = page.get_by_role("region", name="系统状态")
        await expect(state).to_contain_text("正常", timeout=SOON_MS)
        await expect(state).to_contain_text("已连接", timeout=SOON_MS)
        await page.get_by_role("link", name="人员与权限").click()
        people = page.get_by_role("region", name="人员与权限")
        await people.get_by_label("用户名").fill("newcomer")
        await people.locator(".el-select").filter(has=page.get_by_label("角色")).click()
        await page.get_by_role("option", name="审计员").click()
        await people.get_by_label("密码", exact=True).fill(PASSWORD)
        await people.get_by_role("button", name="新建账号").click()
        await expect(people.get_by_role("row").filter(has_text="newcomer")).to_be_visible(timeout=SOON_MS)
    context = await browser.new_context(locale="zh-CN", viewport=SIZES[0])
    page = await context.new_page()
    await page.goto(f"http://{HOST}:{city.settings.web.port}/desk/")
    await page.get_by_label("用户名").fill("newcomer")
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("heading", name="审计")).to_be_visible(timeout=SOON_MS)
    await context.close()
