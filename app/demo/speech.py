"""What the three parties of the demonstration say, and when: speech files with silence laid before them."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

from pydub import AudioSegment

FOLDER = Path(__file__).with_name("speech")
_RATE = 8000


@dataclass(frozen=True, slots=True)
class Line:
    """A party's speech, a WAV file at 8 kHz, said `after` seconds of silence."""

    path: Path
    after: float

    @property
    def seconds(self) -> float:
        with wave.open(str(self.path)) as file:
            return float(file.getnframes() / file.getframerate())


@dataclass(frozen=True, slots=True)
class Script:
    """Who says what when. The citizen's clock starts with the key, the others' when they are in the call.

    Times in seconds; the citizen hangs up `citizen_stays` after the key.
    """

    citizen: Line
    operator: Line
    unit: Line
    summon_after: float
    citizen_stays: float
    unit_stays: float

    @property
    def longest(self) -> float:
        """The call is over by then, or something went wrong."""
        return self.citizen_stays + 30


def demo_script(folder: Path = FOLDER) -> Script:
    """One after the other: the citizen tells, the operator answers, the unit answers.

    The operator answers about 4 s after the citizen's key, the unit is in about 2 s after it was called.
    """
    citizen = Line(folder / "citizen.wav", 6.0)
    operator = Line(folder / "operator.wav", citizen.seconds + 3.5)
    unit = Line(folder / "unit.wav", 2.0)
    spoken = operator.after + operator.seconds
    return Script(
        citizen,
        operator,
        unit,
        summon_after=spoken - 3.0,
        citizen_stays=4.0 + spoken + unit.seconds + 4.0,
        unit_stays=unit.after + unit.seconds,
    )


def raw_speech(line: Line, directory: Path) -> Path:
    """The line as SIPp's `rtp_stream` takes it: raw A-law (ITU-T G.711) at 8 kHz, silence first."""
    directory.mkdir(parents=True, exist_ok=True)
    target = directory / f"{line.path.stem}.alaw"
    speech = AudioSegment.from_wav(str(line.path)).set_frame_rate(_RATE).set_channels(1)
    whole = AudioSegment.silent(round(line.after * 1000), frame_rate=_RATE) + speech
    whole.export(str(target), format="alaw", codec="pcm_alaw", parameters=["-f", "alaw"])
    return target
