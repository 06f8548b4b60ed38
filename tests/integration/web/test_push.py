"""Notices reach the browsers of whom they are for over a real push service, sealed, and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from app.db.jobs import RetryPolicy
from app.jobs.worker import Worker
from app.people import accounts, tokens
from app.push import subscriptions
from app.push.delivery import SEND_JOB, PushJobs
from app.push.subscriptions import TELL_JOB
from tests.integration.tickets.desk import of_unit
from tests.integration.web.conftest import CONTACT, Web
from tests.support.postgres import eventually
from tests.support.push import PushedBrowser, PushService, push_service

HERE = (ip_network("127.0.0.0/8"),)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[PushService]:
    async with push_service(tmp_path) as made:
        yield made


async def told(web: Web, service: PushService, who: str | None, name: str, **options: Any) -> PushedBrowser:
    """A browser of somebody's that is told from now on."""
    browser = PushedBrowser()
    asked = {"endpoint": f"{service.url}/{name}", "keys": browser.keys}
    response = await web.ask(who, "PUT", "/api/push", asked, **options)
    assert response.status == 204, await response.text()
    return browser


async def run_down(web: Web, dsn: str, service: PushService, **options: Any) -> None:
    """Do all pushing there is to do."""
    options = {"networks": HERE, "trust": service.trust, "patience": RetryPolicy(3, timedelta(0)), **options}
    push = PushJobs(web.desk.database, lambda: web.desk.at, CONTACT, **options)
    worker = Worker(dsn, {TELL_JOB: push.tell, SEND_JOB: push.send})
    running = asyncio.create_task(worker.run())
    try:
        await eventually(lambda: _done(web))
    finally:
        worker.stop()
        async with asyncio.timeout(20):
            await running


async def _done(web: Web) -> bool:
    return not await web.desk.rows("SELECT id FROM pgqueuer WHERE entrypoint = ANY ($1)", [TELL_JOB, SEND_JOB])


async def subscribed(web: Web) -> list[tuple[str, str]]:
    rows = await web.desk.rows("SELECT user_name, last_error FROM push_subscriptions ORDER BY id")
    return [(row["user_name"], row["last_error"]) for row in rows]


async def test_a_duty_officer_is_told_of_a_new_ticket_while_no_page_is_open(
    web: Web, service: PushService, dsn: str
) -> None:
    water = await told(web, service, "water", "phone")
    await told(web, service, "urban", "other")
    number = await web.desk.dispatched("water")
    await run_down(web, dsn, service)
    ((_, body, headers),) = service.got
    assert water.read(body) == {
        "title": "12345 工单通知",
        "body": f"新工单已交办（{number}）",
        "path": f"/desk/ticket/{number}",
        "tag": number,
    }
    assert headers["Content-Encoding"] == "aes128gcm"
    key = (await web.get("water", "/api/push"))["public_key"]
    assert headers["Authorization"].endswith(f",k={key}")


async def test_roles_are_told_what_is_for_them(web: Web, service: PushService, dsn: str) -> None:
    office = await told(web, service, "office", "desk")
    await told(web, service, "operator", "seat")
    number = await web.desk.dispatched("water")
    await web.desk.done(number, "return", of_unit("water"), unit="water", reason="非本单位职责，张三家在3号楼")
    await run_down(web, dsn, service)
    bodies = [office.read(body)["body"] for name, body, _ in service.got if name == "desk"]
    assert f"水务局申请退回工单（{number}）" in bodies
    assert "张三" not in str(bodies)


async def test_of_a_confidential_ticket_the_discipline_unit_alone_is_told(
    web: Web, service: PushService, dsn: str
) -> None:
    discipline = await told(web, service, "discipline", "own")
    await told(web, service, "office", "desk")
    await told(web, service, "supervisor", "chief")
    number = await web.desk.receive(category="report_economic")
    await web.desk.done(number, "dispatch", units=[{"unit": "discipline", "role": "lead"}])
    await run_down(web, dsn, service)
    assert [discipline.read(body)["tag"] for _, body, _ in service.got] == [number]


async def test_without_a_browser_that_is_told_there_is_nothing_to_do(web: Web) -> None:
    await web.desk.dispatched("water")
    assert await _done(web)


async def test_a_push_service_that_is_busy_is_asked_again(web: Web, service: PushService, dsn: str) -> None:
    await told(web, service, "water", "phone")
    service.statuses = [503, 429]
    await web.desk.dispatched("water")
    await run_down(web, dsn, service)
    assert len(service.got) == 3
    assert await subscribed(web) == [("water", "")]


async def test_a_browser_that_is_gone_is_forgotten(web: Web, service: PushService, dsn: str) -> None:
    await told(web, service, "water", "phone")
    service.statuses = [410]
    await web.desk.dispatched("water")
    await run_down(web, dsn, service)
    assert len(service.got) == 1
    assert await subscribed(web) == []


