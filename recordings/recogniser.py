"""Speech recognition in worker processes: a file in, words out. A crash, a hang or a cancellation costs one job only.

Each process is a `recordings.worker` talked to over its standard input and output. Processes and not threads: Kaldi
aborts the process on an internal error, and a running recognition can only be stopped by ending its process.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from recordings import wav
from recordings.child import Child, start_child
from recordings.transcript import Word

# Deadlines are for hangs, not for slowness: a recognition process gives way to calls on a busy machine.
START_DEADLINE_S = 300.0
_LINE_LIMIT_BYTES = 64 * 2**20
_ENOUGH_S = 300.0
_ENOUGH_TIMES_REAL_TIME = 20.0
_MODEL_FILES = ("am/final.mdl", "conf/model.conf")


class RecognitionError(Exception):
    """Speech could not be recognised; the text names the file or the model."""


class ModelMissingError(RecognitionError):
    """There is no usable model in the directory."""


class AudioUnreadableError(RecognitionError):
    """The file is missing or not 8 kHz 16-bit mono WAV."""


class RecogniserCrashedError(RecognitionError):
    """The process ended while it worked on this file; others are not affected, and it may be tried again."""


class RecognitionTimedOutError(RecognitionError):
    """The file took longer than its deadline; the process was ended."""


class Recogniser:
    """A pool of recognition processes, started when they are needed and replaced when they die.

    Use as an asynchronous context manager: leaving it ends every process.
    """

    def __init__(self, model: Path, *, processes: int = 1, plain: bool = False) -> None:
        """`model` is a Vosk model's directory; `plain` leaves out all that is ours (`recordings.worker`).

        Raises ModelMissingError, ValueError.
        """
        if processes < 1:
            raise ValueError(f"want at least one recognition process, not {processes}")
        check_model(model)
        self._model = model
        self._options = ("plain",) if plain else ()
        self._free: asyncio.Queue[_Process | None] = asyncio.Queue()
        for _ in range(processes):
            self._free.put_nowait(None)
        self._running: set[_Process] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in list(self._running):
            await self._end(process)

    async def recognise(
        self,
        path: Path,
        *,
        deadline_s: float | None = None,
        on_heard: Callable[[float], None] = lambda _: None,
    ) -> tuple[Word, ...]:
        """The words of an 8 kHz 16-bit mono WAV file, times in seconds from its start.

        Waits for a free process. From then on it may take `deadline_s` seconds (unset: five minutes and twenty
        times the length of the audio). Cancelling ends the work at once. `on_heard` is told now and then how many
        seconds of the audio are done.

        Raises AudioUnreadableError, RecogniserCrashedError, RecognitionTimedOutError.
        """
        deadline_s = await asyncio.to_thread(_enough, path) if deadline_s is None else deadline_s
        process = await self._free.get()
        keep: _Process | None = None
        try:
            if process is None or not process.alive:
                process = None
                process = await self._start()
            async with asyncio.timeout(deadline_s):
                words = await process.recognise(path, on_heard)
            keep = process
            return words
        except AudioUnreadableError:
            keep = process
            raise
        except TimeoutError as error:
            raise RecognitionTimedOutError(f"{path}: not recognised within {deadline_s:.0f} s") from error
        finally:
            if keep is None and process is not None:
                await asyncio.shield(self._end(process))
            self._free.put_nowait(keep)

    async def _start(self) -> _Process:
        process = await _Process.start(self._model, *self._options)
        self._running.add(process)
        try:
            async with asyncio.timeout(START_DEADLINE_S):
                await process.ready()
        except BaseException as error:
            await asyncio.shield(self._end(process))
            if isinstance(error, TimeoutError):
                text = f"model {self._model}: not loaded within {START_DEADLINE_S:.0f} s"
                raise RecognitionTimedOutError(text) from error
            raise
        return process

    async def _end(self, process: _Process) -> None:
        self._running.discard(process)
        await process.end()


class _Process(Child):
    """One `recordings.worker`."""

    @classmethod
    async def start(cls, model: Path, *options: str) -> Self:
        child = await start_child("worker", model, *options, line_limit=_LINE_LIMIT_BYTES)
        return cls(child.process, child.questions, child.answers)

    @property
    def alive(self) -> bool:
        """Whether the process runs; asks the kernel, because asyncio hears of a death only later."""
        try:
            exited = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return False
        return exited is None

    async def ready(self) -> None:
        """Wait until the model is loaded."""
        await self._answer("loading the model")

    async def recognise(self, path: Path, on_heard: Callable[[float], None]) -> tuple[Word, ...]:
        try:
            self.questions.write(json.dumps(str(path)).encode() + b"\n")
            await self.questions.drain()
        except ConnectionError as error:
            raise await self._crashed(str(path)) from error
        while "heard_s" in (answer := await self._answer(str(path))):
            on_heard(answer["heard_s"])
        if "error" in answer:
            raise AudioUnreadableError(answer["error"])
        return tuple(Word(*word) for word in answer["words"])

    async def _answer(self, what: str) -> dict[str, Any]:
        line = await self.answers.readline()
        if not line.endswith(b"\n"):
            raise await self._crashed(what)
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def _crashed(self, what: str) -> RecogniserCrashedError:
        status = await self.process.wait()
        cause = f"signal {-status}" if status < 0 else f"exit status {status}"
        return RecogniserCrashedError(f"{what}: the recognition process ended ({cause})")

    async def end(self) -> None:
        if self.alive:
            self.process.kill()
        await self.process.wait()


def check_model(model: Path) -> None:
    """Raises ModelMissingError when `model` is not the directory of a Vosk model."""
    missing = [name for name in _MODEL_FILES if not (model / name).is_file()]
    if missing:
        raise ModelMissingError(f"{model}: no speech model there ({', '.join(missing)} missing)")


def _enough(path: Path) -> float:
    try:
        return _ENOUGH_S + _ENOUGH_TIMES_REAL_TIME * wav.inspect(path).seconds
    except (wav.WavError, OSError) as error:
        raise AudioUnreadableError(str(error)) from error
