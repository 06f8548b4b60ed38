"""Reports by mail over HTTP: who may ask for one, who sees and ends it, and what is refused with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from app.reports.orders import MAIL_JOB, MOST
from app.settings import MailSettings
from tests.integration.web.conftest import Web

WEEKLY = {"report": "rates-by-unit", "rhythm": "week", "recipients": ["head@example.gov.cn"]}


async def order(web: Web, who: str = "office", **other: Any) -> dict[str, Any]:
    response = await web.ask(who, "POST", "/api/report-mails", {**WEEKLY, **other})
    assert response.status == 201, await response.json()
    answer: dict[str, Any] = await response.json()
    return answer


async def test_a_report_is_asked_for_listed_and_ended(web: Web) -> None:
    made = await order(web, unit="water", hour=7, file="csv")
    assert (made["report"], made["rhythm"], made["hour"], made["unit"]) == ("rates-by-unit", "week", 7, "water")
    # The desk's today is Wednesday, the 30th of September.
    assert made["due_at"].startswith("2026-10-04T23:00") or made["due_at"].startswith("2026-10-05T07:00")
    assert await web.get("office", "/api/report-mails") == [made]
    assert (await web.ask("office", "DELETE", f"/api/report-mails/{made['id']}")).status == 204
    assert await web.get("office", "/api/report-mails") == []
    actions = [row["action"] for row in await web.desk.rows("SELECT action FROM audit_log ORDER BY id")]
    assert actions == ["report.order", "report.cancel"]


async def test_everybody_sees_their_own_and_the_supervisor_all(web: Web) -> None:
    made = await order(web, "office")
    path = f"/api/report-mails/{made['id']}"
    assert await web.get("auditor", "/api/report-mails") == []
    assert (await web.ask("auditor", "DELETE", path)).status == 404
    assert (await web.ask("auditor", "POST", path)).status == 404
    assert await web.get("supervisor", "/api/report-mails") == [made]
    assert (await web.ask("supervisor", "DELETE", path)).status == 204


@pytest.mark.parametrize("who", ["operator", "water", "admin"])
async def test_who_may_not_export_reports_may_not_have_them_mailed(web: Web, who: str) -> None:
    for method, path in (("GET", ""), ("POST", ""), ("POST", "/1"), ("DELETE", "/1")):
        response = await web.ask(
            who, method, f"/api/report-mails{path}", WEEKLY if (method, path) == ("POST", "") else None
        )
        assert response.status == 403, (method, path)


async def test_now_is_asked_for_once_at_a_time(web: Web) -> None:
    made = await order(web)
    for _ in range(2):
        assert (await web.ask("office", "POST", f"/api/report-mails/{made['id']}")).status == 202
    assert len(await web.desk.rows("SELECT id FROM pgqueuer WHERE entrypoint = $1", MAIL_JOB)) == 1


@pytest.mark.parametrize("mail_section", [MailSettings()])
async def test_without_a_mail_server_it_is_said_what_is_missing(web: Web) -> None:
    response = await web.ask("office", "POST", "/api/report-mails", WEEKLY)
    assert (response.status, (await response.json())["code"]) == (409, "no-mail-server")


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"recipients": ["nobody"]}, 422, "is no mail address"),
        ({"recipients": ["a@b.cn\nBcc: c@d.cn"]}, 422, "is no mail address"),
        ({"recipients": []}, 422, "recipients"),
        ({"report": "everything"}, 422, "everything"),
        ({"hour": 24}, 422, "hour"),
        ({"rhythm": "hour"}, 422, "rhythm"),
        ({"report": "answering", "unit": "water"}, 422, "unit"),
        ({"unit": "nowhere"}, 404, "nowhere"),
    ],
)
async def test_what_cannot_be_mailed_is_refused_with_the_reason(
    web: Web, wrong: dict[str, Any], status: int, said: str
) -> None:
    response = await web.ask("office", "POST", "/api/report-mails", {**WEEKLY, **wrong})
    assert response.status == status, await response.text()
    assert said in await response.text()
    assert await web.get("office", "/api/report-mails") == []


@pytest.mark.parametrize(
    "mail_section",
    [MailSettings(host="127.0.0.1", sender="h@example.gov.cn", recipient_domains=("example.gov.cn",))],
)
async def test_a_city_keeps_its_reports_within_its_domains(web: Web) -> None:
    await order(web)
    response = await web.ask("office", "POST", "/api/report-mails", {**WEEKLY, "recipients": ["a@elsewhere.example"]})
    assert response.status == 422
    assert "example.gov.cn" in await response.text()


async def test_one_person_has_so_many_and_no_more(web: Web) -> None:
    for _ in range(MOST):
        await order(web)
    response = await web.ask("office", "POST", "/api/report-mails", WEEKLY)
    assert (response.status, (await response.json())["code"]) == (409, "too-many-reports-by-mail")
    await order(web, "auditor")
