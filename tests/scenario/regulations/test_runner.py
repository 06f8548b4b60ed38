"""The scenario runner as strangers use it: its input, its output, its exit status."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.commands.regulation import command

EXAMPLE = """\
profile: yixing-2011
settings: {}                  # a city's own figures
units: [{id: urban-management, name: 城市管理局, contact: 值班室, phone: "87654321", leader: head-1}]
steps:
  - {at: "2026-09-30T16:00", do: receive, by: front_desk, channel: phone, category: consult, caller: {name: 张三, phone: "13800000000", address: 某小区, anonymous: false}, content: "……"}
  - {at: "2026-10-09T09:00", do: dispatch, by: front_desk, how: direct, units: [{unit: urban-management, role: lead}]}
  - {at: "2026-10-20T09:00", do: tick}     # only time passes
"""  # noqa: E501
LIMITS = ["dispatch_by", "inform_by", "report_by", "return_by", "follow_up_by", "close_by"]


@pytest.fixture
def run(tmp_path: Path) -> Any:
    def run_(text: str, *options: str) -> Result:
        file = tmp_path / "scenario.yaml"
        file.write_text(text, "utf-8")
        return CliRunner().invoke(command, ["run", str(file), "--json", *options])

    return run_


def test_the_example_gives_every_key_and_the_dates_worked_out_by_hand(run: Any) -> None:
    result = run(EXAMPLE)
    assert result.exit_code == 0, result.stderr
    data = json.loads(result.stdout)
    assert list(data) == ["profile", "steps"]
    assert data["profile"] == "yixing-2011"
    for step in data["steps"]:
        keys = ["at", "do", "ok", "error", "article", "status", "limits", "late", "notices", "visible_to"]
        assert list(step) == keys
        assert list(step["limits"]) == LIMITS
        assert all(set(one) == {"to", "kind", "text"} for one in step["notices"])
    received, dispatched, later = data["steps"]
    assert received["at"] == "2026-09-30T16:00:00+08:00"
    assert received["limits"]["dispatch_by"] == "2026-09-30T23:59:59+08:00"
    assert dispatched["late"] == ["dispatch_by"]
    # From Friday 9 October: Sat 10 (make-up), Mon 12, Tue 13, Wed 14, Thu 15; two days after that, Saturday 17.
    assert dispatched["limits"] == {
        "dispatch_by": None,
        "inform_by": "2026-10-12T23:59:59+08:00",
        "report_by": "2026-10-15T23:59:59+08:00",
        "return_by": "2026-10-12T23:59:59+08:00",
        "follow_up_by": "2026-10-17T23:59:59+08:00",
        "close_by": "2026-10-17T23:59:59+08:00",
    }
    assert later["late"] == ["inform_by", "report_by", "follow_up_by", "close_by"]


def test_a_refused_step_is_a_result_not_a_failure(run: Any) -> None:
    text = EXAMPLE.replace("unit: urban-management, role", "unit: nobody, role")
    result = run(text)
    assert result.exit_code == 0
    received, refused, _ = json.loads(result.stdout)["steps"]
    assert refused["ok"] is False
    assert refused["error"].startswith("unit-unknown: ")
    assert refused["article"] == "art. 7(3)"
    assert refused["status"] == received["status"] == "received"


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ("settings: {}", "setting: {}", 2, "setting"),
        ("settings: {}", "settings: {consult_days: 3}", 2, "settings.consult_days"),
        ("do: tick", "do: tick, note: x", 7, "steps.2.note"),
        ("do: tick", "do: wait", 7, "steps.2.do"),
        ("do: tick", "by: front_desk", 7, "steps.2.do"),
        ("how: direct,", "how: direct, colour: red,", 6, "steps.1.colour"),
        ("how: direct,", "how: quickly,", 6, "steps.1.how"),
        ("by: front_desk, how", "by: mayor, how", 6, "steps.1.by"),
        ("by: front_desk, how", "how", 6, "steps.1.by"),
        ("role: lead}", "role: lead, name: x}", 6, "steps.1.units.0.name"),
        ("anonymous: false", "anonymous: perhaps", 5, "steps.0.caller.anonymous"),
        ("category: consult", "category: gossip", 5, "steps.0.category"),
        ('at: "2026-10-20T09:00", ', "", 7, "steps.2.at"),
        ("2026-10-20T09:00", "next week", 7, "steps.2.at"),
        ("2026-10-20T09:00", "9026-10-20T09:00", 7, "steps.2.at"),
        ("2026-10-20T09:00", "2026-10-08T09:00", 7, "steps.2.at"),
        ("leader: head-1}", "leader: head-1, boss: x}", 3, "units.0.boss"),
        ("profile: yixing-2011\n", "", 1, "profile"),
        ("leader: head-1}]", "leader: head-1}, {id: urban-management, name: 又}]", 3, "units.1.id"),
    ],
)
def test_an_input_that_cannot_be_run_names_line_and_key(run: Any, old: str, new: str, line: int, key: str) -> None:
    assert old in EXAMPLE
    result = run(EXAMPLE.replace(old, new))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"scenario.yaml:{line}: {key}: " in result.stderr


def test_every_problem_is_printed_at_once(run: Any) -> None:
    result = run(EXAMPLE.replace("how: direct,", "colour: red,").replace("do: tick", "do: wait"))
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 2


def test_a_file_that_is_no_yaml_names_its_line(run: Any) -> None:
    result = run("profile: yixing-2011\nsteps: [\n")
    assert result.exit_code == 2
    assert "scenario.yaml:3: " in result.stderr


def test_the_figures_a_city_must_give_are_demanded(run: Any) -> None:
    text = EXAMPLE.replace("yixing-2011", "shangrao")
    result = run(text)
    assert result.exit_code == 2
    for name in ("consult_days", "complaint_days", "max_days"):
        assert f"settings.{name}" in result.stderr
    assert "art. 3(3)2" in result.stderr
    given = text.replace("settings: {}", "settings: {consult_days: 3, complaint_days: 7, max_days: 15}")
    dispatched = json.loads(run(given).stdout)["steps"][1]
    assert dispatched["limits"]["report_by"] == "2026-10-13T23:59:59+08:00"


def test_a_profile_of_ones_own_lies_beside_the_scenario(run: Any, tmp_path: Path) -> None:
    original = Path(__file__).parents[3] / "app" / "regulations" / "yixing-2011.yaml"
    mine = original.read_text("utf-8").replace("id: yixing-2011", "id: mycity").replace("within: 5 wd", "within: 4 wd")
    (tmp_path / "mycity.yaml").write_text(mine, "utf-8")
    data = json.loads(run(EXAMPLE.replace("profile: yixing-2011", "profile: mycity.yaml")).stdout)
    assert data["profile"] == "mycity"
    assert data["steps"][1]["limits"]["report_by"] == "2026-10-14T23:59:59+08:00"


def test_settings_and_units_may_be_left_blank(run: Any) -> None:
    result = run('profile: town-2012\nsettings:\nunits:\nsteps:\n  - {at: "2026-03-02", do: tick}\n')
    assert result.exit_code == 0, result.stderr


def test_holidays_beside_the_scenario_override_the_calendar_unless_others_are_named(run: Any, tmp_path: Path) -> None:
    (tmp_path / "holidays.toml").write_text("holidays = [2026-10-12]\n")
    assert json.loads(run(EXAMPLE).stdout)["steps"][1]["limits"]["report_by"] == "2026-10-16T23:59:59+08:00"
    others = tmp_path / "others.toml"
    others.write_text("holidays = [2026-10-12, 2026-10-13]\n")
    data = json.loads(run(EXAMPLE, "--holidays", str(others)).stdout)
    assert data["steps"][1]["limits"]["report_by"] == "2026-10-19T23:59:59+08:00"


def test_holidays_override_the_calendar(run: Any, tmp_path: Path) -> None:
    holidays = tmp_path / "holidays.toml"
    holidays.write_text("holidays = [2026-10-12]\n")
    data = json.loads(run(EXAMPLE, "--holidays", str(holidays)).stdout)
    assert data["steps"][1]["limits"]["report_by"] == "2026-10-16T23:59:59+08:00"
    holidays.write_text("holiday = []\n")
    assert run(EXAMPLE, "--holidays", str(holidays)).exit_code == 2


def test_a_year_that_is_not_published_is_a_warning_given_once(run: Any) -> None:
    data = json.loads(run(EXAMPLE.replace("2026-", "2031-")).stdout)
    told = [one for step in data["steps"] for one in step["notices"] if one["kind"] == "calendar-unknown"]
    assert [(one["to"], "2031" in one["text"]) for one in told] == [("back_office", True)]


def test_a_unit_may_be_named_as_the_actor(run: Any) -> None:
    accept = '  - {at: "2026-10-09T10:00", do: accept, by: urban-management}\n'
    data = json.loads(run(EXAMPLE.replace('  - {at: "2026-10-20', accept + '  - {at: "2026-10-20')).stdout)
    assert data["steps"][2]["status"] == "accepted"


def test_before_anything_is_received_there_is_nothing(run: Any) -> None:
    steps = '  - {at: "2026-03-02", do: tick}\n  - {at: "2026-03-02", do: close, by: front_desk}\n'
    text = f"profile: town-2012\nsteps:\n{steps}"
    first, second = json.loads(run(text).stdout)["steps"]
    assert (first["ok"], first["status"], first["visible_to"]) == (True, None, {})
    assert (second["ok"], second["status"], second["article"]) == (False, None, "art. 3(1)6")
    assert second["error"].startswith("not-received: ")


def test_time_passes_for_a_refused_step_too(run: Any) -> None:
    text = EXAMPLE.replace("do: tick", "do: archive, by: front_desk")
    refused = json.loads(run(text).stdout)["steps"][2]
    assert refused["ok"] is False
    assert "report_by" in refused["late"]
    assert "limit-passed" in {one["kind"] for one in refused["notices"]}


def test_without_json_people_read_it_step_by_step(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(EXAMPLE, "utf-8")
    result = CliRunner().invoke(command, ["run", str(file)])
    assert result.exit_code == 0
    assert "2026-10-09 09:00  dispatch: dispatched\n" in result.stdout
    assert "    report_by 2026-10-15 23:59  late\n" in result.stdout
