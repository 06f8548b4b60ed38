"""A duty roster is read row by row, and refused as a whole with every problem named."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.units.columns import ROSTER
from app.units.form import form_rows
from app.units.model import Shift, Unit
from app.units.problem import FormError
from app.units.rostering import plan_roster

SHANGHAI = ZoneInfo("Asia/Shanghai")
UNITS = (Unit("water", "水务局"), Unit("power", "供电局"))
HEADINGS = ["单位", "日期", "班次", "岗位", "开始", "结束", "姓名", "电话"]


def shifts(*rows: list[str]) -> tuple[Shift, ...]:
    return plan_roster(form_rows([HEADINGS, *rows], ROSTER), UNITS, SHANGHAI)


def test_a_row_is_one_post_in_one_shift() -> None:
    assert shifts(["水务局", "2026-10-01", "白班", "A岗", "8:00", "18:00", "李四", "138-0000-0009"]) == (
        Shift(
            "water",
            date(2026, 10, 1),
            "白班",
            "A",
            datetime(2026, 10, 1, 8, tzinfo=SHANGHAI),
            datetime(2026, 10, 1, 18, tzinfo=SHANGHAI),
            "李四",
            "13800000009",
        ),
    )


@pytest.mark.parametrize("end", ["08:00", "00:00", "24:00"])
def test_a_shift_that_ends_before_it_starts_ends_on_the_next_day(end: str) -> None:
    [shift] = shifts(["power", "2026/10/01", "夜班", "分管领导", "18:00", end, "", ""])
    assert (shift.unit_id, shift.post) == ("power", "leader")
    assert shift.ends_at.date() == date(2026, 10, 2)


def test_every_bad_field_is_named_with_its_row() -> None:
    good = ["水务局", "2026-10-01", "白班", "A", "08:00", "18:00", "", ""]
    with pytest.raises(FormError) as refused:
        shifts(
            good,
            ["园林局", "昨天", "", "C", "早", "25:00", "", "无"],
            good,
        )
    assert [(problem.row, problem.column) for problem in refused.value.problems] == [
        *[(3, column) for column in ("单位", "日期", "班次", "岗位", "开始", "结束", "电话")],
        (4, ""),
    ]
