"""`hotline unit`: it says what it would do, asks, and does all of it or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.commands.unit import command

HEADINGS = (
    "填报单位名称,id,分管领导姓名,分管领导手机,经办人A姓名,经办人A办公电话,经办人B姓名,经办人B办公电话,"
    "keywords,变动日期"
)
WATER = "水务局,water,孙三,13800000003,赵一,0510-87650001,钱二,87650002,停水 水管,"
POWER = "供电局,power,孙四,13800000004,赵二,87650011,钱三,87650012,停电,"


@pytest.fixture
def run(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOTLINE_DATABASE__DSN", dsn)
    monkeypatch.setenv("HOTLINE_REGULATION__PROFILE", "yixing-2011")

    def run_command(*arguments: str, answer: str = "") -> Result:
        return CliRunner().invoke(command, list(arguments), input=answer)

    return run_command


def form(*rows: str) -> str:
    Path("units.csv").write_text("\n".join((HEADINGS, *rows)), encoding="gb18030")
    return "units.csv"


def listed(run: Any, *arguments: str) -> list[str]:
    return [unit["id"] for unit in json.loads(run("list", "--json", *arguments).stdout)]


def test_an_import_says_what_it_would_do_and_does_it_when_told_yes(run: Any) -> None:
    result = run("import", form(WATER, POWER), answer="y\n")
    assert result.exit_code == 0
    assert "row 2: add water 水务局" in result.stdout
    assert "2 to add, 0 to change" in result.stdout
    assert listed(run) == ["power", "water"]


@pytest.mark.parametrize(("arguments", "answer"), [((), "n\n"), (("--dry-run", "--yes"), "")])
def test_told_no_or_only_trying_it_changes_nothing(run: Any, arguments: tuple[str, ...], answer: str) -> None:
    assert run("import", form(WATER), *arguments, answer=answer).exit_code == 0
    assert listed(run) == []


def test_one_bad_row_and_nothing_is_changed(run: Any) -> None:
    result = run("import", form(POWER, WATER.replace("87650002", "无")), "--yes")
    assert result.exit_code == 2
    assert "row 3, 经办人B办公电话: '无' is not a telephone number" in result.stderr
    assert listed(run) == []


def test_as_json_the_problems_are_data(run: Any) -> None:
    result = run("import", form(WATER.replace("87650002", "无")), "--yes", "--json")
    assert result.exit_code == 2
    report = json.loads(result.stdout)
    assert [(problem["row"], problem["column"]) for problem in report["problems"]] == [(2, "经办人B办公电话")]
    assert report["applied"] is False


def test_a_second_import_reports_the_difference_only_and_flags_what_was_told_late(run: Any) -> None:
    run("import", form(WATER, POWER), "--yes")
    changed = WATER.replace("钱二,87650002", "周五,87650005") + "2026-01-05"
    report = json.loads(run("import", form(changed, POWER), "--yes", "--json").stdout)
    assert (report["applied"], report["added"], report["unchanged"]) == (True, [], 1)
    [unit] = report["changed"]
    assert unit["late"]
    assert {"field": "B.phone", "before": "87650002", "after": "87650005"} in unit["fields"]
    history = json.loads(run("show", "water", "--history", "--json").stdout)["contacts"]
    post_b = [(c["contact"]["name"], c["late"], c["valid_to"] is None) for c in history if c["contact"]["post"] == "B"]
    assert post_b == [("周五", True, True), ("钱二", False, False)]


def test_units_are_found_by_what_was_said(run: Any) -> None:
    run("import", form(WATER, POWER), "--yes")
    assert listed(run, "--search", "家里停电了") == ["power"]


def test_duty_says_who_would_be_dialled(run: Any) -> None:
    run("import", form(WATER), "--yes")
    report = json.loads(run("duty", "water", "--at", "2026-09-28T10:00", "--json").stdout)
    assert [(post["post"], post["phone"]) for post in report["chain"]] == [
        ("A", "051087650001"),
        ("B", "87650002"),
        ("leader", "13800000003"),
    ]
    assert "87650002" in run("duty", "water").stdout


def test_a_roster_decides_who_is_on_duty(run: Any) -> None:
    run("import", form(WATER), "--yes")
    Path("roster.csv").write_text(
        "单位,日期,班次,岗位,开始,结束,姓名,电话\n水务局,2026-10-01,夜班,A岗,18:00,08:00,李四,13900000009\n",
        encoding="utf-8",
    )
    assert run("roster", "roster.csv", "--yes").exit_code == 0
    report = json.loads(run("duty", "water", "--at", "2026-10-02T03:00", "--json").stdout)
    assert [(post["post"], post["name"]) for post in report["chain"]] == [("A", "李四"), ("leader", "孙三")]


def test_a_unit_that_is_not_there_is_bad_input(run: Any) -> None:
    for sub_command in ("show", "duty"):
        result = run(sub_command, "nowhere")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "no unit 'nowhere'" in result.stderr


def test_a_retired_unit_is_not_dialled_until_it_is_restored(run: Any) -> None:
    run("import", form(WATER), "--yes")
    assert run("retire", "water").exit_code == 0
    assert run("duty", "water").exit_code == 2
    assert json.loads(run("show", "water", "--json").stdout)["active"] is False
    assert json.loads(run("restore", "water", "--json").stdout) == {"id": "water", "active": True}
    assert run("duty", "water").exit_code == 0
    assert run("retire", "nobody").exit_code == 2


def test_a_shift_entered_by_mistake_goes_with_replace(run: Any) -> None:
    run("import", form(WATER), "--yes")
    head = "单位,日期,班次,岗位,开始,结束,姓名,电话\n"
    night, day = "水务局,2026/10/1,夜班,A,20:00,8:00,周九,87650009", "水务局,2026/10/1,白班,A,8:00,20:00,吴十,87650010"

    def phones(at: str) -> list[str]:
        return [post["phone"] for post in json.loads(run("duty", "water", "--at", at, "--json").stdout)["chain"]]

    Path("roster.csv").write_text(f"{head}{night}\n", encoding="utf-8")
    assert run("roster", "roster.csv", "--yes").exit_code == 0
    assert phones("2026-10-02T07:59") == ["87650009", "13800000003"]
    assert "87650009" not in phones("2026-10-02T08:00")
    Path("roster.csv").write_text(f"{head}{day}\n", encoding="utf-8")
    assert run("roster", "roster.csv", "--yes", "--replace").exit_code == 0
    assert "87650009" not in phones("2026-10-02T07:59")
    assert phones("2026-10-01T08:00") == ["87650010", "13800000003"]
