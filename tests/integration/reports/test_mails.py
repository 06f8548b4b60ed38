"""Scheduled reports arrive at a real mail server once they are due, and what did not arrive is told and tried again."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from openpyxl import load_workbook

from app.db.jobs import RetryPolicy
from app.jobs.report_mails import ReportMails
from app.jobs.worker import Worker
from app.people.model import Person
from app.regulations.profile import Profile
from app.reports import orders
from app.reports.orders import MAIL_JOB, Order
from app.settings import MailSettings
from tests.integration.tickets.desk import ZONE, Desk
from tests.support.mail import Mailbox, mail_server
from tests.support.postgres import eventually

CHIEF = Person("chief", "supervisor", None, None)
WEEKLY = Order("rates-by-unit", "week", 8, ("head@example.gov.cn", "mayor@example.gov.cn"))
MONDAY = datetime(2026, 6, 15, 8, tzinfo=ZONE)


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with mail_server() as made:
        yield made


def mails(desk: Desk, settings: MailSettings) -> ReportMails:
    async def profile() -> Profile:
        return desk.place.profile

    return ReportMails(desk.database, settings, ZONE, lambda: desk.at, profile, RetryPolicy(2, timedelta(0)))


@asynccontextmanager
async def working(sender: ReportMails, dsn: str) -> AsyncIterator[None]:
    worker = Worker(dsn, {MAIL_JOB: sender.mail})
    running = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        async with asyncio.timeout(20):
            await running


async def placed(desk: Desk, order: Order = WEEKLY) -> int:
    """The chief has asked for it at the desk's time."""
    async with desk.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO users (name, role, password_hash, created_at)"
            " VALUES ('chief', 'supervisor', '$argon2id$x', $1) ON CONFLICT DO NOTHING",
            desk.at,
        )
        row = await orders.place(connection, order, CHIEF, desk.at, ZONE, None)
    return int(row["id"])


async def told(desk: Desk, number: int) -> tuple[bool, str]:
    """Whether it has been sent, and what was the matter."""
    row = (await desk.rows("SELECT sent_at, last_error FROM report_mails WHERE id = $1", number))[0]
    return row["sent_at"] is not None, row["last_error"]


async def queue_is_empty(desk: Desk) -> bool:
    return not await desk.rows("SELECT id FROM pgqueuer WHERE entrypoint = $1", MAIL_JOB)


async def run_down(desk: Desk, sender: ReportMails, dsn: str) -> None:
    """Ask for what is due and do all jobs there are."""
    await sender.once()
    async with working(sender, dsn):
        await eventually(lambda: queue_is_empty(desk))


async def test_a_report_comes_on_monday_with_the_figures_of_the_week_before(
    desk: Desk, mailbox: Mailbox, dsn: str
) -> None:
    await desk.dispatched("water")
    number = await placed(desk)
    sender = mails(desk, mailbox.settings)
    desk.at = MONDAY - timedelta(seconds=1)
    await run_down(desk, sender, dsn)
    assert mailbox.got == []

    desk.at = MONDAY
    await run_down(desk, sender, dsn)
    ((recipients, message),) = mailbox.got
    assert recipients == ["head@example.gov.cn", "mayor@example.gov.cn"]
    assert message["Subject"] == "承办单位办理情况（2026-06-08 至 2026-06-14）"
    (file,) = message.iter_attachments()
    page = load_workbook(io.BytesIO(file.get_content())).active
    assert page is not None
    assert [page["A2"].value, page["C2"].value] == ["water", 1]
    assert await told(desk, number) == (True, "")
    lines = await desk.rows("SELECT action, user_name FROM audit_log ORDER BY id")
    assert [(line["action"], line["user_name"]) for line in lines] == [
        ("report.order", "chief"),
        ("report.mail", "chief"),
    ]


async def test_a_report_is_mailed_once_however_often_and_by_however_many_it_is_asked_for(
    desk: Desk, mailbox: Mailbox, dsn: str
) -> None:
    await placed(desk)
    sender = mails(desk, mailbox.settings)
    desk.at = MONDAY
    await asyncio.gather(*(sender.once() for _ in range(4)))
    await run_down(desk, sender, dsn)
    assert len(mailbox.got) == 1


