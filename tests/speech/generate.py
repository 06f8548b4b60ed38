"""Speaks the test texts that have changed, and says how well the recogniser understands each.

Run as `python -m tests.speech.generate`; needs the `prompts` extra and the speech model. Not part of the tests:
what it makes is kept in the repository.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from app.speech.assets import fetch_assets
from app.speech.kokoro import Synthesiser
from ivr.audio import level, trim, write_telephone
from ivr.prompts import fingerprint
from tests.speech.cer import character_error_rate
from tests.speech.recognise import recognise
from tests.speech.speeches import FOLDER, Speech, long_speeches, short_speeches

SPEED = 1.0
RECORD = FOLDER / "spoken.json"
WORST = 0.05


def main() -> int:
    """Exit status 1 when a text is understood worse than 5 %."""
    stale = stale_speeches()
    if not stale:
        return 0
    synthesiser = Synthesiser(asyncio.run(fetch_assets(_tell)))
    spoken = _read_record()
    return int(max([_speak(speech, synthesiser, spoken) for speech in stale]) > WORST)


def stale_speeches() -> list[Speech]:
    """Those whose text or voice changed since they were spoken."""
    spoken = _read_record()
    speeches = [*long_speeches().values(), *(side for call in short_speeches() for side in call.values())]
    return [side for side in speeches if spoken.get(_name(side)) != _fingerprint(side) or not side.path.is_file()]


def _read_record() -> dict[str, str]:
    record: dict[str, str] = json.loads(RECORD.read_text()) if RECORD.is_file() else {}
    return record


def _speak(speech: Speech, synthesiser: Synthesiser, spoken: dict[str, str]) -> float:
    sound = level(trim(synthesiser.say(speech.text, voice=speech.voice, speed=SPEED)))
    write_telephone(sound, speech.path)
    rates = [
        character_error_rate(speech.text, heard)
        for heard in (recognise(speech.path), recognise(speech.path, alaw=True))
    ]
    _tell(
        f"{max(rates):.3f}  {sound.duration_seconds:4.1f} s  {_name(speech)}  {speech.text}  {recognise(speech.path)}"
    )
    spoken[_name(speech)] = _fingerprint(speech)
    RECORD.write_text(json.dumps(spoken, indent=1, sort_keys=True) + "\n")
    return max(rates)


def _name(speech: Speech) -> str:
    return Path(speech.path).relative_to(FOLDER).as_posix()


def _fingerprint(speech: Speech) -> str:
    return fingerprint(speech.text, speech.voice, SPEED)


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
