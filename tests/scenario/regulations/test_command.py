"""`hotline regulation list, check, diff, docs` from outside."""

import json
from pathlib import Path

from click.testing import CliRunner

from app.commands.regulation import command


def hotline(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(command, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_list_names_the_figures_a_city_must_give() -> None:
    status, out, _ = hotline("list", "--json")
    profiles = {one["id"]: one for one in json.loads(out)}
    assert status == 0
    assert len(profiles) == 5
    owed = [name for name, one in profiles["shangrao"]["settings"].items() if one["default"] is None]
    assert owed == ["consult_days", "complaint_days", "max_days"]
    assert hotline("list")[0] == 0


def test_check_accepts_a_profile_and_says_what_the_city_must_give() -> None:
    status, out, _ = hotline("check", "shangrao")
    assert status == 0
    assert "consult_days" in out
    figures = ["--set", "consult_days=3", "--set", "complaint_days=7", "--set", "max_days=15"]
    assert json.loads(hotline("check", "shangrao", "--json", *figures)[1]) == {
        "ok": True,
        "problems": [],
        "settings_to_give": [],
    }


def test_check_refuses_a_wrong_file_with_status_1_and_the_lines(tmp_path: Path) -> None:
    file = tmp_path / "mycity.yaml"
    file.write_text("id: mycity\nname: 某市\narea: 某市\nnear: {hour: 25}\n", "utf-8")
    status, out, err = hotline("check", str(file))
    assert status == 1
    assert out == ""
    assert "mycity.yaml:4: near.hour: " in err
    status, out, _ = hotline("check", str(file), "--json")
    assert status == 1
    assert json.loads(out)["ok"] is False


def test_check_refuses_a_figure_that_is_no_number() -> None:
    assert hotline("check", "shangrao", "--set", "consult_days=many")[0] == 2


def test_diff_shows_how_two_cities_differ() -> None:
    status, out, _ = hotline("diff", "yixing-2011", "town-2012", "--json")
    assert status == 0
    back = next(one for one in json.loads(out) if one["subject"] == "return")
    assert back["left"]["article"] == "art. 8(4)"
    assert back["right"]["article"] == "art. 3(1)3(2)"
    assert hotline("diff", "yixing-2011", "town-2012")[0] == 0
    assert hotline("diff", "yixing-2011", "no-such-city")[0] == 2


def test_docs_are_written_into_a_folder(tmp_path: Path) -> None:
    assert hotline("docs", "--write", str(tmp_path))[0] == 0
    assert {path.name for path in tmp_path.iterdir()} == {"regulations.md", "states.md"}
    status, out, _ = hotline("docs")
    assert status == 0
    assert out.startswith("# Regulations")
