"""Mails the reports that are due: asks for them each minute, tries again while the mail server does not take them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import structlog

from app.db.jobs import RetryPolicy, enqueue
from app.db.pool import Database, DatabaseUnavailable
from app.db.queries import QUERIES
from app.people.audit import Entry, record
from app.people.model import Person
from app.people.rights import may
from app.regulations.profile import Profile
from app.reports.answer import Asked, answer
from app.reports.mail import Letter, NotSent, send
from app.reports.orders import MAIL_JOB, ask_due
from app.reports.question import ask
from app.reports.rhythm import covered
from app.settings import MailSettings

log = structlog.get_logger(__name__)

_EVERY_S = 60.0
# Spans a night and a morning.
_PATIENCE = RetryPolicy(attempts=9, first=timedelta(minutes=5), longest=timedelta(days=1))


@dataclass(frozen=True, slots=True)
class ReportMails:
    """The handler and the clock. Mailed at least once; a mail that comes twice has the same Message-ID."""

    database: Database
    settings: MailSettings
    zone: ZoneInfo
    now: Callable[[], datetime]
    profile: Callable[[], Awaitable[Profile]]
    patience: RetryPolicy = _PATIENCE

    async def run(self) -> None:
        """Every minute ask for what is due, until cancelled."""
        while True:
            try:
                await self.once()
            except (DatabaseUnavailable, asyncpg.PostgresError) as error:
                log.info("scheduled reports wait for the database", error=type(error).__name__)
            await asyncio.sleep(_EVERY_S)

    async def once(self) -> None:
        """Ask for what is due now. Raises DatabaseUnavailable, asyncpg.PostgresError."""
        async with self.database.transaction() as connection:
            if count := await ask_due(connection, self.now(), self.zone):
                log.info("scheduled reports are due", count=count)

    async def mail(self, payload: Mapping[str, Any]) -> None:
        """Mail one report for the period before it was due; none where its owner may not export reports any more."""
        async with self.database.acquire() as connection:
            order = await connection.fetchrow(QUERIES["report_mail_get"], payload["id"])
            who = order and await connection.fetchrow(QUERIES["report_mail_sender"], order["user_name"])
        if order is None:
            return
        person = Person(**dict(who)) if who else None
        if person is None or not may(person, "report.export"):
            await self._failed(order["id"], "who asked for it may not export reports any more")
            return
        try:
            letter = await self._letter(order, datetime.fromisoformat(payload["due"]))
        except ValueError as error:
            await self._failed(order["id"], str(error)[:300])
            return
        try:
            refused = await send(self.settings, letter)
        except NotSent as error:
            if error.for_good:
                await self._failed(order["id"], str(error))
            else:
                await self._again(payload, str(error))
            return
        told = f"refused: {', '.join(refused)}"[:300] if refused else ""
        async with self.database.transaction() as connection:
            await connection.execute(QUERIES["report_mail_sent"], order["id"], self.now(), told)
            detail = {"report": order["report"], "recipients": len(letter.recipients) - len(refused)}
            await record(connection, Entry(person, "report.mail", f"report-mail:{order['id']}", None, detail))

    async def _letter(self, order: asyncpg.Record, due: datetime) -> Letter:
        first, last = covered(order["rhythm"], due, self.zone)
        narrowed = {"unit": order["unit"], "category": order["category"]}
        question = ask(order["report"], last, first_day=first, last_day=last, **narrowed)
        asked = Asked(question, await self.profile(), self.now().astimezone(self.zone), self.zone)
        sheet = await answer(self.database, asked, confidential=True)
        return Letter(sheet, order["recipients"], order["file"], f"report-{order['id']}-{due:%Y%m%d%H%M%z}")

    async def _again(self, payload: Mapping[str, Any], why: str) -> None:
        delay = self.patience.delay_after(payload["attempt"])
        log.warning("report not mailed", order=payload["id"], attempt=payload["attempt"], given_up=delay is None)
        async with self.database.transaction() as connection:
            await connection.execute(QUERIES["report_mail_failed"], payload["id"], why)
            if delay is not None:
                following = {**payload, "attempt": payload["attempt"] + 1}
                await enqueue(connection, MAIL_JOB, following, execute_after=delay)

    async def _failed(self, order_id: int, why: str) -> None:
        async with self.database.acquire() as connection:
            await connection.execute(QUERIES["report_mail_failed"], order_id, why)
