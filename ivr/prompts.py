"""The prompt catalogue: which words each prompt says, and which sound file says them.

A prompt is named `<language>/<id>`, such as `zh-CN/greeting`. Its words are in `prompts/<language>/prompts.yaml`;
its sound is `<id>.wav` beside it, unless the city has dropped a recording of its own into its folder.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydub import AudioSegment
from pydub.generators import Sine

from ivr.audio import SAMPLE_RATE, level, read_audio, trim, write_telephone
from ivr.menu import DEFAULT_LANGUAGE
from ivr.yaml_source import YamlSourceError, load_yaml

SHIPPED = Path(__file__).parent / "prompts"
CATALOGUE = "prompts.yaml"
HOLD_MUSIC = "moh/moh"
"""Name of the hold music; its folder holds nothing else, as Asterisk wants."""
ASTERISK_SOUNDS: Mapping[str, str] = {
    **{f"digits/{digit}": f"digit-{digit}" for digit in range(10)},
    **{f"digits/{number}": f"number-{number}" for number in (*range(10, 20), *range(20, 100, 10))},
    "digits/hundred": "number-100",
}
"""Sounds that Asterisk itself asks for to say a number, and our prompts for them.

say.c, `ast_say_number_full_zh` and `ast_say_number_full_en`; Chinese says 11 to 19 with the sounds of 10 and 1 to 9.
"""
TONE = "beep"
"""The tone after which a message is recorded; in every language's folder."""
_TONE_HZ, _TONE_MS = 950, 400  # as the tone `record` of Chinese networks (ITU-T E.180 supplement 2)
RING_BACK = "moh-ringback/ring-back"
"""The tone that a caller hears while a telephone rings; in a folder of its own, as Asterisk wants."""
_RING_HZ, _RING_MS, _RING_PAUSE_MS = 450, 1000, 4000  # the tone `ring` of the same
RECORDINGS = (".wav", ".mp3", ".m4a", ".ogg", ".flac", ".opus")
PROMPT_ID = re.compile(r"[a-z][a-z0-9-]{0,63}")


class PromptError(ValueError):
    """Something wrong with the prompts; the text says what and where."""


@dataclass(frozen=True)
class Prompt:
    """One prompt and its words."""

    language: str
    id: str
    text: str

    @property
    def name(self) -> str:
        """How menus and Asterisk name it: `<language>/<id>`."""
        return f"{self.language}/{self.id}"

    @property
    def sound(self) -> str:
        """Path of its sound below the prompt folder."""
        return f"{self.name}.wav"


Catalogue = Mapping[str, Mapping[str, Prompt]]
"""Prompts by language, then by id."""


def load_catalogue(folder: Path = SHIPPED) -> Catalogue:
    """Read every language's prompts. Raises PromptError."""
    return {path.parent.name: _read(path) for path in sorted(folder.glob(f"*/{CATALOGUE}"))}


def _read(path: Path) -> dict[str, Prompt]:
    try:
        source = load_yaml(path.read_text(encoding="utf-8"), str(path))
    except YamlSourceError as error:
        raise PromptError(str(error)) from error
    if not isinstance(source.data, dict):
        raise PromptError(f"{path}:1: expected one `id: words` a line")
    bad = [key for key, text in source.data.items() if not _sound_entry(key, text)]
    if bad:
        raise PromptError("\n".join(f"{path}:{source.line((key,))}: {key}: not `id: words`" for key in bad))
    return {key: Prompt(path.parent.name, key, text) for key, text in source.data.items()}


def _sound_entry(key: object, text: object) -> bool:
    return (
        isinstance(key, str) and PROMPT_ID.fullmatch(key) is not None and isinstance(text, str) and bool(text.strip())
    )


def fingerprint(text: str, voice: str, speed: float) -> str:
    """Tells whether a sound was made from these words by this voice at this speed.

    The first 16 hexadecimal digits of a SHA-256.
    """
    return hashlib.sha256(f"{voice} {speed}\n{text}".encode()).hexdigest()[:16]


