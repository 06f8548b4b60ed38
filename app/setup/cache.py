"""The user's cache folder: downloads and images that can all be had again if it is deleted."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

LOCK_POLL_S = 0.2


def cache_dir() -> Path:
    """The cache folder (XDG Base Directory, `XDG_CACHE_HOME`); made when missing."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    directory = Path(base) / "hotline12345"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@asynccontextmanager
async def locked(name: str, *, timeout: float) -> AsyncIterator[None]:  # noqa: ASYNC109 - names the thing on expiry
    """Hold a lock between processes, so that two set-ups at once do the work once.

    Raises TimeoutError, naming the lock file, when it is not free within `timeout` seconds.
    """
    path = cache_dir() / f"{name}.lock"
    with path.open("w") as file:
        try:
            async with asyncio.timeout(timeout):
                while not _try_lock(file.fileno()):  # noqa: ASYNC110 - another process holds it
                    await asyncio.sleep(LOCK_POLL_S)
        except TimeoutError:
            raise TimeoutError(f"another set-up has held {path} for {timeout:.0f} s") from None
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
