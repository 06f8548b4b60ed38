"""A recognition process: ``python -m recordings.worker MODEL [plain]``. Loads the model once, then one file per line.

With `plain` the recogniser hears everything, silence too, and nothing of ours is between it and the file.

Reads JSON strings (paths of 8 kHz WAV files) on standard input, writes ``{"ready": true}`` once, then for every file
any number of ``{"heard_s": seconds}`` and one ``{"words": [[text, start_s, end_s, confidence], ...]}`` or
``{"error": "..."}``. Ends when its input does, so a killed parent leaves no orphan.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from recordings import wav
from recordings.listening import Listener, PlainListener, load_model
from recordings.transcript import Word

_NICENESS = 5  # calls in progress come first
_STEP_SAMPLES = 5 * wav.SAMPLE_RATE
# The search graph that a recogniser unfolds is never folded up again: a new one after so much speech.
_RENEW_AFTER_S = 900.0


def main() -> None:
    """Serve until standard input ends."""
    os.nice(_NICENESS)
    model = load_model(Path(sys.argv[1]))
    hears = PlainListener if sys.argv[2:] == ["plain"] else Listener
    listener = hears(model)
    _say({"ready": True})
    for line in sys.stdin:
        if listener.heard_s > _RENEW_AFTER_S:
            listener = hears(model)
        _say(_answer(listener, Path(json.loads(line))))


def _answer(listener: Listener | PlainListener, path: Path) -> dict[str, object]:
    try:
        heard = list(_heard(listener, wav.inspect(path)))
    except (wav.WavError, OSError) as error:
        return {"error": str(error)}
    finally:
        last = listener.finish()
    return {"words": [[word.text, word.start_s, word.end_s, word.confidence] for word in (*heard, *last)]}


def _heard(listener: Listener | PlainListener, info: wav.WavInfo) -> Iterator[Word]:
    for start in range(0, info.samples, _STEP_SAMPLES):
        for block in wav.read_blocks(info, start, _STEP_SAMPLES):
            yield from listener.feed(block)
        _say({"heard_s": min(start + _STEP_SAMPLES, info.samples) / wav.SAMPLE_RATE})


def _say(answer: dict[str, object]) -> None:
    print(json.dumps(answer), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
