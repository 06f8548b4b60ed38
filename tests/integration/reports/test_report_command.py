"""`hotline report` from the outside: what it prints and writes, and its exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from app.cli import main
from app.reports.catalogue import REPORTS
from tests.integration.tickets.desk import Desk

DAYS = ("--from", "2026-06-01", "--to", "2026-06-30")


@pytest.fixture
async def _one_ticket(desk: Desk, dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.dispatched("water")
    monkeypatch.setenv("HOTLINE_DATABASE__DSN", dsn)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["report", *arguments])


def test_without_a_name_the_reports_are_listed() -> None:
    listed = json.loads(run("--json").stdout)
    assert [report["name"] for report in listed] == list(REPORTS)


@pytest.mark.usefixtures("_one_ticket")
def test_json_goes_to_standard_output_alone() -> None:
    result = run("rates-by-unit", *DAYS, "--json")
    assert (result.exit_code, json.loads(result.stdout)["rows"][0]["unit"]) == (0, "water")


@pytest.mark.usefixtures("_one_ticket")
def test_csv_goes_to_standard_output_and_xlsx_into_a_file(tmp_path: Path) -> None:
    assert run("rates-by-unit", *DAYS, "--format", "csv").stdout_bytes.startswith("\ufeff单位编号".encode())
    file = tmp_path / "june.xlsx"
    assert run("rates-by-unit", *DAYS, "--format", "xlsx", "--output", str(file)).exit_code == 0
    page = load_workbook(file).active
    assert page is not None
    assert page["B2"].value == "水务局"


@pytest.mark.usefixtures("_one_ticket")
def test_on_the_screen_the_report_is_a_table() -> None:
    result = run("trends", *DAYS)
    assert result.exit_code == 0
    assert "诉求趋势" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("nothing",), "there is no report 'nothing'"),
        (("trends", "--from", "2026-06-30", "--to", "2026-06-01"), "from 2026-06-30 is after to 2026-06-01"),
        (("trends", "--format", "xlsx"), "--format xlsx needs --output FILE"),
        (("trends", "--from", "June"), "'June' does not match the format"),
    ],
)
def test_bad_input_is_told_with_exit_status_2(arguments: tuple[str, ...], complaint: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert complaint in result.stderr


@pytest.mark.usefixtures("_one_ticket")
def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    result = run("trends", *DAYS, "--format", "csv", "--output", str(tmp_path / "none" / "x.csv"))
    assert (result.exit_code, result.stderr.startswith("--output: ")) == (2, True)
