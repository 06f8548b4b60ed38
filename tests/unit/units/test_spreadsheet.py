"""A cell of a spreadsheet is read as its user sees it, or refused with its sheet, row, column and a remedy."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest

from app.units.columns import REGISTRATION, ROSTER
from app.units.form import FormRow, read_form
from app.units.problem import FormError

UNIT = ["单位名称", "A岗姓名", "A岗手机"]


def book(*rows: Sequence[object], formats: dict[str, str] | None = None) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    sheet.title = "登记表"
    for row in rows:
        sheet.append(list(row))
    for cell, number_format in (formats or {}).items():
        sheet[cell].number_format = number_format
    return made


def saved(made: openpyxl.Workbook, folder: Path) -> Path:
    path = folder / "form.xlsx"
    made.save(path)
    return path


def read(made: openpyxl.Workbook, folder: Path) -> list[FormRow]:
    return read_form(saved(made, folder), REGISTRATION)


def refusal(made: openpyxl.Workbook, folder: Path) -> str:
    with pytest.raises(FormError) as refused:
        read(made, folder)
    return str(refused.value)


def sheet_rewritten(path: Path, pattern: str, replacement: str) -> Path:
    """The same workbook with its first sheet's XML changed, as other programs write it."""
    content = io.BytesIO()
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(content, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            if name == "xl/worksheets/sheet1.xml":
                text, times = re.subn(pattern, replacement, data.decode())
                assert times, "the sheet holds what is to be replaced"
                data = text.encode()
            after.writestr(name, data)
    path.write_bytes(content.getvalue())
    return path


@pytest.mark.parametrize("declared", ["A1", "A1:B2", "A1:XFD1048576", "C3"])
def test_a_sheet_is_read_whole_whatever_size_it_declares(tmp_path: Path, declared: str) -> None:
    path = saved(book(UNIT, ["水务局", "赵一", "13800000001"], ["供电局", "钱二", "13800000002"]), tmp_path)
    sheet_rewritten(path, '<dimension ref="[^"]*"', f'<dimension ref="{declared}"')
    assert [row.fields["A.mobile"] for row in read_form(path, REGISTRATION)] == ["13800000001", "13800000002"]


def test_a_formula_without_its_result_is_refused_and_named(tmp_path: Path) -> None:
    text = refusal(book(UNIT, ["水务局", "赵一", "=13800000000+1"]), tmp_path)
    assert text.startswith("sheet 登记表, row 2, column C: a formula without its result; open the file, save it again")


def test_a_formula_with_its_result_is_its_result(tmp_path: Path) -> None:
    path = saved(book(UNIT, ["水务局", "赵一", "=13800000000+1"]), tmp_path)
    sheet_rewritten(path, "<v ?/>|<v></v>", "<v>13800000001</v>")
    assert read_form(path, REGISTRATION)[0].fields["A.mobile"] == "13800000001"


def test_a_fault_shown_by_the_spreadsheet_is_not_a_name(tmp_path: Path) -> None:
    assert "row 2, column B: the cell shows the fault #REF!" in refusal(book(UNIT, ["水务局", "#REF!", ""]), tmp_path)


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (51087654321, "000000000000", "051087654321"),
        (51087654321, "0000-00000000", "0510-87654321"),
        (1065521234, r"\(000\)00000000", "(010)65521234"),
        (87654321, "#,##0", "87654321"),
        (13800000001.0, "General", "13800000001"),
        (13800000001.0, "0.00", "13800000001"),
        (13800000001, "G/通用格式", "13800000001"),
        (13800000001, "0_ ", "13800000001"),
    ],
)
def test_a_number_is_read_with_the_zeros_that_its_format_shows(
    tmp_path: Path, value: float, number_format: str, shown: str
) -> None:
    [row] = read(book(UNIT, ["水务局", "赵一", value], formats={"C2": number_format}), tmp_path)
    assert row.fields["A.mobile"] == shown


@pytest.mark.parametrize(
    ("value", "number_format", "why"),
    [
        (87654321, '"0510-"00000000', "format the cell as text"),
        (87654321, "0.00E+00", "format the cell as text"),
        (1234567890123456, "0", "more than 15 digits"),
    ],
)
def test_a_number_whose_digits_are_not_what_is_shown_is_refused(
    tmp_path: Path, value: int, number_format: str, why: str
) -> None:
    text = refusal(book(UNIT, ["水务局", "赵一", value], formats={"C2": number_format}), tmp_path)
    assert text.startswith("sheet 登记表, row 2, column C")
    assert why in text


def test_an_end_of_24_hours_kept_as_a_length_of_time_is_midnight(tmp_path: Path) -> None:
    rows: list[list[object]] = [["单位", "日期", "班次", "岗位", "开始", "结束"], ["水务局", "2026-09-30", "夜", "A"]]
    rows[1] += [timedelta(hours=18), timedelta(hours=24)]
    made = book(*rows, formats={"E2": "[h]:mm", "F2": "[h]:mm"})
    [row] = read_form(saved(made, tmp_path), ROSTER)
    assert (row.fields["starts"], row.fields["ends"]) == ("18:00", "24:00")


def test_the_form_is_found_behind_its_instructions(tmp_path: Path) -> None:
    made = book(["请按说明填写"])
    made.create_sheet("表").append(UNIT)
    made["表"].append(["水务局", "赵一", "13800000001"])
    assert read(made, tmp_path)[0].fields["name"] == "水务局"


def test_a_second_form_in_the_file_is_not_left_out_without_a_word(tmp_path: Path) -> None:
    made = book(UNIT, ["水务局", "赵一", "13800000001"])
    made.create_sheet("续表").append(UNIT)
    assert "sheet 续表: a form too" in refusal(made, tmp_path)


@pytest.mark.parametrize("content", ["单位名称\n水务\0局\n", "单位名称\n水务\x1b局\n"])
def test_a_control_character_in_a_csv_is_named_and_not_stored(tmp_path: Path, content: str) -> None:
    path = tmp_path / "form.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FormError, match=r"row 2, column 1: holds .* enter it again, save as UTF-8"):
        read_form(path, REGISTRATION)