async def test_of_what_was_missed_while_no_worker_ran_the_latest_is_sent(
    desk: Desk, mailbox: Mailbox, dsn: str
) -> None:
    await placed(desk)
    desk.at = MONDAY + timedelta(days=23)
    await run_down(desk, mails(desk, mailbox.settings), dsn)
    assert [message["Subject"] for _, message in mailbox.got] == ["承办单位办理情况（2026-06-29 至 2026-07-05）"]


async def test_a_mail_server_that_puts_it_off_is_asked_again(desk: Desk, mailbox: Mailbox, dsn: str) -> None:
    number = await placed(desk)
    desk.at, mailbox.busy = MONDAY, 1
    await run_down(desk, mails(desk, mailbox.settings), dsn)
    assert (mailbox.busy, len(mailbox.got)) == (0, 1)
    assert await told(desk, number) == (True, "")


async def test_a_mail_that_is_put_off_every_time_is_given_up_with_the_servers_words(
    desk: Desk, mailbox: Mailbox, dsn: str
) -> None:
    number = await placed(desk)
    desk.at, mailbox.busy = MONDAY, 9
    await run_down(desk, mails(desk, mailbox.settings), dsn)
    assert (mailbox.busy, mailbox.got) == (7, [])
    sent, why = await told(desk, number)
    assert not sent
    assert "come again later" in why


async def test_where_no_mail_server_answers_the_next_report_still_comes(desk: Desk, mailbox: Mailbox, dsn: str) -> None:
    number = await placed(desk)
    nobody = mailbox.settings.model_copy(update={"port": 9})
    desk.at = MONDAY
    await run_down(desk, mails(desk, nobody), dsn)
    sent, why = await told(desk, number)
    assert not sent
    assert "connect" in why.lower()

    desk.at = MONDAY + timedelta(days=7)
    await run_down(desk, mails(desk, mailbox.settings), dsn)
    assert await told(desk, number) == (True, "")


async def test_who_is_unknown_to_the_server_is_told_and_the_others_have_their_mail(
    desk: Desk, mailbox: Mailbox, dsn: str
) -> None:
    number = await placed(desk)
    mailbox.unknown = {"mayor@example.gov.cn"}
    desk.at = MONDAY
    await run_down(desk, mails(desk, mailbox.settings), dsn)
    assert [recipients for recipients, _ in mailbox.got] == [["head@example.gov.cn"]]
    assert await told(desk, number) == (True, "refused: mayor@example.gov.cn")


async def test_whom_the_server_does_not_know_it_is_not_asked_for_again(desk: Desk, mailbox: Mailbox) -> None:
    number = await placed(desk, replace(WEEKLY, recipients=("mayor@example.gov.cn",)))
    mailbox.unknown = {"mayor@example.gov.cn"}
    await mails(desk, mailbox.settings).mail({"id": number, "due": MONDAY.isoformat(), "attempt": 1})
    assert await told(desk, number) == (False, "mayor@example.gov.cn: 550 no such mailbox")
    assert await queue_is_empty(desk)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE users SET disabled_at = now() WHERE name = 'chief'",
        "UPDATE users SET role = 'operator', operator_id = 'op1001' WHERE name = 'chief'",
    ],
)
async def test_who_may_not_export_reports_any_more_has_none_mailed(
    desk: Desk, mailbox: Mailbox, dsn: str, change: str
) -> None:
    number = await placed(desk)
    await desk.rows(change)
    desk.at = MONDAY
    await run_down(desk, mails(desk, mailbox.settings), dsn)
    assert mailbox.got == []
    assert await told(desk, number) == (False, "who asked for it may not export reports any more")


async def test_a_report_that_there_is_no_longer_is_told_as_such(desk: Desk, mailbox: Mailbox, dsn: str) -> None:
    number = await placed(desk)
    await desk.rows("UPDATE report_mails SET report = 'of-old'")
    desk.at = MONDAY
    await run_down(desk, mails(desk, mailbox.settings), dsn)
    sent, why = await told(desk, number)
    assert not sent
    assert "of-old" in why
