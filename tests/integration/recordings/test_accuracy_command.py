"""`hotline accuracy`: both ways of recognising are measured on the same audio, in the telephone's band too."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.commands.accuracy import command
from tests.speech.speeches import short_speeches


@pytest.mark.parametrize("options", [[], ["--telephone"]], ids=["as it is", "telephone"])
def test_the_error_rate_of_a_folder_is_told_beside_that_of_vosk_alone(
    model: Path, tmp_path: Path, options: list[str]
) -> None:
    side = short_speeches()[0]["citizen"]
    shutil.copy(side.path, tmp_path / "right.wav")
    (tmp_path / "right.txt").write_text(side.text)
    shutil.copy(side.path, tmp_path / "wrong.wav")
    (tmp_path / "wrong.txt").write_text("好" * 10)
    result = CliRunner().invoke(command, [str(tmp_path), "--model", str(model), "--json", *options])
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    right, wrong = answer["files"]
    assert right["cer"] <= 0.1
    assert right["plain_cer"] <= 0.1
    assert wrong["cer"] >= 1
    assert (
        answer["ours"]["characters"]
        == answer["plain"]["characters"]
        == 10 + len(side.text.strip("。").replace("，", ""))
    )
    assert answer["ours"]["cpu_s"] > 0


def test_a_folder_without_references_says_what_is_wanted(model: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(command, [str(tmp_path), "--model", str(model)])
    assert result.exit_code == 2
    assert "no references" in result.stderr
