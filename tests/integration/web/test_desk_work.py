"""What the desk does while somebody works with it: nothing typed is lost, done twice, or fetched in vain."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, FilePayload, Page, Route, expect

from app.web.items import RECORDS, Item
from app.web.keys import HUB, MENUS
from ivr.prompts import install_prompts
from tests.integration.tickets.desk import FRONT, PHONE, ZONE
from tests.integration.web.conftest import SIP_PASSWORD, Web
from tests.integration.web.stock import CALL, LIVE_CALL, came_back, ring, say, stock, talk
from tests.integration.web.test_desk_pages import SIZES, faults, logged_in, settled
from tests.integration.web.test_imports import FORM
from tests.integration.web.test_menus import SHORT
from tests.integration.web.test_prompt_sounds import recorded

EVIL = '<img src=x onerror="document.title=1">'


async def opened(browser: Browser, web: Web, who: str, path: str, **options: Any) -> Page:
    context, _ = await logged_in(browser, web, who, viewport=SIZES[0], **options)
    page = await context.new_page()
    await page.goto(web.url(f"/desk/{path}"))
    await settled(page)
    return page


async def test_a_form_outlives_an_expired_session_and_a_reload(browser: Browser, web: Web) -> None:
    number = await web.desk.receive()
    page = await opened(browser, web, "office", f"ticket/{number}")
    await page.get_by_role("button", name="更正", exact=True).click()
    await page.get_by_label("诉求内容").fill("来电人又打来电话")
    await page.context.clear_cookies()
    await page.get_by_role("button", name="确认更正").click()
    await expect(page.get_by_role("dialog", name="登录已过期，请重新登录")).to_be_visible()
    await expect(page.get_by_label("诉求内容")).to_have_value("来电人又打来电话")
    await page.context.add_cookies([{"name": "hotline_session", "value": web.secrets["office"], "url": web.url()}])
    await page.reload()
    await settled(page)
    await page.get_by_role("button", name="更正", exact=True).click()
    await expect(page.get_by_label("诉求内容")).to_have_value("来电人又打来电话")


async def test_who_is_slower_sees_both_versions_side_by_side(browser: Browser, web: Web) -> None:
    number = await web.desk.receive(content="人民路停水")
    page = await opened(browser, web, "office", f"ticket/{number}")
    await page.get_by_role("button", name="更正", exact=True).click()
    await page.get_by_label("诉求内容").fill("人民路8号停水")
    changed = await web.ask("operator", "PATCH", f"/api/tickets/{number}", {"content": "人民路停水三天"})
    assert changed.status == 200
    await page.get_by_role("button", name="确认更正").click()
    versions = page.get_by_role("region", name="两个版本")
    await expect(versions.get_by_role("row", name="诉求内容")).to_contain_text("人民路停水人民路停水三天人民路8号停水")
    await page.get_by_role("button", name="仍然提交").click()
    await expect(page.locator(".content")).to_have_text("人民路8号停水")


async def test_of_two_units_the_one_named_first_leads(browser: Browser, web: Web) -> None:
    number = await web.desk.receive()
    page = await opened(browser, web, "office", f"ticket/{number}")
    await page.get_by_role("button", name="交办", exact=True).click()
    chosen = page.get_by_role("combobox", name="承办单位")
    for initials, name in (("swj", "水务局"), ("csglj", "城市管理局")):
        await chosen.fill(initials)
        await page.get_by_role("option", name=name).click()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="确认交办").click()
    await expect(page.get_by_text("已办理：交办")).to_be_visible()
    units = [part["unit"] for part in (await web.get("office", f"/api/tickets/{number}"))["assignments"]]
    assert units == ["water", "urban-management"]


async def test_a_double_click_rings_a_duty_phone_once(browser: Browser, web: Web) -> None:
    await stock(web)
    ring(web)
    talk(web)
    page, asked = await opened(browser, web, "operator", "operator"), list[str]()

    async def slow(route: Route) -> None:
        asked.append(route.request.post_data or "")
        await asyncio.sleep(0.5)
        await route.fulfill(status=202, json={})

    await page.route("**/parties", slow)
    await page.get_by_role("region", name="电话", exact=True).get_by_role("button", name="三方通话").click()
    await page.get_by_label("查找单位").fill("csglj")
    unit = page.get_by_role("listitem").filter(has_text="城市管理局")
    await unit.get_by_role("button", name="三方通话").dblclick()
    await expect(unit.get_by_role("button", name="三方通话")).to_be_enabled()
    assert len(asked) == 1


async def test_ringing_stays_in_sight_and_a_call_that_is_not_mine_asks_the_server_nothing(
    browser: Browser, web: Web
) -> None:
    numbers = await stock(web)
    mine = await opened(browser, web, "operator", "tickets/to-dispatch")
    other = await opened(browser, web, "supervisor", f"ticket/{numbers['working']}")
    asked = list[str]()
    other.on("request", lambda request: asked.append(request.url))
    await mine.mouse.wheel(0, 2000)
    ring(web)
    bar = mine.get_by_role("region", name="电话", exact=True)
    await expect(bar).to_contain_text("来电 13900001234")
    await expect(bar).to_be_in_viewport()
    await expect(mine.get_by_role("heading", name="来电振铃")).to_be_visible()
    await expect(mine.get_by_text("3件未办结")).to_be_visible()
    talk(web)
    say(web)
    await expect(mine.get_by_role("log")).to_contain_text("整栋楼都没有水")
    assert asked == []


async def test_pages_that_are_open_change_by_themselves_and_ask_the_server_nothing(browser: Browser, web: Web) -> None:
    numbers = await stock(web)
    sent, missed = numbers["sent"], (await web.get("operator", "/api/calls/missed"))[0]
    paths = {
        "ticket": ("office", f"ticket/{sent}"),
        "unit": ("water", "unit"),
        "rings": ("water", "unit/rings"),
        "missed": ("operator", "missed"),
        "call": ("supervisor", f"call/{CALL}"),
    }
    pages = {name: await opened(browser, web, who, path) for name, (who, path) in paths.items()}
    for page in pages.values():
        await expect(page.get_by_role("status").first).to_have_text("已连接")
    asked = list[str]()
    for page in pages.values():
        page.on("request", lambda request: asked.append(request.url))
    lines = await pages["missed"].get_by_role("button", name="已回拨").count()

    assert (await web.act("water", sent, "accept", unit="water")).status == 200
    assert (await web.ask("operator", "POST", f"/api/calls/{missed['id']}/callback")).status == 200
    async with web.desk.database.transaction() as connection:
        await connection.execute("UPDATE calls SET satisfaction = 'dissatisfied' WHERE id = $1", CALL)
        await connection.execute(
            "INSERT INTO unit_attempts (call_id, attempt_id, unit_id, unit_name, post, mode, started_at, outcome) "
            "VALUES ($1, 'late', 'water', '水务局', 'leader', 'join', now(), 'no-answer')",
            CALL,
        )
    web.teller.ticket(sent)
    await web.teller.catch_up()
    for call_id, what in ((missed["id"], "called-back"), (CALL, "finished")):
        web.feed.tell(RECORDS, call_id, Item(what))

    await expect(pages["ticket"].locator(".page-head .tag").first).to_have_text("办理中")
    await expect(pages["unit"].get_by_role("button", name="签收")).to_have_count(0)
    await expect(pages["rings"].get_by_text("分管领导")).to_be_visible()
    await expect(pages["missed"].get_by_role("button", name="已回拨")).to_have_count(lines - 1)
    await expect(pages["call"].get_by_text("不满意")).to_be_visible()
    assert asked == []


async def test_a_form_that_is_being_filled_in_stays_and_the_newer_ticket_is_there_at_once(
    browser: Browser, web: Web
) -> None:
    number = await web.desk.receive(content="人民路停水")
    page = await opened(browser, web, "office", f"ticket/{number}")
    asked = list[str]()
    await page.get_by_role("button", name="更正", exact=True).click()
    await page.get_by_label("诉求内容").fill("人民路8号停水")
    page.on("request", lambda request: asked.append(request.url) if "/api/tickets/" in request.url else None)
    changed = await web.ask("operator", "PATCH", f"/api/tickets/{number}", {"content": "人民路停水三天"})
    assert changed.status == 200
    web.teller.ticket(number)
    await web.teller.catch_up()
    await expect(page.get_by_text("其他人刚刚更新了这件工单")).to_be_visible()
    await expect(page.get_by_label("诉求内容")).to_have_value("人民路8号停水")
    await page.get_by_role("button", name="查看最新内容").click()
    await expect(page.locator(".content")).to_have_text("人民路停水三天")
    assert asked == []


async def test_a_page_shows_what_happened_while_the_connection_was_cut(browser: Browser, web: Web) -> None:
    number = await web.desk.receive(content="人民路停水")
    page = await opened(browser, web, "office", f"ticket/{number}")
    await page.context.set_offline(True)
    changed = await web.ask("operator", "PATCH", f"/api/tickets/{number}", {"content": "人民路停水三天"})
    assert changed.status == 200
    web.feed.forget()
    await page.context.set_offline(False)
    await expect(page.locator(".content")).to_have_text("人民路停水三天")


async def test_tabs_share_one_connection(browser: Browser, web: Web) -> None:
    await stock(web)
    context, _ = await logged_in(browser, web, "operator", viewport=SIZES[0])
    sockets, pages = list[str](), list[Page]()
    context.on("page", lambda page: page.on("websocket", lambda socket: sockets.append(socket.url)))
    for _ in range(3):
        page = await context.new_page()
        await page.goto(web.url("/desk/operator"))
        await expect(page.get_by_role("status")).to_have_text("已连接")
        pages.append(page)
    ring(web)
    talk(web)
    for page in pages:
        await expect(page.get_by_role("region", name="电话", exact=True)).to_contain_text("通话中 13900001234")
    assert len(sockets) == 1
    await pages.pop(0).close()
    web.board.said(LIVE_CALL, {"party": "c", "role": "citizen", "text": "还在吗", "final": True})
    web.stage.sight = type(web.stage.sight)({})
    web.board.refresh()
    for page in pages:
        await expect(page.get_by_role("region", name="电话", exact=True)).not_to_contain_text("通话中")


async def test_what_a_caller_says_or_is_called_is_shown_and_never_run(browser: Browser, web: Web) -> None:
    number = await web.desk.receive(FRONT, content=EVIL, caller={"name": EVIL, "phone": "13800000001", "address": EVIL})
    page = await opened(browser, web, "office", f"ticket/{number}")
    await expect(page.locator(".content")).to_have_text(EVIL)
    assert await page.locator("main img").count() == 0
    assert number in await page.locator("h1").inner_text()


async def test_the_next_operator_sees_why_the_citizen_came_back_and_can_ask_a_colleague(
    browser: Browser, web: Web
) -> None:
    await stock(web)
    ring(web)
    talk(web)
    came_back(web, "市水务局: busy")
    page = await opened(browser, web, "operator", "operator")
    await expect(page.get_by_text("转接未成，请您接手：市水务局 占线")).to_be_visible()
    await page.get_by_role("region", name="电话", exact=True).get_by_role("button", name="三方通话").click()
    await expect(page.get_by_role("button", name="请同事加入")).to_be_disabled()


async def test_an_operator_is_added_changed_and_retired_on_the_page(browser: Browser, web: Web) -> None:
    await web.server.app[HUB].book.take_over(web.desk.database)
    page = await opened(browser, web, "admin", "admin/operators")
    await page.get_by_label("工号").fill("op2001")
    await page.get_by_label("姓名").fill("李雷")
    await page.get_by_label("技能").fill("english：9, wuyu")
    await page.get_by_role("button", name="增加话务员").click()
    await expect(page.get_by_role("status").filter(has_text="op2001 的话机密码")).to_contain_text(SIP_PASSWORD)
    row = page.get_by_role("row").filter(has_text="op2001")
    await expect(row).to_contain_text("english:9 wuyu:5")
    await row.get_by_role("button", name="更改").click()
    await row.get_by_label("技能").fill("方言")
    await row.get_by_role("button", name="保存").click()
    await expect(page.get_by_text("“方言”不是技能")).to_be_visible()
    await row.get_by_label("技能").fill("wuyu:7")
    await row.get_by_role("button", name="保存").click()
    await expect(row).to_contain_text("wuyu:7")
    await row.get_by_role("button", name="退出").click()
    await row.get_by_role("button", name="确认退出").click()
    await expect(row).to_have_count(0)


async def test_a_queue_is_added_with_where_it_flows_over_to_and_the_pause_reasons_are_rewritten(
    browser: Browser, web: Web
) -> None:
    await web.server.app[HUB].book.take_over(web.desk.database)
    page = await opened(browser, web, "admin", "admin/queues")
    await page.get_by_role("button", name="增加队列").click()
    await page.get_by_label("代号").fill("english")
    await page.get_by_label("名称", exact=True).fill("英语专席")
    await page.get_by_label("需要的技能").fill("english")
    await page.get_by_label("最长等待（秒）").fill("60")
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_text("须选择溢出到哪个队列")).to_be_visible()
    await page.get_by_role("combobox", name="溢出到").press("ArrowDown")
    await page.get_by_role("option").first.click()
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("row").filter(has_text="英语专席")).to_contain_text("english")
    await (
        page.get_by_role("heading", name="示忙原因").locator("xpath=following-sibling::p").get_by_role("button").click()
    )
    await page.get_by_label("示忙原因，每行一个").fill("培训\n用餐")
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_text("培训、用餐")).to_be_visible()


async def test_a_registration_form_shows_its_mistakes_then_its_changes_and_is_taken_over_once_agreed_to(
    browser: Browser, web: Web
) -> None:
    page = await opened(browser, web, "office", "units/import")
    form = page.get_by_role("region", name="导入单位登记表")
    chosen = form.locator("input[type=file]")
    name = "登记表.csv"
    await chosen.set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": FORM.replace("13800000010", "电话").encode()}
    )
    await expect(form.get_by_role("row", name="2 经办人A手机")).to_contain_text("不是电话号码")
    await chosen.set_input_files({"name": name, "mimeType": "text/csv", "buffer": FORM.encode()})
    await expect(form.get_by_text("新增1个")).to_be_visible()
    await expect(form.get_by_role("alert")).to_have_count(0)
    await form.get_by_role("button", name="确认导入2项").click()
    await expect(page.get_by_text("已导入")).to_be_visible()
    assert "气象局" in {unit["name"] for unit in await web.get("office", "/api/units")}


async def test_a_duty_officer_changes_a_day_of_the_own_roster_on_a_phone(browser: Browser, web: Web) -> None:
    context, _ = await logged_in(browser, web, "water", viewport=SIZES[1])
    page = await context.new_page()
    await page.goto(web.url("/desk/unit/roster"))
    await settled(page)
    await page.get_by_role("button", name="更改").first.click()
    edit = page.get_by_role("dialog")
    await edit.get_by_label("班次").fill("夜班")
    await edit.get_by_label("开始").fill("20:00")
    await edit.get_by_label("结束").fill("08:00")
    await edit.get_by_label("姓名").fill("周九")
    await edit.get_by_role("button", name="保存").click()
    await expect(page.get_by_text("周九")).to_be_visible()
    [shift] = await web.get("water", "/api/duty/roster")
    assert (shift["shift"], shift["post"], shift["starts_at"][11:16], shift["ends_at"][11:16]) == (
        *("夜班", "A", "20:00", "08:00"),
    )


async def test_a_search_is_kept_by_name_and_comes_back_with_its_filters(browser: Browser, web: Web) -> None:
    await web.desk.receive()
    page = await opened(browser, web, "office", "tickets/all?q=停水")
    await page.get_by_role("button", name="保存查询").click()
    await page.get_by_label("查询名称").fill("停水的")
    await page.get_by_role("button", name="保存", exact=True).click()
    await expect(page.get_by_role("button", name="删除此查询")).to_be_visible()
    await page.goto(web.url("/desk/tickets/all"))
    await settled(page)
    await page.get_by_role("combobox", name="我的查询").press("ArrowDown")
    await page.get_by_role("option", name="停水的").click()
    await expect(page.get_by_label("搜索工单")).to_have_value("停水")
    await page.get_by_role("button", name="删除此查询").click()
    await expect(page.get_by_role("combobox", name="我的查询")).to_have_count(0)


async def test_without_the_server_the_desk_says_so_and_comes_back_by_itself(browser: Browser, web: Web) -> None:
    page = await opened(browser, web, "office", "tickets/all")
    await page.evaluate("navigator.serviceWorker.ready")
    await page.context.set_offline(True)
    await page.goto(web.url("/desk/reports"))
    await expect(page.get_by_role("heading", name="连不上热线服务器")).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.get_by_role("heading", name="报表", exact=True)).to_be_visible(timeout=20_000)


async def test_a_report_is_mailed_from_its_page_and_ended_from_the_list(browser: Browser, web: Web) -> None:
    page = await opened(browser, web, "supervisor", "reports/rates-by-unit?unit=water")
    await page.get_by_role("button", name="定时发送", exact=True).click()
    form = page.get_by_role("region", name="定时发送到邮箱")
    await form.get_by_label("收件邮箱").fill("head@example.gov.cn，nobody")
    await form.get_by_role("button", name="定时发送").click()
    await expect(page.get_by_text("“nobody”不是邮箱地址")).to_be_visible()
    await expect(form.get_by_label("收件邮箱")).to_have_value("head@example.gov.cn，nobody")
    await form.get_by_label("收件邮箱").fill("head@example.gov.cn，mayor@example.gov.cn")
    await form.get_by_role("button", name="定时发送").click()
    line = form.get_by_role("listitem").filter(has_text="head@example.gov.cn、mayor@example.gov.cn")
    await expect(line).to_contain_text("每周一（上一周）")
    await expect(line).to_contain_text("水务局")

    await page.goto(web.url("/desk/reports"))
    listed = page.get_by_role("region", name="定时发送").get_by_role("listitem")
    await expect(listed).to_contain_text("承办单位办理情况")
    await listed.get_by_role("button", name="停止发送").click()
    await page.get_by_role("button", name="确定").click()
    await expect(listed).to_have_count(0)
    assert await web.get("supervisor", "/api/report-mails") == []


async def test_an_administrator_sets_a_day_off_and_takes_it_back(browser: Browser, web: Web) -> None:
    page = await opened(browser, web, "admin", "admin/holidays")
    part = page.get_by_role("region", name="工作日与节假日")
    year = datetime.now(ZONE).year
    await part.get_by_label("日期", exact=True).fill(f"{year}-06-03")
    await part.get_by_label("日期", exact=True).press("Enter")
    await part.get_by_role("button", name="设置", exact=True).click()
    row = part.get_by_role("row").filter(has_text=f"{year}-06-03")
    await expect(row).to_contain_text("放假")
    await expect(row).to_contain_text("本市设置")
    await row.get_by_role("button", name=f"取消{year}-06-03的设置").click()
    await expect(row).to_have_count(0)
    actions = [line["action"] for line in await web.desk.rows("SELECT action FROM audit_log")]
    assert actions == ["calendar.change", "calendar.change"]


async def test_a_menu_is_heard_changed_checked_put_in_force_and_gone_back_from(
    browser: Browser, web: Web, tmp_path: Path
) -> None:
    install_prompts(tmp_path / "asterisk" / "prompts")
    page = await opened(browser, web, "admin", "admin/menus")
    part = page.get_by_role("region", name="语音菜单")
    async with page.expect_response("**/api/prompts/zh-CN/greeting") as heard:
        await part.get_by_role("button", name="试听zh-CN/greeting").first.click()
    assert (await heard.value).status in {200, 206}

    await part.get_by_role("button", name="修改菜单").click()
    text = part.get_by_label("菜单内容")
    await text.fill(SHORT.replace("next: operator", "next: nowhere"))
    await part.get_by_role("button", name="检查").click()
    await expect(part.get_by_role("alert")).to_contain_text("nowhere")
    await page.reload()
    await settled(page)
    await part.get_by_role("button", name="修改菜单").click()
    await expect(text).to_have_value(SHORT.replace("next: operator", "next: nowhere"))
    await text.fill(SHORT)
    await part.get_by_role("button", name="检查").click()
    await expect(part.get_by_role("status")).to_contain_text("检查通过")
    await part.get_by_label("这次改了什么").fill("国庆期间直接转人工")
    await part.get_by_role("button", name="启用", exact=True).click()
    await expect(part.get_by_text("在此启用的版本")).to_be_visible()
    await expect(part.get_by_role("listitem").filter(has_text="国庆期间直接转人工")).to_contain_text("使用中")
    assert list(web.server.app[MENUS].current.of_number("12345").nodes) == ["welcome", "operator"]

    await part.get_by_role("button", name="恢复").click()
    await page.get_by_role("button", name="确定").click()
    await expect(part.get_by_text("随系统提供")).to_be_visible()
    assert len(web.server.app[MENUS].current.of_number("12345").nodes) > 2


async def test_another_recording_of_a_prompt_is_sent_heard_and_taken_back(browser: Browser, web: Web) -> None:
    web.lay_out()
    page = await opened(browser, web, "admin", "admin/prompts")
    part = page.get_by_role("region", name="提示音")
    await part.get_by_label("查找提示音").fill("zh-CN/greeting")
    await part.get_by_role("button", name="更换录音zh-CN/greeting").click()
    file = FilePayload(name="greeting.mp3", mimeType="audio/mpeg", buffer=recorded())
    await part.get_by_label("录音文件").set_input_files(files=[file])
    listed = part.get_by_role("listitem").filter(has_text="使用中")
    await expect(listed.last).to_contain_text("admin")
    async with page.expect_response("**/api/prompts/zh-CN/greeting/sounds/*") as heard:
        await part.get_by_role("button", name="试听zh-CN/greeting #").click()
    assert (await heard.value).status == 200
    await part.get_by_role("button", name="恢复原有录音").click()
    await expect(listed).to_have_count(0)
    broken = FilePayload(name="a.mp3", mimeType="audio/mpeg", buffer=b"no sound")
    await part.get_by_label("录音文件").set_input_files(files=[broken])
    await expect(page.get_by_text("这不是可用的录音")).to_be_visible()


async def test_a_ticket_tells_how_its_limits_were_counted_and_stands_beside_its_twin(
    browser: Browser, web: Web
) -> None:
    web.desk.at = datetime(2026, 9, 30, 9, tzinfo=ZONE)
    number = await web.desk.dispatched("water", category="complaint", content="人民路停水")
    twin = await web.desk.receive(content="人民路8号停水三天")
    suggested = {"duplicates": [{"number": twin, "confidence": 0.9, "because": ["停水"]}]}
    await web.desk.rows("UPDATE tickets SET suggestions = $2 WHERE number = $1", number, suggested)
    page = await opened(browser, web, "office", f"ticket/{number}")
    limits = page.get_by_role("region", name="时限与承办")
    await expect(limits).to_contain_text("个工作日，不计 10月1日—10月7日")
    await expect(limits).to_contain_text("10月10日 调休上班")

    await page.get_by_role("button", name="并排对照").click()
    beside = page.get_by_role("region", name="两件工单对照")
    row = beside.get_by_role("row").filter(has_text="人民路停水")
    await expect(row).to_contain_text("人民路8号停水三天")
    assert await faults(page) == []


async def test_before_answering_it_is_told_where_the_number_is_registered(browser: Browser, web: Web) -> None:
    await web.desk.receive()
    page = await opened(browser, web, "operator", f"person/{PHONE}")
    await expect(page.get_by_text("江苏省连云港市")).to_be_visible()


async def test_columns_that_somebody_does_not_want_stay_away_after_a_reload(browser: Browser, web: Web) -> None:
    await web.desk.receive(content="人民路停水")
    page = await opened(browser, web, "office", "tickets/all")
    unit = page.get_by_role("columnheader", name="承办单位")
    await expect(unit).to_have_count(1)
    await page.get_by_role("button", name="显示列").click()
    await page.get_by_role("menuitem", name="承办单位").click()
    await expect(unit).to_have_count(0)
    await page.reload()
    await settled(page)
    await expect(page.get_by_role("columnheader", name="状态")).to_have_count(1)
    await expect(unit).to_have_count(0)


async def test_what_is_proposed_while_they_talk_is_taken_over_by_one_key_where_nothing_stands(
    browser: Browser, web: Web
) -> None:
    ring(web)
    talk(web)
    page = await opened(browser, web, "operator", "operator")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/proposals" in request.url else None)
    draft = page.get_by_role("region", name="工单草稿")
    await draft.get_by_label("地点").fill("我自己填的")
    sentences = page.get_by_role("log", name="实时文字").get_by_role("listitem")
    for count in range(1, 7):
        told = "我家住在人民路幸福小区3号楼，从昨天晚上开始自来水停水，麻烦你们赶紧派人来修"
        web.board.said(LIVE_CALL, {"party": "c", "role": "citizen", "text": told, "final": True})
        await expect(sentences).to_have_count(count)
    proposal = draft.get_by_role("note", name="智能建议")
    await expect(proposal).to_contain_text("水务局")
    await page.keyboard.press("Alt+a")
    await expect(draft.locator(".units")).to_contain_text("水务局")
    await expect(draft.get_by_label("地点")).to_have_value("我自己填的")
    await expect(draft.get_by_label("诉求内容")).to_have_value("从昨天晚上开始自来水停水")
    assert len(asked) <= 4
