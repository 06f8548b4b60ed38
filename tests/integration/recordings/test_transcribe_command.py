"""`hotline transcribe`: speakers in time order, and errors that say how to mend them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.commands.transcribe import command
from recordings import media, wav
from recordings.accuracy import character_error_rate

Spoken = Mapping[str, tuple[Path, str]]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.fixture
def citizen(tmp_path: Path, spoken: Spoken) -> Path:
    """Begins to speak six seconds into the call; compressed, to be read by ffmpeg."""
    pcm = bytes(12 * wav.SAMPLE_RATE) + wav.read_pcm(wav.inspect(spoken["please-wait"][0]))
    path = tmp_path / "citizen.opus"
    path.write_bytes(media.encode(pcm, "opus"))
    return path


def test_several_files_are_several_speakers_in_time_order(model: Path, citizen: Path, spoken: Spoken) -> None:
    operator, said = spoken["thanks"]
    result = run(citizen, operator, "--role", "citizen", "--role", "operator", "--model", model, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert [(file["path"], file["role"]) for file in answer["files"]] == [
        (str(citizen), "citizen"),
        (str(operator), "operator"),
    ]
    first, second = answer["transcript"]
    assert (first["role"], second["role"]) == ("operator", "citizen")
    assert character_error_rate(said, first["text"]) <= 0.15
    assert character_error_rate(spoken["please-wait"][1], second["text"]) <= 0.15
    assert second["start"] == pytest.approx(6.0, abs=0.5)


def test_without_roles_a_speaker_is_called_after_the_file(model: Path, spoken: Spoken) -> None:
    result = run(spoken["thanks"][0], "--model", model)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("00:00.")
    assert " thanks: 感谢您的来电" in result.stdout


def test_a_missing_model_names_the_command_that_fetches_it(tmp_path: Path, spoken: Spoken) -> None:
    result = run(spoken["thanks"][0], "--model", tmp_path)
    assert result.exit_code == 1
    assert "hotline models fetch" in result.stderr
    assert result.stdout == ""


def test_without_any_model_the_same(tmp_path: Path, spoken: Spoken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    result = run(spoken["thanks"][0])
    assert result.exit_code == 1
    assert "hotline models fetch" in result.stderr


def test_a_file_that_is_no_audio_is_bad_input(tmp_path: Path, model: Path) -> None:
    rubbish = tmp_path / "notes.txt"
    rubbish.write_text("not audio")
    for file in (rubbish, tmp_path / "nothing.wav"):
        result = run(file, "--model", model)
        assert result.exit_code == 2
        assert file.name in result.stderr


def test_roles_are_given_for_every_file_or_for_none(spoken: Spoken) -> None:
    result = run(spoken["thanks"][0], "--role", "citizen", "--role", "operator")
    assert result.exit_code == 2
    assert "1 files but 2 --role" in result.stderr