async def test_what_is_refused_is_noted_and_not_tried_again(web: Web, service: PushService, dsn: str) -> None:
    await told(web, service, "water", "phone")
    service.statuses = [403]
    await web.desk.dispatched("water")
    await run_down(web, dsn, service)
    assert len(service.got) == 1
    assert await subscribed(web) == [("water", "status 403")]


async def test_no_private_address_is_reached_that_a_browser_names(web: Web, service: PushService, dsn: str) -> None:
    await told(web, service, "water", "phone")
    await web.desk.dispatched("water")
    await run_down(web, dsn, service, networks=())
    assert service.got == []
    ((_, error),) = await subscribed(web)
    assert "private address" in error


async def test_a_notice_of_yesterday_is_not_pushed_today(web: Web, service: PushService, dsn: str) -> None:
    await told(web, service, "water", "phone")
    await web.desk.dispatched("water")
    web.desk.at += timedelta(days=1, seconds=1)
    await run_down(web, dsn, service)
    assert service.got == []


async def test_who_logs_out_or_is_logged_out_is_told_nothing_more_there(web: Web, service: PushService) -> None:
    now = datetime.now(UTC)
    async with web.desk.database.transaction() as connection:
        session = await tokens.issue(connection, "water", "session", now)
        lost = await tokens.issue(connection, "water", "session", now)
    for name, issued in (("here", session), ("lost", lost)):
        await told(web, service, None, name, cookies={"hotline_session": issued.secret})
    assert len(await subscribed(web)) == 2
    left = await web.client.post(
        "/api/logout", cookies={"hotline_session": session.secret}, headers={"Origin": web.url().rstrip("/")}
    )
    assert left.status < 300
    assert len(await subscribed(web)) == 1
    async with web.desk.database.transaction() as connection:
        assert await tokens.revoke_id(connection, "water", lost.id, now)
    assert await subscribed(web) == []


async def test_a_new_password_ends_it_everywhere_also_where_the_session_was_over(
    web: Web, service: PushService
) -> None:
    await told(web, service, "water", "phone")
    async with web.desk.database.transaction() as connection:
        await connection.execute("UPDATE push_subscriptions SET session_id = NULL")
        await accounts.set_password(connection, "water", "another-long-password", datetime.now(UTC))
    assert await subscribed(web) == []


async def test_a_disabled_person_is_told_nothing(web: Web, service: PushService, dsn: str) -> None:
    await told(web, service, "water", "phone")
    await web.desk.dispatched("water")
    await web.desk.rows("UPDATE users SET disabled_at = now() WHERE name = 'water'")
    await run_down(web, dsn, service)
    assert service.got == []


async def test_a_browser_is_whose_who_works_in_it_now(web: Web, service: PushService) -> None:
    await told(web, service, "water", "shared")
    await told(web, service, "urban", "shared")
    assert await subscribed(web) == [("urban", "")]


async def test_of_one_persons_browsers_the_ten_seen_last_are_told(web: Web, service: PushService) -> None:
    for number in range(12):
        web.desk.at += timedelta(minutes=1)
        await told(web, service, "water", f"phone{number}")
    rows = await web.desk.rows("SELECT endpoint FROM push_subscriptions ORDER BY id")
    assert [row["endpoint"].rpartition("phone")[2] for row in rows] == [str(number) for number in range(2, 12)]


async def test_a_browser_in_which_nobody_has_worked_for_long_is_forgotten(web: Web, service: PushService) -> None:
    await told(web, service, "water", "phone")
    async with web.desk.database.transaction() as connection:
        await subscriptions.forget(connection, web.desk.at - timedelta(days=1))
        assert len(await connection.fetch("SELECT FROM push_subscriptions")) == 1
        await subscriptions.forget(connection, web.desk.at + timedelta(days=1))
        assert await connection.fetch("SELECT FROM push_subscriptions") == []


async def test_switched_off_it_is_off_for_this_person_only(web: Web, service: PushService) -> None:
    await told(web, service, "water", "phone")
    path = "/api/push"
    asked = {"endpoint": f"{service.url}/phone"}
    assert (await web.ask("urban", "DELETE", path, params=asked)).status == 204
    assert len(await subscribed(web)) == 1
    assert (await web.ask("water", "DELETE", path, params=asked)).status == 204
    assert await subscribed(web) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "http://push.example/a"},
        {"endpoint": "https://push.example/" + "a" * 1000},
        {"keys": {"p256dh": "AAAA", "auth": "AAAA"}},
        {"keys": {}},
    ],
)
async def test_what_is_no_subscription_is_refused(web: Web, wrong: dict[str, Any]) -> None:
    asked = {"endpoint": "https://push.example/a", "keys": PushedBrowser().keys, **wrong}
    assert (await web.ask("water", "PUT", "/api/push", asked)).status in {400, 422}
    assert await subscribed(web) == []
