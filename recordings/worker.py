"""A recognition process: ``python -m recordings.worker MODEL``. Loads the model once, then one file per line of input.

Reads JSON strings (paths of 8 kHz WAV files) on standard input, writes ``{"ready": true}`` once, then for every file
``{"words": [[text, start_s, end_s, confidence], ...]}`` or ``{"error": "..."}``. Ends when its input does, so a
killed parent leaves no orphan.
"""

from __future__ import annotations

import json
import os
import sys
from itertools import chain
from pathlib import Path

import vosk

from recordings import wav
from recordings.listening import Listener

_NICENESS = 10  # calls in progress come first


def main() -> None:
    """Serve until standard input ends."""
    os.nice(_NICENESS)
    vosk.SetLogLevel(-1)
    model = vosk.Model(sys.argv[1])
    _say({"ready": True})
    for line in sys.stdin:
        _say(_answer(model, Path(json.loads(line))))


def _answer(model: vosk.Model, path: Path) -> dict[str, object]:
    listener = Listener(model)
    try:
        blocks = wav.read_blocks(wav.inspect(path))
        heard = list(chain.from_iterable(listener.feed(block) for block in blocks))
    except (wav.WavError, OSError) as error:
        return {"error": str(error)}
    heard += listener.finish()
    return {"words": [[word.text, word.start_s, word.end_s, word.confidence] for word in heard]}


def _say(answer: dict[str, object]) -> None:
    print(json.dumps(answer), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
