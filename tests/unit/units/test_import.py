"""The registration form (minhe-2018, annex): what it says, what it would change, and what is wrong with it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from app.units.columns import REGISTRATION
from app.units.form import form_rows, read_form
from app.units.importing import FieldChange, ImportPlan, new_unit_id, plan_import
from app.units.model import Contact, Unit
from app.units.problem import FormError

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 9, 30, 16, tzinfo=SHANGHAI)

PEOPLE = ["姓名", "职务", "办公电话", "手机", "传真"]
HEADINGS = [
    "填报单位名称",
    *(f"分管领导{field}" for field in PEOPLE),
    *(f"经办人(联络员)(A){field}" for field in PEOPLE),
    *(f"经办人(联络员)(B){field}" for field in PEOPLE),
    "备注",
    "填报人",
    "联系电话",
]
WATER = [
    *["水务局", "孙三", "副局长", "0510-87650003", "13800000003", "87650009"],
    *["赵一", "科员", "87650001", "13800000001", "", "钱二", "科员", "87650002", "", ""],
    *["", "李四", "87650004"],
]
WATER_UNIT = Unit(
    new_unit_id("水务局"),
    "水务局",
    filled_by="李四",
    filled_by_phone="87650004",
    contacts=(
        Contact("A", "赵一", "科员", "87650001", "13800000001"),
        Contact("B", "钱二", "科员", "87650002"),
        Contact("leader", "孙三", "副局长", "051087650003", "13800000003", "87650009"),
    ),
)


def plan(*table: list[str], current: tuple[Unit, ...] = ()) -> ImportPlan:
    return plan_import(form_rows(table, REGISTRATION), current, NOW, SHANGHAI)


def refusals(*table: list[str], current: tuple[Unit, ...] = ()) -> list[tuple[int, str]]:
    with pytest.raises(FormError) as refused:
        plan(*table, current=current)
    return [(problem.row, problem.column) for problem in refused.value.problems]


def test_a_filled_form_becomes_a_unit_with_its_three_posts() -> None:
    [change] = plan(HEADINGS, WATER).changes
    assert change.before is None
    assert change.unit == WATER_UNIT
    assert change.row == 2
    assert not change.late


def test_the_same_form_again_changes_nothing() -> None:
    again = plan(HEADINGS, WATER, current=(WATER_UNIT,))
    assert again == ImportPlan((), 1, ())


def test_only_what_differs_is_reported() -> None:
    moved = list(WATER)
    moved[HEADINGS.index("经办人(联络员)(A)手机")] = "13900000001"
    [change] = plan(HEADINGS, moved, current=(WATER_UNIT,)).changes
    assert change.changes == (FieldChange("A.mobile", "13800000001", "13900000001"),)
    assert change.posts == ("A",)


def test_what_the_form_has_no_column_for_stays() -> None:
    known = Unit("water", "水务局", tier=3, parent="gov", keywords=("停水",), contacts=WATER_UNIT.contacts)
    gov = Unit("gov", "受理中心", tier=1)
    [change] = plan(["单位名称", "经办人A职务"], ["水务局", "主任"], current=(known, gov)).changes
    assert (change.unit.id, change.unit.tier, change.unit.parent) == ("water", 3, "gov")
    assert change.unit.keywords == ("停水",)
    assert change.changes == (FieldChange("A.title", "科员", "主任"),)


def test_an_emptied_post_is_closed() -> None:
    row = ["水务局", "", "", "", "", ""]
    headings = ["单位名称", *(f"经办人B{field}" for field in PEOPLE)]
    [change] = plan(headings, row, current=(WATER_UNIT,)).changes
    assert change.unit.contact("B") is None
    assert change.posts == ("B",)


def test_optional_columns_set_id_tier_parent_remit_and_key_words() -> None:
    table = [
        ["编号", "单位名称", "层级", "上级单位", "职责", "关键词", "值班电话", "经办人A值班时间"],
        ["centre", "受理中心", "1", "", "", "", "12345", ""],
        ["water", "水务局", "2", "受理中心", "供水", "停水、水管,漏水", "8765-0000", "周一至周五 08:30-17:30"],
    ]
    centre, water = (change.unit for change in plan(*table).changes)
    assert (centre.id, centre.tier, centre.parent) == ("centre", 1, None)
    assert (water.tier, water.parent, water.remit) == (2, "centre", "供水")
    assert water.keywords == ("停水", "水管", "漏水")
    assert water.contacts == (
        Contact("A", hours="周一至周五 08:30-17:30"),
        Contact("duty", phone="87650000"),
    )


def test_a_unit_is_renamed_by_its_id() -> None:
    known = Unit("water", "水务局")
    [change] = plan(["id", "单位名称"], ["water", "水利局"], current=(known,)).changes
    assert change.changes == (FieldChange("name", "水务局", "水利局"),)


def test_a_heading_of_two_rows_under_a_title_is_understood() -> None:
    blank = [""] * (len(PEOPLE) - 1)
    groups = ["分管领导", *blank, "经办人(联络员)(A)", *blank, "经办人(联络员)(B)", *blank]
    table = [
        ["市民服务热线承办单位分管领导及联络员登记表"],
        ["填报单位名称", *groups, "备注", "填报人", "联系电话"],
        ["", *PEOPLE, *PEOPLE, *PEOPLE, "", "", ""],
        WATER,
    ]
    [change] = plan(*table).changes
    assert change.unit == WATER_UNIT
    assert change.row == 4


def test_every_bad_row_is_named_with_its_column() -> None:
    bad_phone, no_name = list(WATER), list(WATER)
    bad_phone[HEADINGS.index("经办人(联络员)(B)办公电话")] = "八七六五"
    no_name[0] = ""
    assert refusals(HEADINGS, bad_phone, [], no_name) == [
        (2, "经办人(联络员)(B)办公电话"),
        (4, "填报单位名称"),
    ]


def test_bad_id_tier_hours_and_date_are_named() -> None:
    table = [
        ["单位名称", "id", "tier", "A岗值班时间", "变动日期"],
        ["水务局", "Water!", "4", "早上", "昨天"],
    ]
    assert [column for _, column in refusals(*table)] == ["id", "tier", "A岗值班时间", "变动日期"]


def test_unknown_and_double_columns_are_refused() -> None:
    assert refusals(["单位名称", "微信", "name"], ["水务局", "x", "y"]) == [(1, "微信"), (1, "name")]


def test_a_form_without_a_heading_or_without_units_is_refused() -> None:
    assert refusals(["甲", "乙"]) == [(0, "")]
    assert refusals(["单位名称"]) == [(0, "")]


def test_a_unit_twice_in_the_form_or_a_name_of_another_unit_is_refused() -> None:
    assert refusals(["单位名称"], ["水务局"], ["水务局"]) == [(2, "填报单位名称"), (3, "填报单位名称")]
    known = (Unit("water", "水务局"), Unit("power", "供电局"))
    assert refusals(["id", "单位名称"], ["water", "供电局"], current=known) == [(2, "填报单位名称")]


@pytest.mark.parametrize(("tier", "parent"), [("2", "没有的单位"), ("1", "受理中心"), ("2", "水务局")])
def test_a_parent_is_a_unit_of_a_higher_tier(tier: str, parent: str) -> None:
    centre = Unit("centre", "受理中心", tier=1)
    table = [["单位名称", "tier", "parent"], ["水务局", tier, parent]]
    assert refusals(*table, current=(centre,)) == [(2, "parent")]


def test_a_missing_post_is_a_warning_not_a_refusal() -> None:
    warnings = plan(["单位名称", "A岗姓名", "A岗手机"], ["水务局", "赵一", "13800000001"]).warnings
    assert [("分管领导" in text, "经办人B" in text) for text in warnings] == [(True, False), (False, True)]


def test_a_change_told_after_the_limit_is_flagged_and_a_first_registration_is_not() -> None:
    def next_day(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(days=2)

    table = [["单位名称", "A岗姓名", "变动日期"], ["水务局", "周五", "2026-09-20"]]
    [change] = plan_import(form_rows(table, REGISTRATION), [WATER_UNIT], NOW, SHANGHAI, next_day).changes
    assert change.late
    assert change.happened_on == date(2026, 9, 20)
    [first] = plan_import(form_rows(table, REGISTRATION), [], NOW, SHANGHAI, next_day).changes
    assert not first.late


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_files_of_either_encoding_are_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "units.csv"
    path.write_text("\r\n".join([",".join(HEADINGS), ",".join(WATER)]), encoding=encoding)
    [change] = plan_import(read_form(path, REGISTRATION), [], NOW, SHANGHAI).changes
    assert change.unit == WATER_UNIT


def test_a_spreadsheet_is_read_with_numbers_dates_and_merged_headings(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["填报单位名称", "经办人A", None, "变动日期"])
    sheet.append([None, "姓名", "手机", None])
    sheet.append(["水务局", "赵一", 13800000001, datetime(2026, 9, 28)])  # noqa: DTZ001 (a spreadsheet's date)
    sheet.merge_cells("B1:C1")
    path = tmp_path / "units.xlsx"
    book.save(path)
    [change] = plan_import(read_form(path, REGISTRATION), [], NOW, SHANGHAI).changes
    assert change.unit.contact("A") == Contact("A", "赵一", mobile="13800000001")
    assert change.happened_on == date(2026, 9, 28)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("units.xlsx", b"not a zip", "not an XLSX file"),
        ("units.csv", b"\xff\xff\xff", "neither UTF-8 nor GB18030"),
        ("units.csv", '单位名称\n"水务局'.encode(), "not a CSV file"),
        ("units.doc", b"", "neither .csv nor .xlsx"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, data: bytes, why: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(FormError, match=why):
        read_form(path, REGISTRATION)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FormError, match="cannot be read: No such file"):
        read_form(tmp_path / "none.csv", REGISTRATION)


SHEET = [
    ["市民服务热线承办单位分管领导及联络员登记表"],
    ["填报单位名称（盖章）：", "水务局"],
    ["", *PEOPLE],
    ["分管领导", "孙三", "副局长", "0510-87650003", "13800000003", "87650009"],
    ["经办人（联络员）(A)", "赵一", "科员", "87650001", "13800000001"],
    ["经办人（联络员）(B)", "钱二", "科员", "87650002"],
    ["备注", ""],
    ["填报人：李四", "", "", "联系电话：", "87650004"],
]


def test_a_form_filled_as_on_paper_says_the_same_as_a_row() -> None:
    [change] = plan(*SHEET).changes
    assert change.unit == WATER_UNIT
    assert change.row == 2


def test_a_bad_cell_of_a_form_filled_as_on_paper_is_named_by_post_and_column() -> None:
    broken = [row if row[0] != "分管领导" else [*row[:3], "无", *row[4:]] for row in SHEET]
    assert refusals(*broken) == [(2, "分管领导办公电话")]


def test_posts_may_be_called_as_the_city_calls_them() -> None:
    for headings in (["A角姓名", "A角手机"], ["联络员A姓名", "联络员A手机"], ["A岗姓名", "A岗手机"]):
        [change] = plan(["填报单位名称", *headings], ["水务局", "赵一", "13800000001"]).changes
        assert change.unit.contact("A") == Contact("A", "赵一", mobile="13800000001")


def test_a_change_still_to_come_is_taken_over_with_a_warning() -> None:
    found = plan([*HEADINGS, "变动日期"], [*WATER, "2026/10/9"])
    assert found.changes[0].happened_on == date(2026, 10, 9)
    assert any("is still to come" in warning for warning in found.warnings)


def test_full_and_half_width_brackets_and_blanks_are_one_unit() -> None:
    known = Unit("river", "水务局（城区）")
    for spelt in ("水务局(城区)", "水务局（城区）", "水务局 （城区）", "水务局\u200b(城区)"):
        again = plan(["单位名称"], [spelt], current=(known,))
        assert (again.changes, again.unchanged) == ((), 1)
        assert new_unit_id(spelt) == new_unit_id("水务局(城区)")
    assert refusals(["单位名称"], ["供水(城区)"], ["供水（城区）"]) == [(2, "填报单位名称"), (3, "填报单位名称")]


def test_a_parent_is_found_however_its_name_is_spelt() -> None:
    centre = Unit("centre", "受理中心（市）", tier=1)
    [change] = plan(["单位名称", "parent"], ["水务局", "受理中心(市)"], current=(centre,)).changes
    assert change.unit.parent == "centre"
