"""Runs other programs with a deadline, so that none outlives the one who started it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

KEPT_LINES = 40
GRACE_S = 15.0
LONGEST_LINE = 1 << 20


class ProcessFailed(Exception):  # noqa: N818 - named for what happened
    """A program that ended with an error, or not in time (`status` is then None).

    `tail` holds its last lines of output, standard error included.
    """

    def __init__(self, argv: Sequence[str], status: int | None, tail: str) -> None:
        how = "did not end in time" if status is None else f"ended with status {status}"
        super().__init__(f"`{' '.join(argv)}` {how}\n{tail}".rstrip())
        self.status = status
        self.tail = tail


async def run(
    argv: Sequence[str],
    *,
    timeout: float,  # noqa: ASYNC109 - the deadline also decides how the program is ended
    environment: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
) -> str:
    """Run a program to its end and return its output, standard error mixed in.

    `timeout` is in seconds. `environment` adds to this process's own. `on_line` sees each line as it comes.
    Raises ProcessFailed when the program fails or is late, FileNotFoundError when it does not exist.
    Cancelled or late, the program and its children are ended first.
    """
    # Not through the event loop: with uvloop a program inherits descriptors that keep the pipe open behind it.
    process = subprocess.Popen(  # noqa: ASYNC220 - it is waited for in a thread
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
    )
    lines: list[str] = []
    try:
        async with asyncio.timeout(timeout):
            await _read(process, lines, on_line)
            status = await asyncio.to_thread(process.wait)
    except TimeoutError:
        raise ProcessFailed(argv, None, _tail(lines)) from None
    finally:
        await _end(process)
    if status:
        raise ProcessFailed(argv, status, _tail(lines))
    return "".join(lines)


async def _read(process: subprocess.Popen[bytes], lines: list[str], on_line: Callable[[str], None] | None) -> None:
    output = asyncio.StreamReader(LONGEST_LINE)
    loop = asyncio.get_running_loop()
    pipe, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(output), process.stdout)
    try:
        async for raw in output:
            line = raw.decode(errors="replace")
            lines.append(line)
            if on_line is not None:
                on_line(line.rstrip())
    finally:
        pipe.close()


async def _end(process: subprocess.Popen[bytes]) -> None:
    """End what still runs, and its children: politely, then for good."""
    if process.poll() is not None:
        return
    _signal_group(process, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        await asyncio.shield(asyncio.to_thread(process.wait, GRACE_S))
    # A child may have ignored the polite signal, though its parent is gone.
    _signal_group(process, signal.SIGKILL)
    await asyncio.shield(asyncio.to_thread(process.wait))


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _tail(lines: Sequence[str]) -> str:
    return "".join(deque(lines, maxlen=KEPT_LINES))
