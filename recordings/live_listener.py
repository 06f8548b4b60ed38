"""Text of calls in progress from a process of its own: a crash there costs the texts under way, never a call."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from recordings.child import start_child
from recordings.live import LiveText
from recordings.recogniser import check_model

_log = structlog.get_logger(__name__)

OnText = Callable[[str, LiveText], None]


class LiveListener:
    """Hears legs while Asterisk writes them. `begin` and `over` never wait and never fail; `run` does the work.

    `on_text` is told a leg's name and each new text. While the process is away nothing is heard: the transcript after
    the call does not depend on it.
    """

    def __init__(self, model: Path, on_text: OnText, *, restart_s: float = 5.0) -> None:
        """`model` is a Vosk model's directory; a process that dies is replaced after `restart_s` seconds.

        Raises ModelMissingError.
        """
        check_model(model)
        self._model = model
        self._on_text = on_text
        self._restart_s = restart_s
        self._questions: asyncio.StreamWriter | None = None

    def begin(self, leg: str, path: Path) -> None:
        """Follow this raw file, which need not exist yet."""
        self._ask({"begin": leg, "path": str(path)})

    def over(self, leg: str) -> None:
        """Nothing more is written for this leg."""
        self._ask({"over": leg})

    def _ask(self, question: dict[str, str]) -> None:
        if self._questions is not None and not self._questions.is_closing():
            self._questions.write(json.dumps(question).encode() + b"\n")

    async def run(self) -> None:
        """Keep the process running until cancelled; it ends with this."""
        while True:
            status = await self._serve()
            _log.warning("live recognition ended and is started again", status=status)
            await asyncio.sleep(self._restart_s)

    async def _serve(self) -> int:
        child = await start_child("live_worker", self._model)
        try:
            self._questions = child.questions
            async for line in child.answers:
                self._tell(**json.loads(line))
            return await child.process.wait()
        finally:
            self._questions = None
            if child.process.returncode is None:
                child.process.kill()
            await asyncio.shield(child.process.wait())

    def _tell(self, leg: str, **text: Any) -> None:
        self._on_text(leg, LiveText(**text))
