"""Making the prompts anew: only what has changed, and the sounds in the repository are of today's words."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydub import AudioSegment

from app.commands.prompts import command
from app.speech.build import build_hold_music, stale_prompts
from app.speech.kokoro import spoken
from ivr.prompts import HOLD_MUSIC, SHIPPED, Prompt, load_catalogue

CATALOGUE = load_catalogue()


def test_every_sound_in_the_repository_was_made_of_its_present_words() -> None:
    assert stale_prompts(CATALOGUE, SHIPPED) == []


def test_changed_words_are_spoken_anew() -> None:
    changed = {"zh-CN": {"greeting": Prompt("zh-CN", "greeting", "换了一句"), "thanks": CATALOGUE["zh-CN"]["thanks"]}}
    assert [prompt.id for prompt in stale_prompts(changed, SHIPPED)] == ["greeting"]


def test_one_prompt_can_be_forced_in_every_language() -> None:
    forced = stale_prompts(CATALOGUE, SHIPPED, only=["thanks"], force=True)
    assert {prompt.name for prompt in forced} == {"zh-CN/thanks", "en/thanks"}


def test_with_nothing_to_do_the_command_needs_no_speech_model() -> None:
    result = CliRunner().invoke(command, ["build", "--json"])
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"made": []})


def test_an_unknown_prompt_is_a_usage_error() -> None:
    result = CliRunner().invoke(command, ["build", "--only", "nothing"])
    assert result.exit_code == 2
    assert "no such prompt: nothing" in result.stderr


def test_a_menus_prompts_need_a_folder_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "menu.yaml").write_text("name: x\n")
    assert CliRunner().invoke(command, ["build", "--menu", str(tmp_path / "menu.yaml")]).exit_code == 2


def test_a_menu_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "menu.yaml").write_text("name: x\n")
    arguments = ["build", "--menu", str(tmp_path / "menu.yaml"), "--out", str(tmp_path)]
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert "start: is missing" in result.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [("12345热线", "一二三四五热线"), ("按1接入", "按1接入"), ("20年", "20年"), ("电话01088", "电话零一零八八")],
)
def test_long_numbers_are_said_digit_by_digit(text: str, said: str) -> None:
    assert spoken(text) == said


def test_hold_music_is_calm_and_repeats_without_a_click(tmp_path: Path) -> None:
    build_hold_music(tmp_path)
    made = tmp_path / f"{HOLD_MUSIC}.wav"
    assert made.read_bytes() == (SHIPPED / f"{HOLD_MUSIC}.wav").read_bytes()
    music = AudioSegment.from_wav(made)
    samples = music.get_array_of_samples()
    assert 20 < music.duration_seconds < 30
    assert music.max_dBFS < -3
    steps = [abs(later - earlier) for earlier, later in pairwise(samples)]
    assert abs(samples[0] - samples[-1]) <= max(steps) / 4
