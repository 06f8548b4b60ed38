"""Prompts: every one has words and a sound made of those words; a city's own recordings replace them."""

import wave
from pathlib import Path

import pytest
from pydub import AudioSegment
from pydub.generators import Sine

from ivr.audio import SAMPLE_RATE, AudioError, level, trim, write_telephone
from ivr.menu import PROGRESS_PROMPTS
from ivr.prompts import (
    HOLD_MUSIC,
    SHIPPED,
    TONE,
    Prompt,
    PromptError,
    install_prompts,
    load_catalogue,
    missing_sounds,
)

CATALOGUE = load_catalogue()
SOUNDS = sorted(SHIPPED.glob("*/*.wav"))


def tone(seconds: float = 1.0, rate: int = 44_100, channels: int = 2) -> AudioSegment:
    return Sine(440, sample_rate=rate).to_audio_segment(seconds * 1000, volume=-12).set_channels(channels)


def recording(folder: Path, name: str, format_: str = "wav") -> None:
    path = folder / f"{name}.{format_}"
    path.parent.mkdir(parents=True, exist_ok=True)
    tone().export(path, format=format_).close()


def test_every_prompt_has_a_sound_and_every_sound_a_prompt() -> None:
    assert missing_sounds(CATALOGUE) == []
    named = {prompt.name for prompts in CATALOGUE.values() for prompt in prompts.values()} | {HOLD_MUSIC}
    assert {path.relative_to(SHIPPED).with_suffix("").as_posix() for path in SOUNDS} == named


@pytest.mark.parametrize("path", SOUNDS, ids=lambda path: path.stem)
def test_every_sound_is_telephone_quality_audible_and_not_clipped(path: Path) -> None:
    with wave.open(str(path)) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (SAMPLE_RATE, 2, 1)
    audio = AudioSegment.from_wav(path)
    assert -32 < audio.dBFS < -15
    assert audio.max_dBFS < -1


def test_all_sounds_together_stay_small() -> None:
    assert sum(path.stat().st_size for path in SOUNDS) < 8_000_000


def test_the_greeting_says_at_once_that_the_call_is_recorded() -> None:
    assert "录音" in CATALOGUE["zh-CN"]["greeting"].text
    greeting = AudioSegment.from_wav(SHIPPED / "zh-CN/greeting.wav")
    assert greeting.duration_seconds < 6
    assert greeting[:300].dBFS > -35


def test_what_the_interpreter_says_by_itself_is_there() -> None:
    assert all(set(PROGRESS_PROMPTS) <= set(prompts) for prompts in CATALOGUE.values())


def test_whatever_is_in_english_is_in_chinese_too_but_for_the_numbers_that_chinese_puts_together() -> None:
    teens = {f"number-{number}" for number in range(11, 20)}
    assert set(CATALOGUE["en"]) - set(CATALOGUE["zh-CN"]) == teens


def test_a_prompt_that_a_language_lacks_is_heard_in_chinese(tmp_path: Path) -> None:
    install_prompts(tmp_path)
    assert "refer-refused" not in CATALOGUE["en"]
    chinese = (tmp_path / "zh-CN/refer-refused.wav").read_bytes()
    assert (tmp_path / "en/refer-refused.wav").read_bytes() == chinese
    assert (tmp_path / "en/thanks.wav").read_bytes() != (tmp_path / "zh-CN/thanks.wav").read_bytes()


def test_a_city_replaces_a_prompt_by_dropping_in_a_recording(tmp_path: Path) -> None:
    own, target = tmp_path / "own", tmp_path / "sounds"
    recording(own, "zh-CN/greeting", "mp3")
    assert install_prompts(target, own=[own]) == ["zh-CN/greeting"]
    with wave.open(str(target / "zh-CN/greeting.wav")) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (SAMPLE_RATE, 2, 1)
        assert sound.getnframes() == pytest.approx(SAMPLE_RATE, rel=0.1)
    assert (target / "zh-CN/thanks.wav").read_bytes() == (SHIPPED / "zh-CN/thanks.wav").read_bytes()
    assert (target / f"{HOLD_MUSIC}.wav").is_file()


def test_asterisk_finds_a_sound_for_every_number_it_may_say_and_the_tone(tmp_path: Path) -> None:
    install_prompts(tmp_path)
    wanted = [*(str(n) for n in (*range(10), *range(10, 100, 10))), "hundred"]
    assert all((tmp_path / "zh-CN" / "digits" / f"{name}.wav").is_file() for name in wanted)
    assert all((tmp_path / "en" / "digits" / f"{name}.wav").is_file() for name in (*wanted, *map(str, range(11, 20))))
    assert (tmp_path / "zh-CN/digits/20.wav").read_bytes() == (SHIPPED / "zh-CN/number-20.wav").read_bytes()
    with wave.open(str(tmp_path / "zh-CN" / f"{TONE}.wav")) as sound:
        assert (sound.getframerate(), sound.getnframes()) == (SAMPLE_RATE, pytest.approx(0.4 * SAMPLE_RATE, abs=80))


