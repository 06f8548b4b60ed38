"""Speaks the prompts whose words have changed, and composes the hold music."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path

from app.speech.assets import SPEAKING
from app.speech.kokoro import Synthesiser, is_mandarin
from app.speech.music import hold_music
from ivr.audio import level, trim, write_telephone
from ivr.prompts import HOLD_MUSIC, Catalogue, Prompt, fingerprint

MANDARIN, ENGLISH = SPEAKING
SPEEDS = {MANDARIN: 1.1, ENGLISH: 1.0}
RECORD = "spoken.json"
"""Beside the sounds: which words and voice each was made from."""


def stale_prompts(
    catalogue: Catalogue, folder: Path, *, only: Collection[str] = (), force: bool = False
) -> list[Prompt]:
    """The prompts to speak anew: their words changed, their sound is missing, or `force`."""
    prompts = [prompt for language in catalogue.values() for prompt in language.values()]
    wanted = [prompt for prompt in prompts if not only or prompt.id in only or prompt.name in only]
    return [prompt for prompt in wanted if force or not _is_fresh(prompt, folder)]


def speak_prompts(prompts: Iterable[Prompt], synthesiser: Synthesiser, folder: Path) -> Iterable[Prompt]:
    """Speak each prompt into `<folder>/<language>/<id>.wav` and yield it when its sound and record are on disk."""
    for prompt in prompts:
        target = folder / prompt.sound
        target.parent.mkdir(parents=True, exist_ok=True)
        voice = voice_of(prompt.text)
        sound = synthesiser.say(prompt.text, voice=voice, speed=SPEEDS[voice])
        write_telephone(level(trim(sound)), target)
        _write_record(target.parent, _read_record(target.parent) | {prompt.id: _fingerprint(prompt)})
        yield prompt


def voice_of(text: str) -> str:
    """Who speaks a text: what is offered in another language is said in that language, whatever folder it is in."""
    return MANDARIN if is_mandarin(text) else ENGLISH


def _fingerprint(prompt: Prompt) -> str:
    voice = voice_of(prompt.text)
    return fingerprint(prompt.text, voice, SPEEDS[voice])


def _is_fresh(prompt: Prompt, folder: Path) -> bool:
    target = folder / prompt.sound
    return target.is_file() and _read_record(target.parent).get(prompt.id) == _fingerprint(prompt)


def _read_record(folder: Path) -> dict[str, str]:
    path = folder / RECORD
    record: dict[str, str] = json.loads(path.read_text()) if path.is_file() else {}
    return record


def _write_record(folder: Path, record: dict[str, str]) -> None:
    draft = folder / f"{RECORD}.part"
    draft.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
    draft.replace(folder / RECORD)


def build_hold_music(folder: Path) -> None:
    """Write the hold music, unless it is there."""
    target = folder / f"{HOLD_MUSIC}.wav"
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        write_telephone(hold_music(), target)
