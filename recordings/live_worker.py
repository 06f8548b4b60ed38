"""Hears calls while they go on: ``python -m recordings.live_worker MODEL``, asked over its standard input.

Reads ``{"begin": leg, "path": raw file}`` and ``{"over": leg}``, one JSON object a line; writes
``{"leg", "text", "start_s", "end_s", "final"}`` for each text. Ends when its input does.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import vosk

from recordings.listening import load_model
from recordings.live import follow

# Below the recognition of finished calls: a text that comes late is worth less than a call that is heard well.
_NICENESS = 10


async def serve(model: vosk.Model) -> None:
    """Follow the legs that are asked for until standard input ends."""
    questions = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    ends: dict[str, asyncio.Event] = {}
    async with asyncio.TaskGroup() as group:
        following: set[asyncio.Task[None]] = set()
        while line := await questions.readline():
            asked = json.loads(line)
            if "over" in asked:
                ends.pop(asked["over"], asyncio.Event()).set()
                continue
            over = ends[asked["begin"]] = asyncio.Event()
            task = group.create_task(_follow(asked["begin"], Path(asked["path"]), model, over))
            following.add(task)
            task.add_done_callback(following.discard)
        for task in following:
            task.cancel()


async def _follow(leg: str, path: Path, model: vosk.Model, over: asyncio.Event) -> None:
    async for text in follow(path, model, over):
        print(json.dumps({"leg": leg, **asdict(text)}), flush=True)  # noqa: T201


def main() -> None:
    """Load the model and serve."""
    os.nice(_NICENESS)
    asyncio.run(serve(load_model(Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
