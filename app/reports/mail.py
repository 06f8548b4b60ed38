"""A report as a mail: the sheet as a table one can read on a telephone, the file beside it, sent over SMTP."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import aiosmtplib

from app.reports.export import is_share, to_csv, to_xlsx
from app.reports.sheet import Sheet
from app.settings import MailSettings

PATIENCE_S = 30.0
_MOST_ROWS = 60
# What SMTP servers and the domain name system take in any case (RFC 5321, section 4.5.3.1); no quoted local parts.
_ADDRESS = re.compile(
    r"(?=.{3,254}\Z)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)


class NotSent(Exception):  # noqa: N818 - named for what happened
    """The mail server did not take the mail; the text says why, without what was in it.

    `for_good`: it knows none of the recipients, and never will (5yz, RFC 5321, section 4.2.1).
    """

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(why)
        self.for_good = for_good


@dataclass(frozen=True, slots=True)
class Letter:
    """One report to be sent. `mark` names it for good: a mail that comes twice has the same Message-ID."""

    sheet: Sheet
    recipients: Sequence[str]
    file: str
    mark: str


def is_address(text: str) -> bool:
    """Whether this is an address that mail can be sent to: one line, one address, nothing but the address."""
    return _ADDRESS.fullmatch(text) is not None and ".." not in text and not text.startswith(".")


def permitted(text: str, domains: Sequence[str]) -> bool:
    """Whether reports may go there; without `domains` they may go anywhere."""
    return not domains or text.rpartition("@")[2].lower() in {domain.lower() for domain in domains}


def as_message(letter: Letter, sender: str) -> EmailMessage:
    """The mail. Recipients see each other: they are colleagues who are to read the same figures."""
    question = letter.sheet.question
    one = question.first_day == question.last_day
    days = f"{question.first_day}" if one else f"{question.first_day} 至 {question.last_day}"
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("12345热线", addr_spec=sender)
    message["To"] = [Address(addr_spec=to) for to in letter.recipients]
    message["Subject"] = f"{question.report.title}（{days}）"
    message["Date"] = format_datetime(letter.sheet.as_of)
    message["Message-ID"] = f"<{letter.mark}@{sender.rpartition('@')[2]}>"
    # RFC 3834: no holiday notices come back for it.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_plain(letter.sheet, days))
    message.add_alternative(_table(letter.sheet, days), subtype="html")
    name = f"{question.report.name}-{question.first_day}-{question.last_day}.{letter.file}"
    if letter.file == "csv":
        params = {"charset": "utf-8"}
        message.add_attachment(to_csv(letter.sheet), maintype="text", subtype="csv", filename=name, params=params)
    else:
        subtype = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        message.add_attachment(to_xlsx(letter.sheet), maintype="application", subtype=subtype, filename=name)
    return message


async def send(settings: MailSettings, letter: Letter) -> Sequence[str]:
    """Send it; returns the addresses that the server refused, if it took others. Raises NotSent."""
    if settings.host is None or settings.sender is None:
        raise NotSent("no mail server is set ([mail] host and sender in hotline.toml)")
    try:
        refused, _ = await aiosmtplib.send(
            as_message(letter, settings.sender),
            hostname=settings.host,
            port=settings.port,
            username=settings.username,
            password=settings.password,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            timeout=PATIENCE_S,
        )
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise NotSent(_why(error), for_good=_unknown(error)) from error
    return sorted(refused)


def _unknown(error: Exception) -> bool:
    return isinstance(error, aiosmtplib.SMTPRecipientsRefused) and all(one.code >= 500 for one in error.recipients)


def _why(error: Exception) -> str:
    """What the server said, on one line; its words may quote addresses, never the figures."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        told = "; ".join(f"{one.recipient}: {one.code} {one.message}" for one in error.recipients)
    else:
        told = str(error) or type(error).__name__
    return " ".join(told.split())[:300]


def _head(sheet: Sheet, days: str) -> list[str]:
    narrowed = [f"单位：{sheet.question.unit}"] if sheet.question.unit else []
    narrowed += [f"类别：{sheet.question.category}"] if sheet.question.category else []
    return [sheet.question.report.title, f"期间：{days}", *narrowed, f"统计时间：{sheet.as_of:%Y-%m-%d %H:%M}"]


def _plain(sheet: Sheet, days: str) -> str:
    columns = sheet.question.report.columns
    if not sheet.rows:
        return "\n".join([*_head(sheet, days), "", "这段时间没有数据。"])
    lines = [
        "　".join(f"{title} {_shown(name, row[name])}" for name, title in columns.items()) for row in _first(sheet)
    ]
    return "\n".join([*_head(sheet, days), "", *lines, *_rest(sheet)])


def _table(sheet: Sheet, days: str) -> str:
    head = "".join(f"<p>{html.escape(line)}</p>" for line in _head(sheet, days))
    titles = "".join(f"<th>{html.escape(title)}</th>" for title in sheet.question.report.columns.values())
    rows = "".join(
        "<tr>"
        + "".join(f"<td>{html.escape(_shown(name, row[name]))}</td>" for name in sheet.question.report.columns)
        + "</tr>"
        for row in _first(sheet)
    )
    none = "" if sheet.rows else "<p>这段时间没有数据。</p>"
    rest = "".join(f"<p>{html.escape(line)}</p>" for line in _rest(sheet))
    table = f'<table border="1" cellpadding="4" style="border-collapse:collapse"><tr>{titles}</tr>{rows}</table>'
    return f'<html lang="zh-CN"><body>{head}{table if sheet.rows else none}{rest}</body></html>'


def _first(sheet: Sheet) -> Sequence[dict[str, object]]:
    return [dict(row) for row in sheet.rows[:_MOST_ROWS]]


def _rest(sheet: Sheet) -> list[str]:
    more = len(sheet.rows) - _MOST_ROWS
    return [f"另有{more}行，见附件。"] if more > 0 else []


def _shown(name: str, value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, int | float) and is_share(name):
        return f"{value:.1%}"
    return f"{value:.1f}" if isinstance(value, float) else str(value)
