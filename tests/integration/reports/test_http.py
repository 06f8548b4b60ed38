"""Reports over HTTP: who may read and export what, and in which form."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from openpyxl import load_workbook

from tests.integration.tickets.desk import ZONE
from tests.integration.web.conftest import Web
from tests.integration.web.conftest import mail_section as mail_section  # noqa: PLC0414 - the same
from tests.integration.web.conftest import section as section  # noqa: PLC0414 - the fixture's fixture
from tests.integration.web.conftest import web as web  # noqa: PLC0414 - the fixture

DAYS = {"from": "2026-09-01", "to": "2026-09-30"}
WHOLE = ("answering", "answering-by-day", "queues", "operators", "pauses")


@pytest.fixture
async def served(web: Web) -> Web:
    """A ticket of the water works, one of the city's administration, and a confidential one."""
    await web.desk.dispatched("water")
    await web.desk.dispatched("urban-management")
    await web.desk.receive(category="report_economic")
    web.desk.at = datetime(2026, 9, 30, 10, tzinfo=ZONE)
    return web


async def test_the_list_names_what_a_person_may_read(served: Web) -> None:
    names = {report["name"] for report in await served.get("office", "/api/reports")}
    assert set(WHOLE) <= names
    assert {report["name"] for report in await served.get("water", "/api/reports")} == names - set(WHOLE)


async def test_a_report_answers_with_its_columns_and_rows(served: Web) -> None:
    sheet = await served.get("office", "/api/reports/rates-by-unit", **DAYS)
    assert [row["unit"] for row in sheet["rows"]] == ["urban-management", "water"]
    assert [column["name"] for column in sheet["columns"]] == list(sheet["rows"][0])
    assert (sheet["from"], sheet["to"], sheet["confidential"]) == ("2026-09-01", "2026-09-30", 1)


async def test_a_unit_reads_its_own_rows_only(served: Web) -> None:
    for name in ("rates-by-unit", "unit-assessment", "rework"):
        sheet = await served.get("water", f"/api/reports/{name}", **DAYS)
        assert [row["unit"] for row in sheet["rows"]] == ["water"]
    sheet = await served.get("water", "/api/reports/rates-by-category", **DAYS)
    assert [row["received"] for row in sheet["rows"]] == [1]
    assert sheet["confidential"] is None


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("water", "rates-by-unit?unit=urban-management"),
        ("water", "answering"),
        ("water", "rates-by-unit?format=csv"),
        ("operator", "rates-by-unit"),
        ("admin", "rates-by-unit"),
    ],
)
async def test_what_is_not_ones_own_is_refused(served: Web, who: str, path: str) -> None:
    assert (await served.ask(who, "GET", f"/api/reports/{path}")).status == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nothing", 404),
        ("trends?from=2026-09-30&to=2026-09-01", 422),
        ("trends?from=0001-01-01", 422),
        ("trends?to=9999-12-31", 422),
        ("trends?from=yesterday", 422),
        ("trends?format=pdf", 422),
        ("answering?unit=water", 422),
    ],
)
async def test_what_cannot_be_answered_is_a_problem_document(served: Web, path: str, status: int) -> None:
    response = await served.ask("office", "GET", f"/api/reports/{path}")
    assert response.status == status
    assert response.content_type == "application/problem+json"


async def test_csv_and_xlsx_are_files_and_in_the_audit_log(served: Web) -> None:
    as_csv = await served.ask("auditor", "GET", "/api/reports/rates-by-unit", params={**DAYS, "format": "csv"})
    assert as_csv.headers["Content-Disposition"] == ('attachment; filename="rates-by-unit-2026-09-01-2026-09-30.csv"')
    assert (await as_csv.read()).decode().startswith("\ufeff单位编号,")
    as_xlsx = await served.ask("office", "GET", "/api/reports/rates-by-unit", params={**DAYS, "format": "xlsx"})
    page = load_workbook(io.BytesIO(await as_xlsx.read())).active
    assert page is not None
    assert page["A3"].value == "water"
    logged = await served.desk.rows(
        "SELECT user_name, subject FROM audit_log WHERE action = 'report.export' ORDER BY id"
    )
    assert logged == [
        {"user_name": "auditor", "subject": "report:rates-by-unit"},
        {"user_name": "office", "subject": "report:rates-by-unit"},
    ]