def missing_sounds(catalogue: Catalogue, folder: Path = SHIPPED) -> list[str]:
    """Names of prompts that have no sound in a folder."""
    prompts = (prompt for language in catalogue.values() for prompt in language.values())
    return [prompt.name for prompt in prompts if not (folder / prompt.sound).is_file()]


def install_prompts(
    target: Path, *, own: Sequence[Path] = (), extra: Collection[str] = (), shipped: Path = SHIPPED
) -> list[str]:
    """Put the shipped sounds into `target`, replaced by the city's own recordings where it has any.

    Of several folders of its `own` the later goes before the earlier. A recording
    `<own>/<language>/<id>.<wav|mp3|...>` may be of any rate; it is converted to 8 kHz 16-bit mono. Beside
    the prompts lie the sounds that Asterisk itself asks for: the numbers, made of the prompts, and the tone.
    `extra` names prompts that only the city's own menus have. A sound that a language lacks is the Chinese one.
    Returns the names the city recorded.
    Raises PromptError, before anything is written, for a recording that no prompt is named for, and AudioError
    for one that cannot be read.
    """
    recordings = {name: path for folder in own for name, path in _recordings(folder).items()}
    sounds = {path.relative_to(shipped).with_suffix("").as_posix(): path for path in shipped.glob("*/*.wav")}
    unknown = [name for name in recordings if name not in sounds and name not in extra]
    if unknown:
        raise PromptError("\n".join(f"{recordings[name]}: there is no prompt {name!r}" for name in unknown))
    converted = {name: level(trim(read_audio(path))) for name, path in recordings.items()}
    for name, sound in converted.items():
        write_telephone(sound, _place(target, name))
    for name in sounds.keys() - recordings.keys():
        _copy(sounds[name], _place(target, name))
    ringing = Sine(_RING_HZ, sample_rate=SAMPLE_RATE).to_audio_segment(_RING_MS).fade_in(20).fade_out(20)
    write_telephone(level(ringing) + AudioSegment.silent(_RING_PAUSE_MS, SAMPLE_RATE), _place(target, RING_BACK))
    for language in {name.partition("/")[0] for name in sounds if not name.startswith(HOLD_MUSIC)}:
        _stand_in(target, language, {*sounds, *recordings})
        _lay_out_for_asterisk(target, language)
    return sorted(recordings)


def _stand_in(target: Path, language: str, own: Collection[str]) -> None:
    """A prompt without a sound of its own in this language is heard in Chinese: whoever asks for it finds it."""
    if language == DEFAULT_LANGUAGE:
        return
    for sound in sorted((target / DEFAULT_LANGUAGE).glob("*.wav")):
        if sound.stem != TONE and f"{language}/{sound.stem}" not in own:
            _copy(sound, target / language / sound.name)


def _lay_out_for_asterisk(target: Path, language: str) -> None:
    for sound, prompt in ASTERISK_SOUNDS.items():
        source = target / language / f"{prompt}.wav"
        if source.is_file():
            _copy(source, _place(target, f"{language}/{sound}"))
    tone = Sine(_TONE_HZ, sample_rate=SAMPLE_RATE).to_audio_segment(_TONE_MS).fade_in(20).fade_out(20)
    write_telephone(level(tone), _place(target, f"{language}/{TONE}"))


def _recordings(own: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(own.glob("*/*")):
        if path.suffix.lower() not in RECORDINGS:
            continue
        name = path.relative_to(own).with_suffix("").as_posix()
        if name in found:
            raise PromptError(f"{path}: {found[name]} already replaces {name!r}; keep one of them")
        found[name] = path
    return found


def _place(target: Path, name: str) -> Path:
    path = target / f"{name}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _copy(source: Path, target: Path) -> None:
    draft = target.with_suffix(".part")
    shutil.copyfile(source, draft)
    draft.replace(target)
