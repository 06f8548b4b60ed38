"""Reports asked for by mail: who gets which, how often; kept in Postgres, told by the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import asyncpg

from app.db.jobs import enqueue
from app.db.pool import Connection
from app.db.queries import QUERIES
from app.people import audit
from app.people.model import Person
from app.reports.mail import is_address, permitted
from app.reports.question import ask
from app.reports.rhythm import Rhythm, due_after, latest_due

MAIL_JOB = "report-mail"
MOST = 50
MOST_RECIPIENTS = 20


class BadOrder(ValueError):  # noqa: N818 - named for what is the matter
    """The report cannot be mailed as asked; the text says what would do."""


class NoAddress(BadOrder):
    """`address` is no mail address."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address!r} is no mail address")
        self.address = address


class AddressOutside(BadOrder):
    """Reports may not go to `address`, only to the `domains` of the city."""

    def __init__(self, address: str, domains: Sequence[str]) -> None:
        self.address, self.domains = address, ", ".join(domains)
        super().__init__(f"{address}: reports may go to {self.domains} only ([mail] recipient_domains)")


class TooManyOrders(Exception):  # noqa: N818 - named for what is the matter
    """The person has as many reports by mail as one may have."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: `hour` is of the day in the city's zone, `unit` and `category` narrow the report."""

    report: str
    rhythm: Rhythm
    hour: int
    recipients: Sequence[str]
    file: Literal["xlsx", "csv"] = "xlsx"
    unit: str | None = None
    category: str | None = None

    def check(self, now: datetime, domains: Sequence[str]) -> None:
        """Raises BadOrder, QuestionError (a ValueError, too): no such report, no address, an address outside."""
        ask(self.report, now.date(), unit=self.unit, category=self.category)
        if not 1 <= len(self.recipients) <= MOST_RECIPIENTS:
            raise BadOrder(f"a report goes to between 1 and {MOST_RECIPIENTS} addresses")
        for address in self.recipients:
            if not is_address(address):
                raise NoAddress(address)
            if not permitted(address, domains):
                raise AddressOutside(address, domains)


async def place(
    connection: Connection, order: Order, person: Person, now: datetime, zone: ZoneInfo, address: str | None
) -> asyncpg.Record:
    """Keep a checked order; the row. Raises TooManyOrders, asyncpg.ForeignKeyViolationError: there is no such unit."""
    row = await connection.fetchrow(
        QUERIES["report_mail_add"],
        person.name,
        order.report,
        order.rhythm,
        order.hour,
        order.file,
        order.unit,
        order.category,
        list(order.recipients),
        now,
        due_after(order.rhythm, order.hour, now, zone),
    )
    if row is None:
        raise TooManyOrders
    detail = {"report": order.report, "rhythm": order.rhythm, "recipients": len(order.recipients)}
    await audit.record(connection, audit.Entry(person, "report.order", f"report-mail:{row['id']}", address, detail))
    return row


async def cancel(
    connection: Connection, order_id: int, person: Person, *, any_owner: bool, address: str | None
) -> bool:
    """Send it no more; False when there is none that the person may end."""
    found = await connection.fetchval(QUERIES["report_mail_remove"], order_id, None if any_owner else person.name)
    if found is not None:
        await audit.record(connection, audit.Entry(person, "report.cancel", f"report-mail:{order_id}", address))
    return found is not None


async def ask_due(connection: Connection, now: datetime, zone: ZoneInfo) -> int:
    """Make a job of each report that is due, and note when it is due next; how many. Runs in one transaction.

    Of what was missed while no worker ran only the latest is sent.
    """
    rows = await connection.fetch(QUERIES["report_mail_due"], now)
    for row in rows:
        due = latest_due(row["rhythm"], row["hour"], row["due_at"], now, zone)
        await ask_for(connection, row["id"], due)
        await connection.execute(
            QUERIES["report_mail_asked"], row["id"], due_after(row["rhythm"], row["hour"], due, zone)
        )
    return len(rows)


async def ask_for(connection: Connection, order_id: int, due: datetime) -> None:
    """Have the report mailed that was due then; asked twice it is mailed once."""
    payload: dict[str, Any] = {"id": order_id, "due": due.isoformat(), "attempt": 1}
    await enqueue(connection, MAIL_JOB, payload, dedupe_key=f"{MAIL_JOB}:{order_id}:{due.isoformat()}")
