"""Starts the processes that recognise speech: modules of this package, talked to over standard input and output."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import cast

_PACKAGE_ROOT = str(Path(__file__).parents[1])


@dataclass(frozen=True, eq=False)
class Child:
    """A running process and its two ends."""

    process: asyncio.subprocess.Process
    questions: asyncio.StreamWriter
    answers: asyncio.StreamReader


async def start_child(module: str, model: Path, *options: str, line_limit: int = 2**16) -> Child:
    """``python -m recordings.<module> MODEL [options]``; `line_limit` is the longest line it may answer, in bytes.

    It is in a session of its own: a Ctrl-C at the terminal is for us to handle.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        f"recordings.{module}",
        str(model),
        *options,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": _PACKAGE_ROOT},
        limit=line_limit,
        start_new_session=True,
    )
    pipes = cast("tuple[asyncio.StreamWriter, asyncio.StreamReader]", (process.stdin, process.stdout))
    return Child(process, *pipes)
