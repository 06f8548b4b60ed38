"""Lets Vosk hear a file the way it comes over the telephone."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path

from pydub import AudioSegment
from vosk import KaldiRecognizer, Model, SetLogLevel

from app.setup.models import model_path
from tests.speech.convert import from_alaw, to_alaw

BLOCK_MS = 200


def recognise(wav: Path, *, alaw: bool = False) -> str:
    """The recognised text, without spaces; `alaw` sends the sound through G.711 A-law first."""
    with tempfile.TemporaryDirectory() as folder:
        if alaw:
            raw, coded = Path(folder, "speech.alaw"), Path(folder, "speech.wav")
            to_alaw(wav, raw)
            from_alaw(raw, coded)
            wav = coded
        sound = AudioSegment.from_wav(wav)
    recogniser = KaldiRecognizer(_model(), sound.frame_rate)
    pause = AudioSegment.silent(500, sound.frame_rate)
    texts = [
        json.loads(recogniser.Result())["text"]
        for block in (pause + sound + pause)[::BLOCK_MS]
        if recogniser.AcceptWaveform(block.raw_data)
    ]
    return "".join([*texts, json.loads(recogniser.FinalResult())["text"]]).replace(" ", "")


@cache
def _model() -> Model:
    SetLogLevel(-1)
    return Model(str(model_path()))
