"""`hotline menu check`: all problems on standard output, exit status 0 or 1, JSON on request."""

import json
from pathlib import Path

from click.testing import CliRunner

from app.commands.menu import command
from ivr.menu_loader import MENUS

BAD = """\
name: bad
start: a
operator: b
nodes:
  a: {kind: say, prompts: [greeting], next: a}
  b: {kind: queue, x: 1}
"""


def test_sound_menus_are_ok() -> None:
    result = CliRunner().invoke(command, ["check", *map(str, sorted(MENUS.glob("*.yaml")))])
    assert (result.exit_code, result.stdout.count(": ok\n")) == (0, 2)


def test_every_problem_is_printed_and_the_status_is_1(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(BAD)
    result = CliRunner().invoke(command, ["check", str(file)])
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{file}:5: endless loop without a key being pressed: a -> a",
        f"{file}:6: nodes.b.x: unknown key",
    ]


def test_json_holds_the_same(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_bytes(b"\xff\xfe")
    result = CliRunner().invoke(command, ["check", "--json", str(file)])
    assert result.exit_code == 1
    assert json.loads(result.stdout) == [
        {"file": str(file), "ok": False, "problems": [f"{file}:1: not UTF-8 text"], "remarks": []}
    ]


def test_what_is_heard_in_chinese_is_remarked_on_and_the_menu_is_ok(tmp_path: Path) -> None:
    file = tmp_path / "fine.yaml"
    file.write_text(
        "name: fine\nstart: english\noperator: b\nnodes:\n"
        "  english: {kind: language, language: en, next: b}\n  b: {kind: queue, prompts: [refer-refused]}\n"
    )
    result = CliRunner().invoke(command, ["check", str(file)])
    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        [f"{file}:6: the prompt 'refer-refused' has no words in en: it is heard in zh-CN", f"{file}: ok"],
    )


def test_a_file_that_is_not_there_is_a_usage_error() -> None:
    assert CliRunner().invoke(command, ["check", "nowhere.yaml"]).exit_code == 2
