"""A report as a mail: to those it is for and nobody else, readable without opening the file."""

from __future__ import annotations

import email
from datetime import date, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reports.mail import Letter, as_message, is_address, permitted
from app.reports.orders import BadOrder, Order
from app.reports.question import QuestionError, ask
from app.reports.sheet import Sheet, finished

NOW = datetime(2026, 9, 30, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
SENDER = "hotline@example.gov.cn"


def letter(*rows: dict[str, Any], to: tuple[str, ...] = ("head@example.gov.cn",), file: str = "xlsx") -> Letter:
    question = ask("rates-by-unit", date(2026, 9, 30), first_day=date(2026, 9, 1), last_day=date(2026, 9, 30))
    sheet = Sheet(question, NOW, tuple(finished(question.report, row) for row in rows))
    return Letter(sheet, to, file, "report-7-202609300800+0800")


def arrived(sent: EmailMessage) -> EmailMessage:
    """The mail as the other side reads it from its bytes."""
    read = email.message_from_bytes(sent.as_bytes(), policy=SMTP)
    assert isinstance(read, EmailMessage)
    return read


def text_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_a_mail_says_what_it_is_to_whom_and_for_which_days() -> None:
    message = arrived(as_message(letter(to=("a@example.gov.cn", "b@example.gov.cn")), SENDER))
    assert message["Subject"] == "承办单位办理情况（2026-09-01 至 2026-09-30）"
    assert message["To"] == "a@example.gov.cn, b@example.gov.cn"
    assert message["From"].addresses[0].addr_spec == SENDER
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_mail_that_is_sent_again_is_known_for_the_same() -> None:
    assert as_message(letter(), SENDER)["Message-ID"] == as_message(letter(), SENDER)["Message-ID"]


def test_the_table_can_be_read_without_the_file() -> None:
    message = arrived(as_message(letter({"unit": "water", "unit_name": "水务局", "heard": 4, "pleased": 3}), SENDER))
    assert "<td>水务局</td>" in text_of(message, "html")
    assert "<td>75.0%</td>" in text_of(message, "html")
    assert "满意率 75.0%" in text_of(message, "plain")


@pytest.mark.parametrize("file", ["xlsx", "csv"])
def test_the_file_is_beside_it(file: str) -> None:
    message = arrived(as_message(letter(file=file), SENDER))
    assert [part.get_filename() for part in message.iter_attachments()] == [
        f"rates-by-unit-2026-09-01-2026-09-30.{file}"
    ]


def test_what_a_unit_is_called_is_text_and_no_markup() -> None:
    message = arrived(as_message(letter({"unit": "water", "unit_name": "<img src=x>"}), SENDER))
    assert "&lt;img src=x&gt;" in text_of(message, "html")


def test_days_without_a_row_say_so() -> None:
    message = arrived(as_message(letter(), SENDER))
    assert "这段时间没有数据" in text_of(message, "plain")
    assert "这段时间没有数据" in text_of(message, "html")


def test_of_a_long_report_the_mail_shows_the_beginning_and_the_file_all() -> None:
    rows = [{"unit": f"u{number}", "unit_name": f"单位{number}"} for number in range(70)]
    message = arrived(as_message(letter(*rows, file="csv"), SENDER))
    assert "单位59" in text_of(message, "plain")
    assert "单位60" not in text_of(message, "plain")
    assert "另有10行" in text_of(message, "plain")
    (attached,) = message.iter_attachments()
    assert "单位69" in attached.get_content()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "head",
        "@example.gov.cn",
        "a@",
        "a@b@c",
        "a b@example.gov.cn",
        "a@example.gov.cn,b@example.gov.cn",
        "a@example.gov.cn\nBcc: all@example.com",
        "a@example.gov.cn\r\n",
        "<a@example.gov.cn>",
        '"a"@example.gov.cn',
        "a..b@example.gov.cn",
        ".a@example.gov.cn",
        "局长@example.gov.cn",
        "a@-example.cn",
        f"{'a' * 65}@example.gov.cn",
        f"a@{'b' * 260}.cn",
    ],
)
def test_what_is_not_one_address_is_refused(text: str) -> None:
    assert not is_address(text)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40) | st.emails())
def test_whatever_passes_for_an_address_is_one_recipient_in_the_mail(text: str) -> None:
    if not is_address(text):
        return
    message = arrived(as_message(letter(to=(text,)), SENDER))
    assert [one.addr_spec for one in message["To"].addresses] == [text]


def test_reports_go_to_the_citys_domains_only_where_it_names_them() -> None:
    assert permitted("a@anywhere.example", ())
    assert permitted("a@Example.gov.cn", ("example.gov.cn",))
    assert not permitted("a@evil-example.gov.cn", ("example.gov.cn",))
    assert not permitted("a@example.gov.cn.evil.example", ("example.gov.cn",))


@pytest.mark.parametrize(
    ("recipients", "said"),
    [
        ((), "between 1 and 20"),
        (("a@example.gov.cn",) * 21, "between 1 and 20"),
        (("nobody",), "'nobody' is no mail address"),
        (("a@elsewhere.example",), "only \\(\\[mail\\] recipient_domains\\)"),
    ],
)
def test_an_order_that_cannot_be_sent_is_refused_when_it_is_given(recipients: tuple[str, ...], said: str) -> None:
    with pytest.raises(BadOrder, match=said):
        Order("rates-by-unit", "week", 8, recipients).check(NOW, ("example.gov.cn",))


def test_only_reports_that_there_are_can_be_ordered() -> None:
    with pytest.raises(QuestionError):
        Order("everything", "week", 8, ("a@example.gov.cn",)).check(NOW, ())
