"""Files that Excel opens as Chinese and in which nothing is run."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from app.reports.export import harmless, to_csv, to_xlsx
from app.reports.question import ask
from app.reports.sheet import Sheet, finished

NOW = datetime(2026, 9, 30, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def sheet(**columns: Any) -> Sheet:
    question = ask("rates-by-unit", date(2026, 9, 30))
    row = {"unit": "water", "unit_name": "水务局", "heard": 4, "pleased": 3, **columns}
    return Sheet(question, NOW, (finished(question.report, row),))


def test_csv_is_known_for_utf_8_by_its_byte_order_mark() -> None:
    text = to_csv(sheet()).decode("utf-8")
    head, row, end = text.split("\r\n")
    assert head.startswith("\ufeff单位编号,承办单位,交办件数")
    assert row.startswith("water,水务局,0,")
    assert row.endswith(",4,3,0.75")
    assert end == ""


def test_a_null_rate_is_an_empty_cell() -> None:
    assert ",0,0,,0,0,,0," in to_csv(sheet()).decode()


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1"])
def test_no_cell_begins_like_a_formula(name: str) -> None:
    assert harmless(name).startswith("'")
    page = load_workbook(io.BytesIO(to_xlsx(sheet(unit_name=name)))).active
    assert page is not None
    assert page["B2"].data_type == "s"
    assert str(page["B2"].value).startswith("'")


def test_characters_that_no_worksheet_holds_are_left_out() -> None:
    page = load_workbook(io.BytesIO(to_xlsx(sheet(unit_name="水\x07务局")))).active
    assert page is not None
    assert page["B2"].value == "水务局"


def test_a_worksheet_holds_numbers_and_percentages() -> None:
    page = load_workbook(io.BytesIO(to_xlsx(sheet()))).active
    assert page is not None
    assert page.title == "承办单位办理情况"
    cells = {title.value: value for title, value in zip(page[1], page[2], strict=True)}
    assert cells["满意率"].value == 0.75
    assert cells["满意率"].number_format == "0.00%"
    assert cells["响应率"].value is None