def test_a_citys_own_digit_is_heard_in_numbers_too(tmp_path: Path) -> None:
    own, target = tmp_path / "own", tmp_path / "sounds"
    recording(own, "zh-CN/digit-7")
    install_prompts(target, own=[own])
    assert (target / "zh-CN/digits/7.wav").read_bytes() == (target / "zh-CN/digit-7.wav").read_bytes()
    assert (target / "zh-CN/digits/7.wav").read_bytes() != (SHIPPED / "zh-CN/digit-7.wav").read_bytes()


def test_a_recording_taken_away_again_gives_back_the_shipped_sound(tmp_path: Path) -> None:
    own, target = tmp_path / "own", tmp_path / "sounds"
    recording(own, "zh-CN/greeting")
    install_prompts(target, own=[own])
    (own / "zh-CN/greeting.wav").unlink()
    assert install_prompts(target, own=[own]) == []
    assert (target / "zh-CN/greeting.wav").read_bytes() == (SHIPPED / "zh-CN/greeting.wav").read_bytes()


def test_a_recording_that_no_prompt_is_named_for_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    recording(tmp_path / "own", "zh-CN/greting")
    with pytest.raises(PromptError, match="there is no prompt 'zh-CN/greting'"):
        install_prompts(tmp_path / "sounds", own=[tmp_path / "own"])
    assert not (tmp_path / "sounds").exists()


def test_a_menus_own_prompt_may_be_recorded(tmp_path: Path) -> None:
    recording(tmp_path / "own", "zh-CN/market-day")
    assert install_prompts(tmp_path / "sounds", own=[tmp_path / "own"], extra=["zh-CN/market-day"])
    assert (tmp_path / "sounds/zh-CN/market-day.wav").is_file()


def test_two_recordings_of_one_prompt_are_refused(tmp_path: Path) -> None:
    recording(tmp_path / "own", "zh-CN/greeting")
    recording(tmp_path / "own", "zh-CN/greeting", "mp3")
    with pytest.raises(PromptError, match="keep one of them"):
        install_prompts(tmp_path / "sounds", own=[tmp_path / "own"])


def test_a_recording_that_is_no_sound_is_named(tmp_path: Path) -> None:
    path = tmp_path / "own/zh-CN/greeting.wav"
    path.parent.mkdir(parents=True)
    path.write_text("not a sound")
    with pytest.raises(AudioError, match=r"greeting\.wav: not a sound file"):
        install_prompts(tmp_path / "sounds", own=[tmp_path / "own"])


def test_prompts_are_read_by_language_and_id(tmp_path: Path) -> None:
    (tmp_path / "en-US").mkdir()
    (tmp_path / "en-US/prompts.yaml").write_text("greeting: Hello\n")
    assert load_catalogue(tmp_path) == {"en-US": {"greeting": Prompt("en-US", "greeting", "Hello")}}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("- a\n", "1: expected one `id: words` a line"),
        ("a: x\nGreeting: y\nb: 7\n", "2: Greeting: not `id: words`\n"),
        ("a: x\na: y\n", "2: the key 'a' is already given"),
    ],
)
def test_a_catalogue_that_cannot_be_used_says_where(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "zh-CN").mkdir()
    (tmp_path / "zh-CN/prompts.yaml").write_text(text)
    with pytest.raises(PromptError) as caught:
        load_catalogue(tmp_path)
    assert complaint in f"{caught.value}\n"


def test_silence_at_both_ends_is_cut_to_a_short_margin() -> None:
    padded = AudioSegment.silent(1500, 8000) + tone(1, 8000, 1) + AudioSegment.silent(800, 8000)
    assert len(trim(padded)) == pytest.approx(1120, abs=15)


def test_quiet_and_loud_recordings_come_out_equally_loud() -> None:
    assert level(tone().apply_gain(-30)).dBFS == pytest.approx(level(tone().apply_gain(9)).dBFS, abs=0.2)


def test_silence_is_left_as_it_is() -> None:
    silence = AudioSegment.silent(500, 8000)
    assert len(trim(level(silence))) == 500


def test_what_cannot_be_heard_at_8_khz_is_filtered_out_not_folded_back(tmp_path: Path) -> None:
    write_telephone(Sine(6000, sample_rate=24_000).to_audio_segment(1000, volume=-6), tmp_path / "high.wav")
    assert AudioSegment.from_wav(tmp_path / "high.wav").dBFS < -40


def test_of_two_folders_the_later_goes_before_the_earlier(tmp_path: Path) -> None:
    city, desk, target = tmp_path / "city", tmp_path / "desk", tmp_path / "sounds"
    recording(city, "zh-CN/greeting")
    recording(city, "zh-CN/transferring")
    (desk / "zh-CN").mkdir(parents=True)
    (tone() + tone()).export(desk / "zh-CN" / "greeting.wav", format="wav").close()
    assert install_prompts(target, own=[city, desk]) == ["zh-CN/greeting", "zh-CN/transferring"]
    longer, shorter = (AudioSegment.from_wav(target / "zh-CN" / f"{name}.wav") for name in ("greeting", "transferring"))
    assert longer.duration_seconds > 1.5 * shorter.duration_seconds
